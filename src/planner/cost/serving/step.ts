/**
 * One step of an engine on one worker: sequences that decode a token each, and prompt tokens beside them. The sum of its operators and
 * collectives, with what the engine adds. The tables time each kernel by itself; of their launch floors a share remains in a step
 * (`floorShare`), since launches overlap in a replayed graph.
 */
import { attendedTokens, attentionCore, recurrenceFlops } from '../../attention-core.ts';
import type { Cluster } from '../../cluster.ts';
import type { Engine } from '../../engine.ts';
import { indexerBytes, stateElements } from '../../mixer-cache.ts';
import type { LayerRun, Model, MoeFfn } from '../../model.ts';
import { dtypeBytes, residualBytes, type WeightClass } from '../../precision.ts';
import { allReduceTime, both, exchangeTime, gatherTime, hopTime, type LinkTime } from '../collectives.ts';
import { expertWidth, mixerWidths, routerParametersPerRank } from '../layer.ts';
import {
  decodeAttentionTime,
  expertsTime,
  gemmTime,
  type OperatorTime,
  prefillAttentionTime,
  streamTime,
  unmeasuredTime,
} from '../operators.ts';
import { addProfile, addTime, emptyProfile, type Profile, type TimePartName } from '../profile.ts';
import { routedShare, touchedMost } from './routing.ts';
import type { Stage, WorkerLayout, WorkerSpans } from './worker.ts';

/** What the busiest data-parallel rank has to do in a step. Figures may be fractions: they are means. */
export interface StepWork {
  /** Sequences that decode, tokens of each that are computed (1 without speculation), and tokens in their context. */
  readonly sequences: number;
  readonly tokensEach: number;
  readonly context: number;
  /** Prompt tokens, of how many prompts, and the tokens of each that were in the cache before. */
  readonly promptTokens: number;
  readonly prompts: number;
  readonly history: number;
  /** Prompt tokens of the whole data-parallel group in this step. */
  readonly groupPromptTokens: number;
}

export interface StepContext {
  readonly cluster: Cluster;
  readonly model: Model;
  readonly engine: Engine;
  readonly kinds: readonly LayerRun[];
  /** Share of the experts' load on the busiest rank, beyond what chance makes of uniform routing. */
  readonly skew: (ep: number, redundant: number) => number;
}

/** Where the times of a stage are added up: by parts, or, without a profile, in one sum. */
export interface Sink {
  readonly profile: Profile | undefined;
  seconds: number;
  readonly floorShare: number;
  readonly slowdown: number;
  /** Layers like the one that is looked at. */
  layers: number;
}

function add(sink: Sink, part: TimePartName, time: OperatorTime): void {
  const { floor, bound, measured } = time;
  const seconds = sink.layers * ((time.seconds - floor) * sink.slowdown + sink.floorShare * floor);
  if (sink.profile) addTime(sink.profile, part, { seconds, bound, measured });
  else sink.seconds += seconds;
}

function addLink(sink: Sink, part: TimePartName, time: LinkTime): void {
  const seconds = sink.layers * time.seconds;
  if (sink.profile) addTime(sink.profile, part, { seconds, bound: 'network', measured: time.measured });
  else sink.seconds += seconds;
}

function sinkOf(profile: Profile | undefined, { times }: Engine, inGraph: boolean): Sink {
  return inGraph
    ? { profile, seconds: 0, floorShare: times.floorShare, slowdown: 1, layers: 1 }
    : { profile, seconds: 0, floorShare: 1, slowdown: times.promptSlowdown, layers: 1 };
}

/** Seconds of what `fill` adds. */
export function secondsOf({ engine }: StepContext, { inGraph }: Placed, fill: (sink: Sink) => void): number {
  const sink = sinkOf(undefined, engine, inGraph);
  fill(sink);
  return sink.seconds;
}

