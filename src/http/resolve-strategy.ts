/** `strategy` of a request for a batch: what is absent is 1, but for etp and microBatchSize. */
import type { Static } from 'typebox';
import { mixtureOf } from '../planner/model.ts';
import type { StrategyRequest } from '../planner/result.ts';
import type { Degrees } from '../planner/strategy.ts';
import { type BatchSetting, findContradictions, rangesOf } from './resolve-degrees.ts';
import type { Findings } from './resolve-findings.ts';
import type { AggregatedStrategyInput, StrategyInput } from './schemas/strategy-request.ts';

export function resolveStrategy(
  input: Static<typeof StrategyInput>,
  setting: BatchSetting,
  findings: Findings,
): StrategyRequest {
  if (input.mode === 'disaggregated') {
    findings.fault('/strategy/mode', `${ofServing}: a batch has no answers to be written apart`);
    return {};
  }
  refuseServingFields(input, findings);
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

const ofServing = 'does not go with a batch: it is of workload.kind "serving"';

function refuseServingFields(input: Static<typeof AggregatedStrategyInput>, findings: Findings): void {
  for (const key of ['mode', 'maxConcurrency', 'redundantExperts'] as const) {
    if (input[key] !== undefined) findings.fault(`/strategy/${key}`, ofServing);
  }
}

/** Experts are sharded as attention is, as far as a stage's GPUs go round: min(tp, tp·cp·dp / ep). */
function resolveEtp(
  given: number | undefined,
  { tp, cp, dp, ep }: Omit<Degrees, 'pp' | 'etp' | 'replicas'>,
  { model }: BatchSetting,
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
