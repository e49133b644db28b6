/** The specification in a plan's file, in contract units, back into the planner's nouns: the inverse of ../http/answer-resolved.ts. */
import type { Static } from 'typebox';
import { defaultCurves } from '../catalog/default-curves.ts';
import { GB, GiB, micro, tera } from '../http/contract-units.ts';
import { engineConstants } from '../http/schemas/engine-times.ts';
import type { ResolvedCluster } from '../http/schemas/resolved.ts';
import type { ResolvedModel } from '../http/schemas/resolved-model.ts';
import type { ResolvedEngine, ResolvedServingWorkload } from '../http/schemas/resolved-serving.ts';
import type { Cluster, Link } from '../planner/cluster.ts';
import type { Engine, EngineTimes } from '../planner/engine.ts';
import type { Model } from '../planner/model.ts';
import type { Routing, ServingLoad, ServingWorkload } from '../planner/workload.ts';

/** Curves are in no file, and the verifier reads none: only whether a GPU was measured, which the file says in words. */
export function clusterOf(cluster: Static<typeof ResolvedCluster>): Cluster {
  const { name, memoryGiB, memoryBandwidthGBps, peakTflops, curves } = cluster.gpu;
  const { bf16, fp8, fp4, int8 } = peakTflops;
  const evidence = curves.endsWith('(calibrated)') ? 'calibrated' : 'extrapolated';
  return {
    nodes: cluster.nodes,
    gpusPerNode: cluster.gpusPerNode,
    domainGpus: cluster.nvlinkDomainGpus,
    gpu: {
      name,
      memoryBytes: memoryGiB * GiB,
      memoryBandwidth: memoryBandwidthGBps * GB,
      peakFlops: { bf16: bf16 * tera, fp8: fp8 * tera, fp4: fp4 * tera, int8: int8 * tera },
      curves: { ...defaultCurves, source: curves, evidence },
    },
    fast: linkOf(cluster.intraNode),
    slow: linkOf(cluster.interNode),
  };
}

function linkOf({ name, bandwidthGBps, latencyUs }: Static<typeof ResolvedCluster>['intraNode']): Link {
  return { name, bandwidth: bandwidthGBps * GB, latency: latencyUs / micro };
}

/** A boundary: an answer passes the model on as it was planned for, and the schema, which has checked it, has words for formats. */
export function modelOf(model: Static<typeof ResolvedModel>): Model {
  const { parameters: _, kvElementsPerToken: _k, stateBytesPerSequence: _s, ...rest } = model;
  return rest as Model;
}

export function workloadOf(workload: Static<typeof ResolvedServingWorkload>): ServingWorkload {
  const { inputTokens, outputTokens, lengthSpread, slo, prefixCacheHitRate, speculative, routing } = workload;
  return {
    kind: 'serving',
    inputTokens,
    outputTokens,
    lengthSpread,
    load: loadOf(workload),
    slo: {
      ...(slo.ttftMs !== undefined && { ttft: slo.ttftMs / 1e3 }),
      ...(slo.tpotMs !== undefined && { tpot: slo.tpotMs / 1e3 }),
      ...(slo.confidence !== undefined && { confidence: slo.confidence }),
    },
    prefixCacheHitRate,
    ...(speculative && { speculation: speculative }),
    routing: routingOf(routing),
  };
}

function loadOf({ concurrency, requestsPerSecond, staticBatch }: Static<typeof ResolvedServingWorkload>): ServingLoad {
  if (concurrency !== undefined) return { kind: 'concurrency', concurrency };
  if (requestsPerSecond !== undefined) return { kind: 'rate', requestsPerSecond };
  if (staticBatch !== undefined) return { kind: 'static', batch: staticBatch };
  return { kind: 'saturated' };
}

function routingOf(routing: Static<typeof ResolvedServingWorkload>['routing']): Routing {
  if (routing === 'uniform' || routing === 'usual') return { kind: routing };
  return 'zipf' in routing ? { kind: 'zipf', exponent: routing.zipf } : { kind: 'loads', loads: routing.loads };
}

export function engineOf(engine: Static<typeof ResolvedEngine>): Engine {
  const { memory, rankLayout, times, maxBatchTokens, ...rest } = engine;
  const [slowest = 'edp', middle = 'ep', fastest = 'etp'] = rankLayout.expert;
  return {
    ...rest,
    rankLayout: { stages: rankLayout.stages, expert: [slowest, middle, fastest] },
    memory: {
      basis: memory.basis,
      fraction: memory.memoryFraction,
      overheadAlone: memory.overheadAloneBytes,
      overheadWithCollectives: memory.overheadWithCollectivesBytes,
      logitBytes: memory.logitBytes,
      blockTokens: memory.blockTokens,
      outputReserve: memory.outputReserve,
    },
    batchTokens: maxBatchTokens,
    times: timesOf(times),
  };
}

const inSi = { '': 1, Ms: 1e-3, Us: 1e-6 } as const;

/** A boundary: the table has every constant of the planner's. */
function timesOf(times: Readonly<Record<string, number>>): EngineTimes {
  return Object.fromEntries(
    Object.entries(engineConstants).map(([name, { unit }]) => [name, (times[`${name}${unit}`] ?? 0) * inSi[unit]]),
  ) as unknown as EngineTimes;
}