/** Attention of one layer: norm, projections, the core over prompts and over the cache, output projection. */
function addMixer(sink: Sink, { cluster, model, engine }: StepContext, run: LayerRun, at: Placed): void {
  const { mixer } = run;
  if (!mixer) return;
  const { gpu } = cluster;
  const { work, tp, tokens } = at;
  const h = model.hiddenSize;
  const { weights, activations, kvCache } = model.precision;
  const product = (m: number, n: number, k: number) =>
    add(sink, 'attention projections', gemmTime(gpu, { m, n, k, weights: weights.attention, activations }));
  const widths = mixerWidths(mixer, tp);
  const decoding = work.sequences * work.tokensEach;
  if (mixer.kind === 'mla') {
    const perHead = mixer.heads / tp;
    const { queryRank, kvRank, nopeDim, ropeDim, valueDim } = mixer;
    product(tokens, queryRank + kvRank + ropeDim, h);
    product(tokens, perHead * (nopeDim + ropeDim), queryRank === 0 ? h : queryRank);
    if (work.promptTokens > 0) product(work.promptTokens, perHead * (nopeDim + valueDim), kvRank);
    if (decoding > 0) {
      // Absorbed: each head's queries go into the latent space, and its output comes out of it; bf16, as batched products.
      const elements = perHead * (nopeDim + valueDim) * kvRank;
      const bytes = 2 * (elements + decoding * perHead * (nopeDim + valueDim + 2 * kvRank));
      const time = unmeasuredTime(gpu, { flops: 2 * decoding * elements, bytes });
      add(sink, 'attention projections', { ...time, seconds: time.seconds + time.floor, floor: 2 * time.floor });
    }
  } else if (mixer.kind === 'compressed') {
    product(tokens, mixer.queryRank + mixer.headDim, h);
    product(tokens, (mixer.heads / tp) * mixer.headDim, mixer.queryRank);
    product(tokens, (mixer.outputGroups / tp) * mixer.outputRank, (mixer.heads * mixer.headDim) / mixer.outputGroups);
  } else product(tokens, widths.inputs, h);
  product(tokens, h, widths.output);

  const core = attentionCore(mixer);
  if (core) {
    const heads = core.heads / tp;
    const mla = mixer.kind === 'mla';
    const kvHeads = mla ? heads : Math.max(1, core.heads / core.headsPerKvHead / tp);
    if (work.prompts > 0) {
      const queries = work.promptTokens / work.prompts;
      const last = attendedTokens(core.span, work.history + queries);
      const limited = last < work.history + queries;
      const shape = {
        sequences: work.prompts,
        queries,
        history: work.history,
        heads,
        kvHeads,
        qkDim: core.keyDim,
        vDim: core.valueDim,
        mla,
        kvCache,
      };
      add(sink, 'attention', prefillAttentionTime(gpu, limited ? { ...shape, window: last } : shape));
    }
    if (work.sequences > 0) {
      const { keyDim, valueDim } = core.absorbed ?? core;
      const keys = attendedTokens(core.span, Math.round(work.context));
      const native = engine.nativeFp8Cache || gpu.peakFlops.fp4 > gpu.peakFlops.fp8 || dtypeBytes[kvCache] > 1.5;
      const time = decodeAttentionTime(gpu, {
        sequences: work.sequences,
        keys,
        heads,
        kvHeads: mla ? 1 : kvHeads,
        keyDim,
        valueDim,
        entry: mla || mixer.kind === 'compressed' ? keyDim : keyDim + valueDim,
        tokens: work.tokensEach,
        mla,
        // Elsewhere the kernel takes as long as with a cache that is not quantised.
        kvCache: native ? kvCache : 'bf16',
      });
      add(sink, 'attention', time);
    }
    if (core.indexer) {
      const { heads: n, headDim } = core.indexer;
      const entries = work.context / Math.max(1, core.span.compressed ?? 1);
      const flops =
        2 *
        n *
        headDim *
        (decoding * entries +
          (work.promptTokens * (work.history * 2 + work.promptTokens / Math.max(1, work.prompts))) / 2);
      add(sink, 'attention', unmeasuredTime(gpu, { flops, bytes: work.sequences * entries * indexerBytes(mixer) }));
    }
  }
  const recurrence = recurrenceFlops(mixer);
  if (recurrence > 0) {
    // A decode step reads and writes the state of each sequence; over prompts it stays on chip.
    const { recurrent, convolution } = stateElements(mixer);
    const state = (recurrent * dtypeBytes[model.stateDtype ?? 'fp32'] + convolution * residualBytes) / tp;
    const bytes =
      2 * (work.sequences + work.prompts) * state + tokens * residualBytes * (widths.inputs + widths.output);
    add(sink, 'attention', unmeasuredTime(gpu, { flops: (tokens * recurrence) / tp, bytes }));
  }
  // Norms of queries and keys are kernels of their own; what else is small is fused with its neighbours, and moves bytes all the same.
  const kernels = mixer.kind === 'attention' && mixer.qkNorm ? 2 : 0;
  add(sink, 'element-wise', streamTime(gpu, { bytes: tokens * residualBytes * (4 * h + widths.inputs), kernels }));
}

function addFfn(
  sink: Sink,
  { cluster, model }: StepContext,
  weightClass: 'dense' | 'shared',
  { m, width, matrices }: { m: number; width: number; matrices: number },
): void {
  const { weights, activations } = model.precision;
  const h = model.hiddenSize;
  const part = weightClass === 'dense' ? 'dense FFN' : 'shared experts';
  const { gpu } = cluster;
  const format = weights[weightClass];
  add(sink, part, gemmTime(gpu, { m, weights: format, activations, n: (matrices - 1) * width, k: h }));
  add(sink, part, gemmTime(gpu, { m, weights: format, activations, n: h, k: width }));
  const bytes = m * width * ((matrices - 1) * residualBytes + dtypeBytes[activations]);
  add(sink, 'element-wise', streamTime(gpu, { bytes, kernels: 1 }));
}

