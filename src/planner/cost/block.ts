/**
 * One transformer block on one rank, for one micro-batch: the sum of its operators and collectives, one after the other.
 *
 * The residual stream is split over the TP group between operators (sequence parallelism; Korthikanti et al., arXiv 2205.05198):
 * an all-gather before an operator that is split by tp, a reduce-scatter after it, which together move what an all-reduce would.
 * Nothing overlaps, so times err slow where an engine hides communication behind compute.
 */
import { attendedPairs, attentionCore } from '../attention-core.ts';
import type { Cluster } from '../cluster.ts';
import type { Mixer } from '../mixer.ts';
import type { LayerRun, Model } from '../model.ts';
import { dtypeBytes, residualBytes, type WeightClass } from '../precision.ts';
import type { Strategy } from '../strategy.ts';
import { both, gatherTime, type LinkTime, type Span } from './collectives.ts';
import { coreFlops, gatheredKvBytes, mixerWidths, routerParametersPerRank } from './layer.ts';
import { type GemmShape, gemmTime, prefillAttentionTime, streamTime, unmeasuredTime } from './operators.ts';
import { addNetwork, addTime, emptyProfile, type Profile } from './profile.ts';
import type { MicroBatch } from './shape.ts';

export interface BlockContext {
  readonly cluster: Cluster;
  readonly model: Model;
  readonly sequenceLength: number;
}

/** The spans of the groups that a block's collectives run over. */
export interface BlockSpans {
  readonly tp: Span;
  readonly cp: Span;
  readonly ep: Span;
  readonly etp: Span;
}

/** An all-gather before an operator that is split by tp, and a reduce-scatter after it. */
function gatherAndScatter(cluster: Cluster, span: Span, bytes: number): LinkTime {
  return both(gatherTime(cluster, span, bytes), gatherTime(cluster, span, bytes, 'reduceScatter'));
}

function product(
  { model }: BlockContext,
  weightClass: WeightClass,
  { m, n, k }: { m: number; n: number; k: number },
): GemmShape {
  const { weights, activations } = model.precision;
  return { m, n, k, weights: weights[weightClass], activations };
}

/** The projections before a mixer's core, as products on a TP rank: [columns read, columns made]. */
function projections(mixer: Mixer, hidden: number, tp: number): readonly (readonly [number, number])[] {
  if (mixer.kind === 'mla') {
    const { queryRank, kvRank, nopeDim, ropeDim, valueDim } = mixer;
    const perHead = mixer.heads / tp;
    return [
      [hidden, queryRank + kvRank + ropeDim],
      [queryRank === 0 ? hidden : queryRank, perHead * (nopeDim + ropeDim)],
      [kvRank, perHead * (nopeDim + valueDim)],
    ];
  }
  if (mixer.kind === 'compressed') {
    return [
      [hidden, mixer.queryRank + mixer.headDim],
      [mixer.queryRank, (mixer.heads / tp) * mixer.headDim],
      [(mixer.heads * mixer.headDim) / mixer.outputGroups, (mixer.outputGroups / tp) * mixer.outputRank],
    ];
  }
  return [[hidden, mixerWidths(mixer, tp).inputs]];
}

/** What a mixer does between its projections: attention over the prompt, an indexer, a recurrence. */
function addCore(profile: Profile, context: BlockContext, run: LayerRun, strategy: Strategy, micro: MicroBatch): void {
  const { cluster, model, sequenceLength } = context;
  const { mixer } = run;
  if (!mixer) return;
  const { tp, cp } = strategy;
  const core = attentionCore(mixer);
  const flops = coreFlops(mixer, { tokens: sequenceLength, tp, cp });
  if (core) {
    const queries = sequenceLength / cp;
    const keys = attendedPairs(core.span, sequenceLength) / sequenceLength;
    const limited = keys < (sequenceLength + 1) / 2;
    // Under cp a rank's early and late chunks see half of the sequence on average: as many keys as this history gives them.
    const history = (sequenceLength - queries) / 2;
    const work = {
      sequences: micro.sequences,
      queries,
      history,
      heads: core.heads / tp,
      kvHeads: Math.max(1, core.heads / core.headsPerKvHead / tp),
      qkDim: core.keyDim,
      vDim: core.valueDim,
      mla: mixer.kind === 'mla',
      kvCache: model.precision.kvCache,
    };
    const kvHeads = mixer.kind === 'mla' ? work.heads : work.kvHeads;
    const window = limited ? { window: Math.max(1, Math.round(keys)) } : {};
    addTime(profile, 'attention', prefillAttentionTime(cluster.gpu, { ...work, kvHeads, ...window }));
  }
  const other = micro.sequences * (flops.indexer + flops.recurrence);
  if (other > 0) {
    const widths = mixerWidths(mixer, tp);
    const bytes = flops.recurrence > 0 ? micro.tokens * residualBytes * (widths.inputs + widths.output) : 0;
    addTime(profile, 'attention', unmeasuredTime(cluster.gpu, { flops: other, bytes }));
  }
}

