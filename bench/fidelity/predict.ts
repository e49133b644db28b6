/** What the service says of a row, in the units of the rows. */
import { estimateServing, type ServingStrategyRequest } from '../../src/planner/serving.ts';
import type { ServingEstimate } from '../../src/planner/serving-estimate.ts';
import type { ServingEstimateResult, ServingSetting } from '../../src/planner/serving-result.ts';
import { type EstimateBody, type Row, toRequest } from './rows.ts';
import type { Case, Resolver } from './settings.ts';

export type Range = readonly [least: number, most: number];

export interface Prediction {
  readonly ttftMs: number;
  readonly tpotMs: number;
  readonly tokensPerSecondPerGpu: number;
  readonly intervals: { readonly ttftMs: Range; readonly tpotMs: Range; readonly tokensPerSecondPerGpu: Range };
  readonly memory: { readonly kvPoolBytes: number; readonly kvCacheTokens: number; readonly maxConcurrency: number };
  /** Milliseconds to compute one prompt that is alone. */
  readonly prefillMs: number;
  /** Whether every operator of the step lay inside what was measured of it. */
  readonly evidence: 'calibrated' | 'extrapolated';
}

export type Outcome = { readonly prediction: Prediction } | { readonly why: string };

/** A row that can be asked, with what came back. */
export interface Scored {
  readonly row: Row;
  readonly body: EstimateBody;
  readonly outcome: Outcome;
}

export interface Answered extends Scored, Case {
  readonly outcome: { readonly prediction: Prediction };
}

export const isAnswered = (scored: Scored): scored is Answered => 'prediction' in scored.outcome && 'setting' in scored;

type Rate = ServingEstimate['throughput'];

export type Estimator = (setting: ServingSetting, strategy: ServingStrategyRequest) => ServingEstimateResult;

/** Cases that can be asked of the planner; rows whose model or GPU the catalog does not know say so. */
export type Asked = { readonly row: Row; readonly body: EstimateBody } & (Case | { readonly why: string });

export function askable(rows: readonly Row[], resolve: Resolver): Asked[] {
  return rows.flatMap((row) => {
    const body = toRequest(row);
    return body ? [{ row, body, ...resolve(body) }] : [];
  });
}

/** In this process and past HTTP: what a fit needs. */
export function scoreInProcess(asked: readonly Asked[], estimator: Estimator = estimateServing): Scored[] {
  return asked.map((one) => {
    if ('why' in one) return { row: one.row, body: one.body, outcome: { why: one.why } };
    return { ...one, outcome: predict(one, estimator) };
  });
}

export function predict({ setting, strategy }: Case, estimator: Estimator = estimateServing): Outcome {
  try {
    return outcomeOf(estimator(setting, strategy));
  } catch (error) {
    // A fault of the planner on one row is that row's answer, and is listed; the others still count.
    return { why: `threw: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The planner's interval is of the whole deployment's rate. */
function perGpu({ interval: [least, most], tokensPerSecond, tokensPerSecondPerGpu }: Rate): Range {
  const share = tokensPerSecondPerGpu / tokensPerSecond;
  return [least * share, most * share];
}

function outcomeOf(result: ServingEstimateResult): Outcome {
  if (result.status === 'infeasible') {
    return { why: result.rejections.map(({ reason }) => reason).join(', ') || 'infeasible' };
  }
  const { time, throughput, memory, evidence } = result.chosen.estimate;
  const inMs = ([least, most]: Range): Range => [least * 1e3, most * 1e3];
  return {
    prediction: {
      ttftMs: time.ttft.mean * 1e3,
      tpotMs: time.tpot.mean * 1e3,
      tokensPerSecondPerGpu: throughput.tokensPerSecondPerGpu,
      intervals: {
        ttftMs: inMs(time.ttft.interval),
        tpotMs: inMs(time.tpot.interval),
        tokensPerSecondPerGpu: perGpu(throughput),
      },
      memory,
      prefillMs: time.prefill * 1e3,
      evidence: evidence.time === 'calibrated' ? 'calibrated' : 'extrapolated',
    },
  };
}

/** Rows whose answer through the service is not what the planner says in process: the two should be one code. */
export function answeredDifferently(service: readonly Scored[], direct: readonly Scored[]): readonly string[] {
  return service.flatMap(({ row, outcome }, i) => {
    const other = direct[i]?.outcome;
    if (!other || 'why' in outcome || 'why' in other)
      return 'why' in outcome === (!other || 'why' in other) ? [] : [row.id];
    const same = (a: number, b: number) => Math.abs(a - b) <= 1e-3 * Math.abs(b) + 1e-3;
    const { prediction: ours } = outcome;
    const { prediction: theirs } = other;
    const equal =
      same(ours.tpotMs, theirs.tpotMs) &&
      same(ours.ttftMs, theirs.ttftMs) &&
      same(ours.tokensPerSecondPerGpu, theirs.tokensPerSecondPerGpu);
    return equal ? [] : [row.id];
  });
}