/** A stage of a worker, in a step. */
export interface Placed {
  readonly work: StepWork;
  readonly worker: WorkerLayout;
  readonly spans: WorkerSpans;
  readonly tp: number;
  /** Tokens of the busiest data-parallel rank. */
  readonly tokens: number;
  readonly inGraph: boolean;
}

/** Tokens of all data-parallel ranks together. */
export function groupTokens({ worker, work }: Pick<Placed, 'worker' | 'work'>): number {
  return worker.dp * work.sequences * work.tokensEach + work.groupPromptTokens;
}

/** The routed experts' products. Of the worker only its fold matters and, where it has one data-parallel rank, that rank's tokens. */
export function addExperts(sink: Sink, context: StepContext, moe: MoeFfn, at: Placed): void {
  const { cluster, model } = context;
  const { worker, tokens } = at;
  const { dp, ep, etp, redundantExperts } = worker;
  const { weights, activations } = model.precision;
  const h = model.hiddenSize;
  const outer = expertWidth(moe, h);
  const { experts, expertsPerToken } = moe;
  const group = groupTokens(at);
  const mean = (group * expertsPerToken) / ep;
  const rows = mean * routedShare({ ep, mean, experts, expertsPerToken }, context.skew(ep, redundantExperts));
  const local = (experts + redundantExperts) / ep;
  const shown = dp === 1 ? tokens : group * (1 - (1 - 1 / ep) ** expertsPerToken);
  const chance = expertsPerToken / (experts + redundantExperts);
  const time = expertsTime(cluster.gpu, {
    tokens: shown,
    routes: shown * expertsPerToken,
    rows,
    experts: local,
    touched: touchedMost({ local, ep, mean: local * (1 - (1 - chance) ** group) }),
    hidden: outer,
    intermediate: moe.intermediateSize / etp,
    matrices: moe.matrices,
    weights: weights.expert,
    activations,
  });
  add(sink, 'experts', time);
}

/** Tokens to the ranks of their experts and back; a worker of one data-parallel rank has none: its ranks all have all tokens. */
export function addExchange(sink: Sink, context: StepContext, moe: MoeFfn, at: Placed): void {
  const { cluster, model, engine } = context;
  const { worker, spans, tokens, inGraph } = at;
  const { dp, ep, etp } = worker;
  if (dp === 1 || ep * etp === 1) return;
  const outer = expertWidth(moe, model.hiddenSize);
  const { expertsPerToken } = moe;
  const group = groupTokens(at);
  const a = dtypeBytes[model.precision.activations];
  // Each rank of a TP group sends its share of the tokens.
  const own = tokens / worker.tp;
  if (ep > 1) {
    const everyone = group / worker.dp / worker.tp;
    if (engine.exchange === 'deepep') {
      const kernels = inGraph ? 'exchangeLowLatency' : 'exchangeNormal';
      const shared = { kernels, tokens: own, topk: expertsPerToken } as const;
      const there = exchangeTime(cluster, spans.ep, { ...shared, direction: 'dispatch', bytesPerToken: outer * a });
      const back = exchangeTime(cluster, spans.ep, { ...shared, direction: 'combine', bytesPerToken: outer * 2 });
      addLink(sink, 'expert all-to-all', both(there, back));
    } else {
      const gathered = Math.max(own, everyone) * ep * outer;
      addLink(
        sink,
        'expert all-to-all',
        both(
          gatherTime(cluster, spans.ep, gathered * a),
          gatherTime(cluster, spans.ep, gathered * residualBytes, 'reduceScatter'),
        ),
      );
    }
  }
  if (etp > 1) {
    const gathered = (group / ((ep * (worker.dp * worker.tp)) / (ep * etp))) * outer;
    addLink(
      sink,
      'expert-tensor collectives',
      both(
        gatherTime(cluster, spans.etp, gathered * a),
        gatherTime(cluster, spans.etp, gathered * residualBytes, 'reduceScatter'),
      ),
    );
  }
}

/** As many layers of a kind as the sink counts. */
function addLayer(sink: Sink, context: StepContext, run: LayerRun, at: Placed): void {
  addOwn(sink, context, run, at);
  if (!run.moe) return;
  addExperts(sink, context, run.moe, at);
  addExchange(sink, context, run.moe, at);
}

