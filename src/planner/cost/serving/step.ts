/**
 * One step of an engine on one worker: sequences that decode a token each, and prompt tokens beside them. The sum of its operators and
 * collectives, with what the engine adds.
 */
import { dtypeBytes, residualBytes, type WeightClass } from '../../precision.ts';
import { gatherTime, hopTime } from '../collectives.ts';
import { routerParametersPerRank } from '../layer.ts';
import { gemmTime, streamTime } from '../operators.ts';
import { addProfile, emptyProfile, type Profile } from '../profile.ts';
import type { DraftRun } from './draft.ts';
import { add, addLink, type Sink, sinkOf } from './sink.ts';
import { addExchange, addExperts } from './step-experts.ts';
import { addMixer } from './step-mixer.ts';
import { commonTokens, type Placed, type StepContext } from './step-work.ts';
import type { Stage } from './worker.ts';

function addFfn(
  sink: Sink,
  { cluster, model, engine }: StepContext,
  weightClass: 'dense' | 'shared',
  { m, width, matrices }: { m: number; width: number; matrices: number },
): void {
  const { weights, activations } = model.precision;
  const h = model.hiddenSize;
  const part = weightClass === 'dense' ? 'dense FFN' : 'shared experts';
  const { gpu } = cluster;
  const quantised = engine.fusesQuantisation ? 'fused' : 'apart';
  const format = weights[weightClass];
  add(sink, part, gemmTime(gpu, { m, n: (matrices - 1) * width, k: h, weights: format, activations, quantised }));
  add(sink, part, gemmTime(gpu, { m, n: h, k: width, weights: format, activations, quantised }));
  const bytes = m * width * ((matrices - 1) * residualBytes + dtypeBytes[activations]);
  add(sink, 'element-wise', streamTime(gpu, { bytes, kernels: 1 }));
}

/** As many layers of a kind as the sink counts. */
function addLayer(sink: Sink, context: StepContext, run: DraftRun, at: Placed): void {
  addMixing(sink, context, run, at);
  addFeeding(sink, context, run, at);
  if (!run.moe) return;
  addExperts(sink, context, run.moe, at);
  addExchange(sink, context, run.moe, at);
}

/** A sum of so many tokens' values over the TP group. */
function addSum(sink: Sink, { allReduce, model }: StepContext, { spans }: Placed, tokens: number): void {
  const bytes = tokens * model.hiddenSize * residualBytes;
  addLink(sink, 'tensor-parallel collectives', allReduce(spans.tp, bytes));
}

/**
 * What of a layer a TP group, and the cp ranks that have sequences together, do for their own tokens: first the mixer, then all else but the
 * routed experts.
 */
export function addMixing(sink: Sink, context: StepContext, run: DraftRun, at: Placed): void {
  addMixer(sink, context, run, at);
  if (run.mixer) addSum(sink, context, at, at.tokens);
}

/** A hidden state and the embedding of the token after it, each through a norm, to the input of a layer that guesses the next. */
function addJoining(sink: Sink, { cluster, model }: StepContext, tokens: number): void {
  const { hiddenSize: h, precision } = model;
  const { weights, activations } = precision;
  const bytes = 6 * tokens * h * residualBytes;
  add(sink, 'embedding and LM head', streamTime(cluster.gpu, { bytes, kernels: 2 }));
  const product = { m: tokens, n: h, k: 2 * h, weights: weights.norm, activations };
  add(sink, 'embedding and LM head', gemmTime(cluster.gpu, product));
}

export function addFeeding(sink: Sink, context: StepContext, run: DraftRun, at: Placed): void {
  const { cluster, model } = context;
  const h = model.hiddenSize;
  const { tokens, tp } = at;
  const { dense, moe, joins } = run;
  if (joins) addJoining(sink, context, tokens);
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
  // Routed experts' sums over the TP group are of the tokens that it has in common; shared experts' of all.
  const summed = dense || (moe && moe.sharedIntermediateSize > 0) ? tokens : moe ? commonTokens(at) : 0;
  if (summed > 0) addSum(sink, context, at, summed);
  add(sink, 'element-wise', streamTime(cluster.gpu, { bytes: tokens * residualBytes * 4 * h, kernels: 0 }));
}

/** Seconds of each of a worker's stages in one step, by parts. A kind of layer is costed once, in whichever stages it is. */
export function stageProfiles(
  context: StepContext,
  stages: readonly Stage[],
  { work, worker, spans }: Omit<Placed, 'tokens' | 'tp' | 'inGraph'>,
): readonly Profile[] {
  const { model, kinds } = context;
  const tokens = work.sequences * work.tokensEach + work.promptTokens / worker.cp;
  const inGraph = work.groupPromptTokens === 0;
  const placed: Placed = { work, worker, spans, tp: worker.tp, tokens, inGraph };
  const { vocabulary } = model;
  const [only, ...others] = stages;
  // One stage needs no sums over kinds: its layers are added up in place.
  if (only && others.length === 0) {
    const profile = emptyProfile();
    const sink = sinkOf(profile);
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
    fill(sinkOf(profile));
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
    const sink = sinkOf(profile);
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
