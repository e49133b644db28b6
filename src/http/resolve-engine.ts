/** `engine` and `engineSettings` of a request: an engine of the catalog with the caller's settings. */
import type { Static } from 'typebox';
import { engines } from '../catalog/engines.ts';
import type { Engine, MemoryBasis } from '../planner/engine.ts';
import type { Findings } from './resolve-findings.ts';
import type { EngineSettings, EngineWord } from './schemas/engine-request.ts';

interface Input {
  readonly engine?: Static<typeof EngineWord>;
  readonly engineSettings?: Static<typeof EngineSettings>;
}

const knobs: Readonly<Record<MemoryBasis, string>> = {
  total: 'of the GPU’s whole memory, for weights, activations, overhead and KV',
  static: 'of the GPU’s whole memory, for weights and KV',
  free: 'of what is free after weights and activations, for KV',
};

export function resolveEngine({ engine: given, engineSettings = {} }: Input, findings: Findings): Engine {
  const name = findings.orAssume<Engine['name']>(
    given,
    '/engine',
    'generic',
    'the request names no engine: no engine’s own rules bind, and memory and times are of a usual one',
  );
  const engine = engines[name];
  const usual = name === 'generic' ? 'a usual engine’s default' : `the default of ${name}`;
  const path = '/engineSettings';
  return {
    ...engine,
    memory: {
      ...engine.memory,
      fraction: findings.orAssume(
        engineSettings.memoryFraction,
        `${path}/memoryFraction`,
        engine.memory.fraction,
        `${usual}: the share ${knobs[engine.memory.basis]}`,
      ),
    },
    batchTokens: findings.orAssume(
      engineSettings.maxBatchTokens,
      `${path}/maxBatchTokens`,
      engine.batchTokens,
      `${usual}: tokens of a step of a data-parallel rank`,
    ),
    maxSequences: findings.orAssume(
      engineSettings.maxSequences,
      `${path}/maxSequences`,
      engine.maxSequences,
      `${usual}: sequences that a data-parallel rank runs at once`,
    ),
  };
}

/** A batch is one forward pass by no engine in particular. */
export function refuseEngine(input: Input, findings: Findings): void {
  for (const key of ['engine', 'engineSettings'] as const) {
    if (input[key] !== undefined)
      findings.fault(
        `/${key}`,
        'does not go with a batch, which is one forward pass of no engine: it is of workload.kind "serving"',
      );
  }
}
