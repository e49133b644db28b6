/** `strategy` of a request: what is absent is 1, but for etp and microBatchSize. */
import type { Static } from 'typebox';
import { mixtureOf } from '../planner/model.ts';
import type { StrategyRequest } from '../planner/result.ts';
import type { Degrees } from '../planner/strategy.ts';
import { type DegreeRanges, findContradictions, type Setting } from './resolve-degrees.ts';
import type { Findings } from './resolve-findings.ts';
import type { StrategyInput } from './schemas/request.ts';

export function resolveStrategy(
  input: Static<typeof StrategyInput>,
  setting: Setting,
  findings: Findings,
): StrategyRequest {
  const degree = (name: 'tp' | 'cp' | 'dp' | 'pp' | 'ep' | 'replicas'): number =>
    findings.orAssume(input[name], `/strategy/${name}`, 1, 'a degree that a strategy does not name is 1');
  const outer = { tp: degree('tp'), cp: degree('cp'), dp: degree('dp'), pp: degree('pp'), ep: degree('ep') };
  const degrees: Degrees = {
    ...outer,
    etp: resolveEtp(input.etp, outer, setting, findings),
    replicas: degree('replicas'),
  };

  findContradictions(rangesOf(degrees), setting, { base: '/strategy', findings });

  const { microBatchSize } = input;
  const sequences = Math.ceil(setting.workload.batchSize / degrees.dp);
  if (microBatchSize !== undefined && microBatchSize > sequences) {
    findings.fault(
      '/strategy/microBatchSize',
      `${microBatchSize} is more than the ${sequences} sequences of a data-parallel rank`,
    );
  }
  return { ...degrees, ...(microBatchSize !== undefined && { microBatchSize }) };
}

/** Experts are sharded as attention is, as far as a stage's GPUs go round: min(tp, tp·cp·dp / ep). */
function resolveEtp(
  given: number | undefined,
  { tp, cp, dp, ep }: Omit<Degrees, 'pp' | 'etp' | 'replicas'>,
  { model }: Setting,
  findings: Findings,
): number {
  if (!mixtureOf(model)) return findings.orAssume(given, '/strategy/etp', 1, 'a dense model has no experts to shard');
  const share = Math.max(1, Math.floor((tp * cp * dp) / ep));
  return findings.orAssume(
    given,
    '/strategy/etp',
    Math.min(tp, share),
    'min(tp, tp·cp·dp / ep): experts are sharded as attention is, as far as the GPUs go round',
  );
}

function rangesOf(degrees: Degrees): DegreeRanges {
  return Object.fromEntries(Object.entries(degrees).map(([name, value]) => [name, { min: value, max: value }]));
}
