/**
 * The memory and compute account of a published deployment summary ("EP64_TP2 Hybrid Parallel Strategy"), reproduced so
 * that its table can be set beside ours. It is a convention, not physics; nothing in search or cost reads it.
 *
 * With B sequences of S tokens, h hidden, f intermediate size of an expert, E experts, L layers:
 *   attention  = h·h·2 / tp              one matrix of one layer, at 2 bytes whatever the model's format
 *   experts    = (h·f + f·h)·2 / tp · E/ep · L   at 2 bytes, two matrices even where the experts are gated
 *   activation = B·S·h·1 / tp            one layer at 1 byte, divided by neither dp nor ep
 *   compute    = (2·B·S·h²·L + 4·B·S·h·f·L) / (tp · GPUs) / peak   FLOPs over one second of peak, not over a step's time;
 *                                        divided by tp twice, with one attention matrix, as if routing were top-1
 * Against physics the attention weights err low, those of experts high (twice for FP8), activations high by dp, and the
 * compute figure has no time in it at all. KV cache, norms, vocabulary, buffers and the reserve are left out.
 */
import type { Cluster } from '../cluster.ts';
import { layerCount, type Model, mixtureOf } from '../model.ts';
import { type Strategy, strategyGpus } from '../strategy.ts';
import type { BatchWorkload } from '../workload.ts';

export interface PublishedSummary {
  readonly attentionWeight: number;
  readonly expertWeight: number;
  readonly activation: number;
  readonly total: number;
  /** total / GPU memory, 0 to 1. */
  readonly utilization: number;
  /** FLOPs over one second of peak, 0 to 1 where it is small. */
  readonly computeUtilization: number;
}

const weightBytes = 2;
const activationBytes = 1;

/**
 * In whole bytes, rounded up. Undefined for a model without experts, for which the summary has no words.
 * @param peakFlops the rate that the compute figure is measured against: the estimate's own.
 */
export function publishedSummary(
  strategy: Strategy,
  {
    cluster,
    model,
    workload,
    peakFlops,
  }: { cluster: Cluster; model: Model; workload: BatchWorkload; peakFlops: number },
): PublishedSummary | undefined {
  const mixture = mixtureOf(model);
  if (!mixture) return undefined;
  const { hiddenSize: h } = model;
  const f = mixture.intermediateSize;
  const layers = layerCount(model);
  const tokens = workload.batchSize * workload.sequenceLength;
  const { tp, ep } = strategy;

  const attentionWeight = Math.ceil((h * h * weightBytes) / tp);
  const expertWeight = Math.ceil((2 * h * f * weightBytes * mixture.experts * layers) / (tp * ep));
  const activation = Math.ceil((tokens * h * activationBytes) / tp);
  const total = attentionWeight + expertWeight + activation;
  const flops = (2 * tokens * h * h + 4 * tokens * h * f) * layers;
  return {
    attentionWeight,
    expertWeight,
    activation,
    total,
    utilization: total / cluster.gpu.memoryBytes,
    computeUtilization: flops / (tp * strategyGpus(strategy)) / peakFlops,
  };
}