/** Norm, projections, attention over the prompt, output projection, residual; with their TP and CP collectives. */
export function attentionBlock(
  context: BlockContext,
  run: LayerRun,
  strategy: Strategy,
  micro: MicroBatch,
  spans: BlockSpans,
): Profile {
  const { cluster, model, sequenceLength } = context;
  const { gpu } = cluster;
  const { tp, cp } = strategy;
  const h = model.hiddenSize;
  const { mixer } = run;
  const profile = emptyProfile();
  if (!mixer) return profile;
  const widths = mixerWidths(mixer, tp);
  for (const [k, n] of projections(mixer, h, tp)) {
    addTime(profile, 'attention projections', gemmTime(gpu, product(context, 'attention', { m: micro.tokens, n, k })));
  }
  addTime(
    profile,
    'attention projections',
    gemmTime(gpu, product(context, 'attention', { m: micro.tokens, n: h, k: widths.output })),
  );
  const gathered = gatheredKvBytes(mixer, model, { tokens: micro.sequences * sequenceLength, tp });
  addCore(profile, context, run, strategy, micro);
  const residual = micro.share * h;
  const kvWrite = gathered / cp;
  addTime(
    profile,
    'element-wise',
    streamTime(gpu, {
      bytes: residual * (4 * residualBytes + dtypeBytes[model.precision.activations]) + kvWrite,
      kernels: 2,
    }),
  );
  addNetwork(
    profile,
    'tensor-parallel collectives',
    gatherAndScatter(cluster, spans.tp, micro.tokens * h * residualBytes),
  );
  addNetwork(profile, 'context-parallel collectives', gatherTime(cluster, spans.cp, gathered));
  return profile;
}

function gatedFfn(
  context: BlockContext,
  weightClass: 'dense' | 'shared',
  shape: { m: number; width: number; matrices: number },
) {
  const { gpu } = context.cluster;
  const h = context.model.hiddenSize;
  const { m, width, matrices } = shape;
  const up = gemmTime(gpu, product(context, weightClass, { m, n: (matrices - 1) * width, k: h }));
  const down = gemmTime(gpu, product(context, weightClass, { m, n: h, k: width }));
  const a = dtypeBytes[context.model.precision.activations];
  const between = streamTime(gpu, { bytes: m * width * ((matrices - 1) * residualBytes + a), kernels: 1 });
  return { up, down, between };
}

/** What follows attention in a layer apart from routed experts: norm, dense FFN, shared experts, router; with their collectives. */
export function sharedFfnBlock(
  context: BlockContext,
  run: LayerRun,
  strategy: Strategy,
  micro: MicroBatch,
  spans: BlockSpans,
): Profile {
  const { cluster, model } = context;
  const { gpu } = cluster;
  const h = model.hiddenSize;
  const { tp } = strategy;
  const profile = emptyProfile();
  const { dense, moe } = run;
  const gather = () =>
    addNetwork(
      profile,
      'tensor-parallel collectives',
      gatherAndScatter(cluster, spans.tp, micro.tokens * h * residualBytes),
    );
  const a = dtypeBytes[model.precision.activations];
  addTime(profile, 'element-wise', streamTime(gpu, { bytes: micro.share * h * (4 * residualBytes + a), kernels: 2 }));
  if (dense) {
    const shape = { m: micro.tokens, width: dense.intermediateSize / tp, matrices: dense.matrices };
    const { up, down, between } = gatedFfn(context, 'dense', shape);
    addTime(profile, 'dense FFN', up);
    addTime(profile, 'dense FFN', down);
    addTime(profile, 'element-wise', between);
    gather();
  }
  if (moe) {
    const routed = routerParametersPerRank(run, h) / h;
    addTime(profile, 'router', gemmTime(gpu, product(context, 'router', { m: micro.share, n: routed, k: h })));
    if (moe.sharedIntermediateSize > 0) {
      const shape = { m: micro.tokens, width: moe.sharedIntermediateSize / tp, matrices: moe.matrices };
      const { up, down, between } = gatedFfn(context, 'shared', shape);
      addTime(profile, 'shared experts', up);
      addTime(profile, 'shared experts', down);
      addTime(profile, 'element-wise', between);
      gather();
    }
  }
  return profile;
}

/** The embedding look-up on the first stage, or the LM head over the last position of each sequence on the last. */
export function vocabularyBlock(context: BlockContext, strategy: Strategy, micro: MicroBatch, spans: BlockSpans) {
  const { cluster, model } = context;
  const first = emptyProfile();
  const last = emptyProfile();
  const { vocabulary } = model;
  if (vocabulary) {
    const h = model.hiddenSize;
    const part = 'embedding and LM head';
    addTime(first, part, streamTime(cluster.gpu, { bytes: 2 * micro.share * h * residualBytes, kernels: 1 }));
    const n = vocabulary.size / strategy.tp;
    addTime(last, part, gemmTime(cluster.gpu, product(context, 'head', { m: micro.sequences, n, k: h })));
    addNetwork(
      last,
      'tensor-parallel collectives',
      gatherTime(cluster, spans.tp, micro.sequences * 4 * vocabulary.size),
    );
  }
  return { first, last };
}