/** What of a layer a TP group does for its own tokens: all but the routed experts. */
export function addOwn(sink: Sink, context: StepContext, run: LayerRun, at: Placed): void {
  const { cluster, model } = context;
  const h = model.hiddenSize;
  const { tokens, tp, spans, worker } = at;
  const reduce = () =>
    addLink(sink, 'tensor-parallel collectives', allReduceTime(cluster, spans.tp, tokens * h * residualBytes));
  addMixer(sink, context, run, at);
  if (run.mixer) reduce();
  const { dense, moe } = run;
  if (dense)
    addFfn(sink, context, 'dense', { m: tokens, width: dense.intermediateSize / tp, matrices: dense.matrices });
  if (moe) {
    const { weights, activations } = model.precision;
    const n = routerParametersPerRank(run, h) / h;
    add(sink, 'router', gemmTime(cluster.gpu, { m: tokens, n, k: h, weights: weights.router, activations }));
    if (moe.sharedIntermediateSize > 0) {
      addFfn(sink, context, 'shared', { m: tokens, width: moe.sharedIntermediateSize / tp, matrices: moe.matrices });
    }
  }
  if (dense || (moe && worker.dp === 1) || (moe && moe.sharedIntermediateSize > 0 && tp > 1)) reduce();
  add(sink, 'element-wise', streamTime(cluster.gpu, { bytes: tokens * residualBytes * 4 * h, kernels: 0 }));
}

/** Seconds of each of a worker's stages in one step, by parts. A kind of layer is costed once, in whichever stages it is. */
export function stageProfiles(
  context: StepContext,
  stages: readonly Stage[],
  at: Omit<Placed, 'tokens' | 'tp' | 'inGraph'>,
): readonly Profile[] {
  const { model, engine, kinds } = context;
  const { work, worker } = at;
  const tokens = work.sequences * work.tokensEach + work.promptTokens;
  const inGraph = work.groupPromptTokens === 0;
  const placed: Placed = { ...at, tokens, tp: worker.tp, inGraph };
  const { vocabulary } = model;
  const [only, ...others] = stages;
  // One stage needs no sums over kinds: its layers are added up in place.
  if (only && others.length === 0) {
    const profile = emptyProfile();
    const sink = sinkOf(profile, engine, inGraph);
    for (const { kind, count } of only.layers) {
      const run = kinds[kind];
      if (!run) continue;
      sink.layers = count;
      addLayer(sink, context, run, placed);
    }
    sink.layers = 1;
    if (vocabulary && only.first) addEmbedding(sink, context, placed);
    if (vocabulary && only.last) addHead(sink, context, placed, vocabulary.size);
    if (!only.last) addHop(sink, context, placed);
    return [profile];
  }
  const made = (fill: (sink: Sink) => void): Profile => {
    const profile = emptyProfile();
    fill(sinkOf(profile, engine, inGraph));
    return profile;
  };
  const layers = kinds.map((run) => made((sink) => addLayer(sink, context, run, placed)));
  const hop = made((sink) => addHop(sink, context, placed));
  return stages.map((stage) => {
    const profile = emptyProfile();
    for (const { kind, count } of stage.layers) {
      const layer = layers[kind];
      if (layer) addProfile(profile, layer, count);
    }
    const sink = sinkOf(profile, engine, inGraph);
    if (vocabulary && stage.first) addEmbedding(sink, context, placed);
    if (vocabulary && stage.last) addHead(sink, context, placed, vocabulary.size);
    if (!stage.last) addProfile(profile, hop, 1);
    return profile;
  });
}

export function addEmbedding(sink: Sink, { cluster, model }: StepContext, { tokens }: Placed): void {
  const bytes = 2 * tokens * model.hiddenSize * residualBytes;
  add(sink, 'embedding and LM head', streamTime(cluster.gpu, { bytes, kernels: 1 }));
}

/** Logits of every token that is chosen or verified, gathered over the TP group, and what is sampled from them. */
export function addHead(
  sink: Sink,
  { cluster, model }: StepContext,
  { work, worker, spans }: Placed,
  size: number,
): void {
  const rows = work.sequences * work.tokensEach + work.prompts;
  const n = size / worker.tp;
  const { weights, activations } = model.precision;
  const head: WeightClass = 'head';
  const shape = { m: rows, n, k: model.hiddenSize, weights: weights[head], activations };
  add(sink, 'embedding and LM head', gemmTime(cluster.gpu, shape));
  add(sink, 'embedding and LM head', streamTime(cluster.gpu, { bytes: 4 * rows * 4 * n, kernels: 2 }));
  addLink(sink, 'tensor-parallel collectives', gatherTime(cluster, spans.tp, rows * residualBytes * size));
}

export function addHop(sink: Sink, { cluster, model }: StepContext, { tokens, spans }: Placed): void {
  const bytes = tokens * model.hiddenSize * residualBytes * (model.residualStreams ?? 1);
  addLink(sink, 'pipeline hops', hopTime(cluster, spans.hopCrosses, bytes));
}
