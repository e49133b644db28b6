/**
 * What one given strategy for serving would cost. The best one is found in serving-plan.ts; plan.ts has the whole picture.
 */

import { type Role, workerCosts } from './cost/serving/cost.ts';
import { servingEstimateOf } from './cost/serving/estimate.ts';
import { bytesText } from './figures.ts';
import { modulesOf } from './modules.ts';
import type { Rejection } from './result.ts';
import type { ServingEstimateResult, ServingSetting } from './serving-result.ts';
import type { ServingStrategy, WorkerStrategy } from './strategy.ts';

/** A strategy as a caller gives it: degrees complete, `maxConcurrency` worked out where it is absent. */
export type WorkerRequest = Omit<WorkerStrategy, 'maxConcurrency'> & { readonly maxConcurrency?: number };
export type ServingStrategyRequest =
  | ({ readonly mode: 'aggregated' } & WorkerRequest)
  | { readonly mode: 'disaggregated'; readonly prefill: WorkerRequest; readonly decode: WorkerRequest };

/** What one given strategy would cost; or every reason why it cannot be. */
export function estimateServing(setting: ServingSetting, request: ServingStrategyRequest): ServingEstimateResult {
  const costs = workerCosts(setting);
  const rejections: Rejection[] = [];
  const complete = (worker: WorkerRequest, role: Role): WorkerStrategy => {
    const { replicas, dp } = worker;
    const { sequencesPerRank, reason, shortBytes = 0 } = costs.of(worker).capacity(role);
    if (reason) rejections.push({ reason, explanation: `the largest rank lacks ${bytesText(shortBytes)}` });
    const most = sequencesPerRank * replicas * dp;
    return { ...worker, maxConcurrency: worker.maxConcurrency ?? Math.max(1, wanted(setting, { worker, role, most })) };
  };
  const strategy: ServingStrategy =
    request.mode === 'aggregated'
      ? { ...complete(request, 'both'), mode: 'aggregated' }
      : {
          mode: 'disaggregated',
          prefill: complete(request.prefill, 'prefill'),
          decode: complete(request.decode, 'decode'),
        };
  if (rejections.length > 0) return { status: 'infeasible', strategy, rejections };
  const estimate = servingEstimateOf(setting, costs, strategy);
  return {
    status: 'feasible',
    chosen: { strategy, estimate },
    modules: modulesOf(
      { ...(strategy.mode === 'aggregated' ? strategy : strategy.decode), microBatchSize: 1 },
      setting.model,
    ),
    warnings: keepingUp(setting, estimate.throughput.requestsPerSecond),
  };
}

/** An answer for arrivals that are too many is the state of a full deployment, and says so. */
function keepingUp({ workload: { load } }: ServingSetting, answered: number): readonly string[] {
  if (load.kind !== 'rate' || answered >= load.requestsPerSecond * (1 - 1e-6)) return [];
  const share = ((100 * answered) / load.requestsPerSecond).toFixed(0);
  return [
    `Requests come faster than this strategy answers them: it keeps up with ${answered.toPrecision(3)} a second, ${share} % of them. ` +
      'The figures are of a deployment that is full; the queue before it would grow without end.',
  ];
}

/** Requests that the workers run at once: the load's, as far as the KV pools hold them. */
function wanted(
  setting: ServingSetting,
  { worker, role, most }: { worker: WorkerRequest; role: Role; most: number },
): number {
  const { load } = setting.workload;
  if (role === 'prefill') return Math.min(most, worker.replicas * worker.dp);
  switch (load.kind) {
    case 'concurrency':
      return Math.min(most, load.concurrency);
    case 'static':
      return load.batch;
    default:
      return most;
  }
}
