/** What may be claimed of a serving strategy: the verifier's own figures with made-up times that are long enough. No planner's cost takes part. */
import { modulesOf } from '../../src/planner/modules.ts';
import type { Modules } from '../../src/planner/result.ts';
import type { ServingEstimate, WorkerEstimate } from '../../src/planner/serving-estimate.ts';
import type { ServingCandidate } from '../../src/planner/serving-result.ts';
import { servingGpus } from '../../src/planner/strategy.ts';
import { referencePeak } from '../../src/verifier/flops.ts';
import { surveyGroups } from '../../src/verifier/groups.ts';
import { leastDecode, leastPrefill, leastStep } from '../../src/verifier/serving/bounds.ts';
import { deriveWorker, heldIn, tightest, type WorkerGiven } from '../../src/verifier/serving/derive.ts';
import { workersOf } from '../../src/verifier/serving/worker.ts';
import type { ServedShape } from './hand-context.ts';

export function givensOf({ setting, strategy }: ServedShape): readonly WorkerGiven[] {
  return workersOf(setting, { strategy }).map((worker) => deriveWorker(worker));
}

export function onlyOne(shape: ServedShape): WorkerGiven {
  const [given] = givensOf(shape);
  if (!given) throw new Error('no worker');
  return given;
}

function links({ specs: { cluster } }: WorkerGiven): number {
  return cluster.fast.bandwidth + cluster.slow.bandwidth;
}

/** Ten times as long as anything in it has to take. */
function stepOf(given: WorkerGiven): number {
  const messages = given.derived.uses.map(({ bytesPerGpu }) => bytesPerGpu / links(given));
  return 10 * Math.max(leastStep(given), leastDecode(given), leastPrefill(given), ...messages);
}

function estimateOf(given: WorkerGiven, step: number): WorkerEstimate {
  const { worker, derived, specs } = given;
  const { largest, busiest, layout, uses } = derived;
  const { memoryBytes } = specs.cluster.gpu;
  const peak = referencePeak(specs);
  const room = tightest(given);
  if (!room) throw new Error('no stage');
  const running = Math.min(worker.setting.engine.maxSequences, heldIn(room.pool, room.ofSequence));
  const surveys = new Map(surveyGroups(layout).map((survey) => [survey.kind, survey]));
  return {
    memory: {
      perGpu: largest.memory,
      utilization: largest.memory.total / memoryBytes,
      largestRank: largest.firstRank,
      freeBytes: memoryBytes - largest.memory.total - largest.memory.runtimeReserve,
      kvPoolBytes: Math.max(0, room.pool),
      kvCacheTokens:
        room.ofSequence === 0 ? 0 : Math.floor((Math.max(0, room.pool) * worker.pagedTokens) / room.ofSequence),
      maxConcurrency: layout.replicas * layout.dp * Math.floor((running * worker.keptTokens) / worker.fullTokens),
    },
    compute: { flopsPerGpu: busiest.flops, utilization: busiest.flops / (peak * step), peakFlops: peak },
    communication: {
      perCollective: uses.map((use) => ({
        ...use,
        crossesDomains: surveys.get(use.group)?.crossesDomains ?? false,
        crossesNodes: surveys.get(use.group)?.crossesNodes ?? false,
        seconds: 0.9 * step,
      })),
    },
    time: {
      step,
      breakdown: [{ part: 'all of it', seconds: step, bound: 'memory' }],
      microBatches: layout.pp,
      bubble: layout.pp === 1 ? 0 : 0.1,
      decodeStep: worker.load.sequences === 0 ? 0 : step / 2,
      prefill: step,
    },
    balance: { ...derived.balance, routingImbalance: 1 },
    load: worker.load,
    evidence: { memory: 'derived', compute: 'extrapolated', time: 'extrapolated' },
  };
}

/** Requests of a saturated server: each waits a tenth of the time that it is answered in. */
export function claimedOf(shape: ServedShape): ServingCandidate & { readonly modules: Modules } {
  const { setting, strategy } = shape;
  const givens = givensOf(shape);
  const step = Math.max(...givens.map(stepOf));
  const workers = givens.map((given) => estimateOf(given, step));
  const [first] = workers;
  const writing = workers.at(-1);
  if (!first || !writing) throw new Error('no worker');
  const most = strategy.mode === 'aggregated' ? strategy : strategy.decode;
  const { outputTokens } = setting.workload;
  // So long that workers which only read keep up with those that write.
  const tpot = step * most.maxConcurrency;
  const answering = tpot * (outputTokens - 1);
  const ttft = outputTokens === 1 ? step * most.maxConcurrency : answering / 10;
  const rate = most.maxConcurrency / (ttft + answering);
  const latency = (mean: number) => ({ mean, p50: mean, p95: 2 * mean, interval: [mean / 2, 2 * mean] as const });
  const larger = first.memory.perGpu.total > writing.memory.perGpu.total ? first : writing;
  const { perGpu, utilization, largestRank, freeBytes } = larger.memory;
  const tokens = rate * outputTokens;
  const estimate: ServingEstimate = {
    ...writing,
    memory: { ...writing.memory, perGpu, utilization, largestRank, freeBytes },
    time: {
      ...writing.time,
      prefill: first.time.prefill,
      ttft: latency(ttft),
      tpot: latency(tpot),
      queueing: 0,
      transfer: 0,
    },
    throughput: {
      tokensPerSecond: tokens,
      tokensPerSecondPerGpu: tokens / servingGpus(strategy),
      interval: [tokens / 2, 2 * tokens],
      requestsPerSecond: rate,
      tokensPerSecondPerUser: 1 / tpot,
      utilization: 1,
    },
    ...(workers.length === 2 && { halves: { prefill: first, decode: writing } }),
  };
  return { strategy, estimate, modules: modulesOf({ ...most, microBatchSize: 1 }, setting.model) };
}
