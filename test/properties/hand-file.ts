/** optimal_parallel_strategy.json as artifacts write it, made from the verifier's own figures: no planner takes part. */
import type { Mixer } from '../../src/planner/mixer.ts';
import { leastStep } from '../../src/verifier/check-time.ts';
import { derive } from '../../src/verifier/derive.ts';
import { referencePeak } from '../../src/verifier/flops.ts';
import { surveyGroups } from '../../src/verifier/groups.ts';
import { messagesOf } from '../../src/verifier/messages.ts';
import { expertsOfStage } from '../../src/verifier/stages.ts';
import { wholeModel } from '../../src/verifier/tensors.ts';
import type { Shape } from './hand-claims.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The file as artifacts write it, with made-up times that are long enough. */
export function fileOf({ problem, strategy }: Shape, name: string): Json {
  const derived = derive(problem, strategy);
  const { layout, stages, tokens, largest, busiest, balance } = derived;
  const { cluster, model, workload } = problem;
  const { gpu } = cluster;
  const { microBatchSize, ...degrees } = strategy;
  const peak = referencePeak(problem);
  const uses = messagesOf(problem, layout, stages, tokens);
  const links = cluster.fast.bandwidth + cluster.slow.bandwidth;
  const least = leastStep({ problem, specs: problem, claim: { strategy }, derived }).seconds;
  const step = 10 * Math.max(least, ...uses.map(({ bytesPerGpu }) => bytesPerGpu / links));
  const rate = (workload.batchSize * workload.sequenceLength) / step;
  const { total, runtimeReserve, ...parts } = largest.memory;
  const account = Object.entries({ ...parts, total, runtimeReserve: Math.ceil(runtimeReserve) });
  const surveys = new Map(surveyGroups(layout).map((survey) => [survey.kind, survey]));
  const counts = Object.values(wholeModel(model)).reduce((sum, count) => sum + count, 0);
  const mixture = model.layers.find((run) => run.moe)?.moe;
  const loads = stages.map((stage) => (mixture ? expertsOfStage(stage) : stage.layers));
  let idle = 0;
  let kvElements = 0;
  for (const { count, mixer, moe } of model.layers) {
    kvElements += count * elementsOfToken(mixer);
    if (!moe) continue;
    const outer = moe.latentSize ?? model.hiddenSize;
    const biases = moe.expertBias ? (moe.matrices - 1) * moe.intermediateSize + outer : 0;
    idle += count * (moe.experts - moe.expertsPerToken) * (moe.matrices * outer * moe.intermediateSize + biases);
  }
  const link = (l: typeof cluster.fast) => ({
    name: l.name,
    bandwidthGBps: l.bandwidth / 1e9,
    latencyUs: l.latency * 1e6,
  });
  const strides = {
    tp: 1,
    cp: layout.tp,
    dp: layout.tp * layout.cp,
    pp: layout.inStage,
    ep: layout.etp,
    etp: 1,
    edp: layout.etp * layout.ep,
  };
  const file = {
    format: 'shardwell-strategy/1',
    id: 'by-hand',
    objective: 'balance',
    strategy: { name, ...degrees, microBatchSize, edp: layout.edp, gpus: layout.world },
    modules: {
      count: (mixture ? layout.ep * layout.edp : layout.dp * layout.cp) * layout.pp * layout.replicas,
      gpusPerModule: mixture ? layout.etp : layout.tp,
      expertsPerGpuPerLayer: mixture ? mixture.experts / layout.ep : 0,
      balancePercent: (100 * loads.reduce((a, b) => a + b, 0)) / loads.length / Math.max(...loads),
    },
    estimate: {
      memory: {
        perGpu: Object.fromEntries(account.map(([part, bytes]) => [`${part}Bytes`, bytes])),
        utilizationPercent: (100 * total) / gpu.memoryBytes,
        largestRank: largest.firstRank,
        freeBytes: Math.floor(gpu.memoryBytes - total - runtimeReserve),
        accounting: 'physical',
      },
      compute: {
        flopsPerGpu: busiest.flops,
        utilizationPercent: (100 * busiest.flops) / peak / step,
        peakTflops: peak / 1e12,
      },
      communication: {
        perCollective: uses.map((use) => ({
          ...use,
          crossesDomains: surveys.get(use.group)?.crossesDomains ?? false,
          crossesNodes: surveys.get(use.group)?.crossesNodes ?? false,
          ms: step * 900,
        })),
      },
      time: {
        stepMs: step * 1e3,
        breakdown: [
          { part: 'attention', ms: step * 250, bound: 'compute' },
          { part: 'experts', ms: step * 750, bound: 'memory' },
        ],
        microBatches: layout.microBatches,
        bubblePercent: layout.pp === 1 ? 0 : 10,
        model: 'by hand',
      },
      throughput: { tokensPerSecond: rate, tokensPerSecondPerGpu: rate / layout.world },
      balance: {
        expertVariancePercent: 100 * balance.experts,
        computeVariancePercent: 100 * balance.compute,
        memoryVariancePercent: 100 * balance.memory,
        expectedRoutingImbalance: tokens.imbalance,
      },
      evidence: 'extrapolated',
      evidenceOf: { memory: 'derived', compute: 'extrapolated', time: 'extrapolated' },
    },
    specification: {
      model: {
        ...model,
        parameters: { total: counts, active: counts - idle },
        kvElementsPerToken: kvElements,
      },
      cluster: {
        gpus: cluster.nodes * cluster.gpusPerNode,
        nodes: cluster.nodes,
        gpusPerNode: cluster.gpusPerNode,
        nvlinkDomainGpus: cluster.domainGpus,
        gpu: {
          name: gpu.name,
          memoryGiB: gpu.memoryBytes / 2 ** 30,
          memoryBandwidthGBps: gpu.memoryBandwidth / 1e9,
          peakTflops: Object.fromEntries(Object.entries(gpu.peakFlops).map(([rate, flops]) => [rate, flops / 1e12])),
          curves: gpu.curves.source,
        },
        intraNode: link(cluster.fast),
        interNode: link(cluster.slow),
      },
      workload,
    },
    search: { enumerated: 10, evaluated: 4, pruned: 1, rejected: { 'memory.weights': 5 }, exhaustive: true },
    verdict: 'optimal',
    layout: {
      ranks: layout.world,
      ranksPerReplica: layout.inStage * layout.pp,
      ranksPerDomain: Math.min(layout.world, layout.perDomain),
      gpusIdle: cluster.nodes * cluster.gpusPerNode - layout.world,
      nodes: nodeRuns(layout.world, layout.perDomain),
      groups: [...surveys.values()].map(({ kind, groups, size }) => ({
        kind,
        groups,
        size,
        stride: size > 1 ? strides[kind] : 0,
      })),
      stages: stages.map((stage) => ({
        stage: stage.index,
        ranks: { first: stage.index * layout.inStage, count: layout.inStage },
        layers: { first: stage.firstLayer, count: stage.layers },
        moeLayers: stage.kinds.reduce((sum, { kind, count }) => sum + (kind.run.moe ? count : 0), 0),
      })),
    },
  };
  return parsed(JSON.stringify(file));
}

export function parsed(text: string): Json {
  return JSON.parse(text);
}

/** KV elements that a token takes in a layer, as if nothing were ever dropped. */
function elementsOfToken(mixer: Mixer | undefined): number {
  switch (mixer?.kind) {
    case 'attention':
      return mixer.sharesKv ? 0 : mixer.kvHeads * (mixer.headDim + (mixer.valueDim ?? mixer.headDim));
    case 'mla':
      return mixer.kvRank + mixer.ropeDim;
    case 'compressed':
      return mixer.headDim / (mixer.compression?.ratio ?? 1);
    default:
      return 0;
  }
}

/** Nodes of one domain each: full ones, then one with the rest. */
function nodeRuns(world: number, perNode: number) {
  const full = Math.floor(world / perNode);
  const runs = full > 0 ? [{ firstNode: 0, nodes: full, firstRank: 0, ranksPerNode: perNode }] : [];
  const rest = world - full * perNode;
  return rest > 0 ? [...runs, { firstNode: full, nodes: 1, firstRank: full * perNode, ranksPerNode: rest }] : runs;
}
