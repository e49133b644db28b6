/** What a step cannot be shorter than, by another count than the planner's: bytes over the datasheet's bandwidth, FLOPs over its peak. */
import { attendedTokens, attentionCore } from '../../src/planner/attention-core.ts';
import { kvElementsPerRank, stateElements } from '../../src/planner/mixer-cache.ts';
import { layerCount, mixtureOf } from '../../src/planner/model.ts';
import { parameterCounts } from '../../src/planner/parameters.ts';
import { computeDtype, dtypeBytes } from '../../src/planner/precision.ts';
import type { ServingEstimate, WorkerEstimate } from '../../src/planner/serving-estimate.ts';
import type { ServingSetting } from '../../src/planner/serving-result.ts';
import type { WorkerStrategy } from '../../src/planner/strategy.ts';

/** Seconds to read what a decode step has to of one stage: weights that somebody needs, and what its sequences attend to. */
export function decodeRoof(
  { cluster, model, workload }: ServingSetting,
  { tp, dp, pp }: WorkerStrategy,
  { memory: { perGpu }, load }: Pick<WorkerEstimate, 'memory' | 'load'>,
): number {
  const moe = mixtureOf(model);
  const tokens = load.sequences * dp;
  // Of experts as many are read as tokens that choose alike would need, which is fewer than any spread of them needs.
  const touched = moe ? Math.min(1, (Math.max(1, tokens / pp) * moe.expertsPerToken) / moe.experts, 0.5) : 0;
  const weights =
    perGpu.attentionWeight +
    perGpu.denseWeight +
    perGpu.sharedExpertWeight +
    perGpu.routerWeight +
    touched * perGpu.expertWeight;
  let entries = 0;
  let states = 0;
  for (const { mixer, count } of model.layers) {
    const core = mixer && attentionCore(mixer);
    if (mixer) states += (count * stateElements(mixer).recurrent) / tp;
    if (core) entries += count * attendedTokens(core.span, workload.inputTokens) * kvElementsPerRank(mixer, tp);
  }
  const stateBytes = 2 * states * dtypeBytes[model.stateDtype ?? 'fp32'];
  const cache = (load.sequences * (entries * dtypeBytes[model.precision.kvCache] + stateBytes)) / pp;
  return (weights + cache) / cluster.gpu.memoryBandwidth;
}

/** Seconds at the peak for a token: twice the parameters that it visits, each at the rate that its format is multiplied at; attention left out. */
function tokenSeconds({ cluster, model }: ServingSetting): number {
  const counts = parameterCounts(model);
  const moe = mixtureOf(model);
  const visited = moe ? (counts.expert * moe.expertsPerToken) / moe.experts : 0;
  const { weights, activations } = model.precision;
  const seconds = (parameters: number, of: keyof typeof weights): number =>
    (2 * parameters) / cluster.gpu.peakFlops[computeDtype(weights[of].dtype, activations)];
  return (
    seconds(counts.attention, 'attention') +
    seconds(counts.dense, 'dense') +
    seconds(counts.shared, 'shared') +
    seconds(visited, 'expert')
  );
}

/** Share of the GPUs' peak that a prompt alone is read at. */
export function prefillShare(setting: ServingSetting, { tp, cp, dp, pp, ep }: WorkerStrategy, prefill: number): number {
  // A lone prompt's experts are on all ranks of a worker, the rest of it on one data-parallel rank.
  const gpus = tp * cp * pp * (ep > 1 ? dp : 1);
  return (setting.workload.inputTokens * tokenSeconds(setting)) / gpus / prefill;
}

/**
 * Seconds beyond which a decode step looks wrong: four times both roofs, and generous launches: 0.25 ms a layer within a fast domain, as many again for each
 * doubling of domains, and 20 us a sequence.
 */
export function suspiciousStep(
  setting: ServingSetting,
  worker: WorkerStrategy,
  estimate: Pick<ServingEstimate, 'memory' | 'load'>,
): number {
  const { cluster, model } = setting;
  const domains = Math.max(1, (worker.tp * worker.dp) / cluster.domainGpus);
  const launches = layerCount(model) * 2.5e-4 * (1 + 2 * Math.log2(domains));
  const roofs =
    decodeRoof(setting, worker, estimate) + (estimate.load.sequences * tokenSeconds(setting)) / (worker.tp * worker.pp);
  return 4 * roofs + launches + 2e-5 * estimate.load.sequences + 2e-3;
}
