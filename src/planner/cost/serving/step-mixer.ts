/** What mixes tokens in a layer, in a step of an engine: projections, attention over prompts and over the cache, a recurrence. */
import { attendedPairs, attendedTokens, attentionCore, meanAttended, recurrenceFlops } from '../../attention-core.ts';
import type { Mixer } from '../../mixer.ts';
import { indexerBytes, stateElements } from '../../mixer-cache.ts';
import type { LayerRun } from '../../model.ts';
import { dtypeBytes, residualBytes } from '../../precision.ts';
import { allReduceTime, gatherTime } from '../collectives.ts';
import { mixerWidths } from '../layer.ts';
import { decodeAttentionTime, gemmTime, prefillAttentionTime, streamTime, unmeasuredTime } from '../operators.ts';
import { gatheredPassBytes, partialBytes } from './context-parallel.ts';
import { add, addLink, type Sink } from './sink.ts';
import { decodingTokens, type Placed, type StepContext } from './step-work.ts';

/** Attention of one layer: norm, projections, the core over prompts and over the cache, output projection. */
export function addMixer(sink: Sink, context: StepContext, run: LayerRun, at: Placed): void {
  const { cluster, model, engine } = context;
  const { mixer } = run;
  if (!mixer) return;
  const { gpu } = cluster;
  const { work, worker, tp, tokens } = at;
  const { cp } = worker;
  const shares = context.sharesCache ? cp : 1;
  const h = model.hiddenSize;
  const { weights, activations, kvCache } = model.precision;
  const quantised = engine.fusesQuantisation ? 'fused' : 'apart';
  const product = (m: number, n: number, k: number) =>
    add(sink, 'attention projections', gemmTime(gpu, { m, n, k, weights: weights.attention, activations, quantised }));
  const widths = mixerWidths(mixer, tp);
  const decoding = work.sequences * work.tokensEach;
  if (mixer.kind === 'mla') {
    const perHead = mixer.heads / tp;
    const { queryRank, kvRank, nopeDim, ropeDim, valueDim } = mixer;
    product(tokens, queryRank + kvRank + ropeDim, h);
    product(tokens, perHead * (nopeDim + ropeDim), queryRank === 0 ? h : queryRank);
    // Each rank expands the latents of all that its part of a pass attends to.
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
      const all = work.history + queries;
      const most = core.span.chunked ? core.span.window : attendedTokens(core.span, all);
      const limited = most !== undefined && most < all;
      const time = prefillAttentionTime(gpu, {
        sequences: work.prompts,
        queries: queries / cp,
        // An early and a late part see half of what is between them: as many keys as this history gives.
        history: work.history + (queries - queries / cp) / 2,
        heads,
        kvHeads,
        qkDim: core.keyDim,
        vDim: core.valueDim,
        mla,
        kvCache,
        ...(limited && {
          window: most,
          pairs: (attendedPairs(core.span, all) - attendedPairs(core.span, work.history)) / cp,
        }),
      });
      add(sink, 'attention', time);
    }
    if (work.sequences > 0) {
      const { keyDim, valueDim } = core.absorbed ?? core;
      const keys = meanAttended(core.span, work) / shares;
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
        ((decoding * entries) / shares +
          (work.promptTokens * (work.history * 2 + work.promptTokens / Math.max(1, work.prompts))) / (2 * cp));
      add(
        sink,
        'attention',
        unmeasuredTime(gpu, { flops, bytes: (work.sequences * entries * indexerBytes(mixer)) / shares }),
      );
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
  if (cp > 1) addContextCollectives(sink, context, mixer, at);
}

/** What the cp ranks tell each other of a layer: the KV that a pass over prompts attends to, and the parts of what decoding read. */
function addContextCollectives(sink: Sink, context: StepContext, mixer: Mixer, at: Placed): void {
  const { cluster, model, sharesCache } = context;
  const { work, worker, tp, spans } = at;
  const shares = sharesCache ? worker.cp : 1;
  const { promptTokens: tokens, prompts, history } = work;
  if (tokens > 0) {
    const bytes = gatheredPassBytes(mixer, model, { tokens, prompts, history, tp, shares });
    if (bytes > 0) addLink(sink, 'context-parallel collectives', gatherTime(cluster, spans.cp, bytes));
  }
  const partial = partialBytes(mixer, { tokens: decodingTokens(at), tp, shares });
  if (!partial) return;
  addLink(sink, 'context-parallel collectives', gatherTime(cluster, spans.cp, partial.logSumExps));
  addLink(sink, 'context-parallel collectives', allReduceTime(cluster, spans.cp, partial.outputs));
}
