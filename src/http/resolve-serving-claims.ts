/** `claims` of a verification of a serving strategy, in SI. */
import type { Latency, ServingEstimate, WorkerEstimate } from '../planner/serving-estimate.ts';
import type { DeepPartial } from '../verifier/claim.ts';
import { present, resolveCommonClaims, seconds, shareOf } from './resolve-claims.ts';
import type { Claims, WorkerClaims } from './schemas/claims.ts';

type WorkerClaim = DeepPartial<WorkerEstimate>;

/** @param ours what the planner says, where it says anything: means may be claimed in two places. */
export function resolveServingClaims(claims: Claims, ours: ServingEstimate | undefined): DeepPartial<ServingEstimate> {
  const { time, throughput, halves } = claims;
  const worker = resolveWorkerClaims(claims);
  return {
    ...worker,
    time: {
      ...worker.time,
      ttft: latencyOf(time?.ttft, time?.ttftMs, ours?.time.ttft),
      tpot: latencyOf(time?.tpot, time?.tpotMs, ours?.time.tpot),
      ...present({ queueing: seconds(time?.queueingMs), transfer: seconds(time?.transferMs) }),
    },
    throughput: present({
      tokensPerSecond: throughput?.tokensPerSecond,
      tokensPerSecondPerGpu: throughput?.tokensPerSecondPerGpu,
      interval: pairOf(throughput?.interval, 1),
      requestsPerSecond: throughput?.requestsPerSecond,
      tokensPerSecondPerUser: throughput?.tokensPerSecondPerUser,
      utilization: shareOf(throughput?.utilizationPercent),
    }),
    ...(halves && {
      halves: present({
        prefill: halves.prefill && resolveWorkerClaims(halves.prefill),
        decode: halves.decode && resolveWorkerClaims(halves.decode),
      }),
    }),
  };
}

function resolveWorkerClaims(claims: WorkerClaims): WorkerClaim {
  const { memory, time, load } = claims;
  const common = resolveCommonClaims(claims);
  return {
    ...common,
    memory: {
      ...common.memory,
      ...present({
        kvPoolBytes: memory?.kvPoolBytes,
        kvCacheTokens: memory?.kvCacheTokens,
        maxConcurrency: memory?.maxConcurrency,
      }),
    },
    time: {
      ...common.time,
      ...present({ decodeStep: seconds(time?.decodeStepMs), prefill: seconds(time?.prefillMs) }),
    },
    load: present({ sequences: load?.sequences, context: load?.contextTokens, promptTokens: load?.promptTokens }),
  };
}

/** Of a mean that is claimed twice and not alike, the one that is farther from ours is judged: one of them at least is wrong. */
function latencyOf(
  { meanMs, p50Ms, p95Ms, intervalMs, boundKeptPercent }: NonNullable<NonNullable<Claims['time']>['ttft']> = {},
  alsoMeanMs: number | undefined,
  ours: Latency | undefined,
): DeepPartial<Latency> {
  const off = (claimed: number | undefined) => Math.abs((claimed ?? Number.NaN) - (ours?.mean ?? 0) * 1e3);
  const mean = alsoMeanMs === undefined || off(meanMs) > off(alsoMeanMs) ? meanMs : alsoMeanMs;
  return present({
    mean: seconds(mean),
    p50: seconds(p50Ms),
    p95: seconds(p95Ms),
    interval: pairOf(intervalMs, 1e-3),
    boundKept: boundKeptPercent === undefined ? undefined : boundKeptPercent / 100,
  });
}

/** The schema has seen to it that there are two. */
function pairOf(values: readonly number[] | undefined, unit: number): readonly [number, number] | undefined {
  const [least, most] = values ?? [];
  return least === undefined || most === undefined ? undefined : [least * unit, most * unit];
}

/** An estimate with what is claimed in the place of what it says; lists are claimed whole. */
export function servingLaidOver(
  estimate: ServingEstimate,
  claims: DeepPartial<ServingEstimate>,
): DeepPartial<ServingEstimate> {
  const { time, throughput, halves } = estimate;
  const worker = workerLaidOver(estimate, claims);
  return {
    ...worker,
    time: {
      ...time,
      ...claims.time,
      ttft: { ...time.ttft, ...claims.time?.ttft },
      tpot: { ...time.tpot, ...claims.time?.tpot },
    },
    throughput: { ...throughput, ...claims.throughput },
    ...(halves && {
      halves: {
        prefill: halfLaidOver(halves.prefill, claims.halves?.prefill),
        decode: halfLaidOver(halves.decode, claims.halves?.decode),
      },
    }),
  };
}

function halfLaidOver(half: WorkerEstimate, claims: WorkerClaim = {}): WorkerClaim {
  return { ...workerLaidOver(half, claims), time: { ...half.time, ...claims.time } };
}

function workerLaidOver(
  worker: Omit<WorkerEstimate, 'time'>,
  claims: Omit<WorkerClaim, 'time'>,
): Omit<WorkerClaim, 'time'> {
  const { memory, compute, communication, balance, load, evidence } = worker;
  return {
    memory: { ...memory, ...claims.memory, perGpu: { ...memory.perGpu, ...claims.memory?.perGpu } },
    compute: { ...compute, ...claims.compute },
    communication: { ...communication, ...claims.communication },
    balance: { ...balance, ...claims.balance },
    load: { ...load, ...claims.load },
    evidence: { ...evidence, ...claims.evidence },
  };
}
