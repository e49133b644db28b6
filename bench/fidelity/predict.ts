/** What the service says of a row, in the units of the rows. */
import { estimateServing, type ServingStrategyRequest } from '../../src/planner/serving.ts';
import type { ServingEstimateResult, ServingSetting } from '../../src/planner/serving-result.ts';
import { type EstimateBody, type Row, toRequest } from './rows.ts';
import type { Resolver } from './settings.ts';

export type Range = readonly [least: number, most: number];

export interface Prediction {
  readonly ttftMs: number;
  readonly tpotMs: number;
  readonly tokensPerSecondPerGpu: number;
  readonly intervals: { readonly ttftMs: Range; readonly tpotMs: Range; readonly tokensPerSecondPerGpu: Range };
  readonly memory: { readonly kvCacheTokens: number; readonly maxConcurrency: number };
  /** Milliseconds to compute one prompt that is alone. */
  readonly prefillMs: number;
  /** Requests that run at once, of a data-parallel rank. */
  readonly sequences: number;
}

export type Outcome = { readonly prediction: Prediction } | { readonly why: string };

/** Rows that can be asked; each with what came back. */
export interface Scored {
  readonly row: Row;
  readonly body: EstimateBody;
  readonly outcome: Outcome;
}

export interface Answered extends Scored {
  readonly outcome: { readonly prediction: Prediction };
}

export const isAnswered = (scored: Scored): scored is Answered => 'prediction' in scored.outcome;

export type Estimator = (setting: ServingSetting, strategy: ServingStrategyRequest) => ServingEstimateResult;

/** In this process and past HTTP: what a fit needs. `adapted` may put other constants into a setting. */
export function predict(
  { setting, strategy }: { readonly setting: ServingSetting; readonly strategy: ServingStrategyRequest },
  estimator: Estimator = estimateServing,
): Outcome {
  const result = estimator(setting, strategy);
  if (result.status === 'infeasible') {
    return { why: result.rejections.map(({ reason }) => reason).join(', ') || 'infeasible' };
  }
  const { time, throughput, memory, load } = result.chosen.estimate;
  const inMs = ([least, most]: Range): Range => [least * 1e3, most * 1e3];
  return {
    prediction: {
      ttftMs: time.ttft.mean * 1e3,
      tpotMs: time.tpot.mean * 1e3,
      tokensPerSecondPerGpu: throughput.tokensPerSecondPerGpu,
      intervals: {
        ttftMs: inMs(time.ttft.interval),
        tpotMs: inMs(time.tpot.interval),
        tokensPerSecondPerGpu: throughput.interval,
      },
      memory: { kvCacheTokens: memory.kvCacheTokens, maxConcurrency: memory.maxConcurrency },
      prefillMs: time.prefill * 1e3,
      sequences: load.sequences,
    },
  };
}

export function scoreInProcess(rows: readonly Row[], resolve: Resolver, estimator?: Estimator): Scored[] {
  return rows.flatMap((row) => {
    const body = toRequest(row);
    if (!body) return [];
    const resolved = resolve(body);
    return [{ row, body, outcome: 'why' in resolved ? resolved : guarded(() => predict(resolved, estimator)) }];
  });
}

/** A fault of the planner on one row is that row's answer, and is listed; the others still count. */
function guarded(predicted: () => Outcome): Outcome {
  try {
    return predicted();
  } catch (error) {
    return { why: `threw: ${error instanceof Error ? error.message : String(error)}` };
  }
}
