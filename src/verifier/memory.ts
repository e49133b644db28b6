/** Bytes on a rank of a stage, by docs/accounting.md: weights, KV cache, activations at their peak, message buffers, reserve. */
import type { MemoryAccount } from '../planner/estimate.ts';
import type { Mixer } from '../planner/mixer.ts';
import { dtypeBytes, type WeightClass } from '../planner/precision.ts';
import type { Specs, VerifierProblem } from './claim.ts';
import type { Layout } from './layout.ts';
import { widthsOf } from './mixer-splits.ts';
import type { Tokens } from './routing.ts';
import { gatheredOfToken, keptBySequence } from './sequence-bytes.ts';
import type { Stage } from './stages.ts';
import { type Cuts, partsOf } from './tensors.ts';

/** The residual stream, its sums and whatever is no product's input: bf16. */
const streamBytes = 2;
const logitBytes = 4;
const gibibyte = 2 ** 30;

/** Bytes taken by the GPU's context and the collectives library; measured, see docs/accounting.md, "Reserve". */
export function reserveOf({ tp, cp, ep, etp }: Layout): number {
  return Math.max(tp, cp, ep, etp) === 1 ? 0.27 * gibibyte : 2.17 * gibibyte;
}

/**
 * Bytes by which a class's weights may come out otherwise. A class of several formats has their mean, a quotient that no binary
 * number is: whether its product with a count lies above a whole number is then up to the order of operations.
 */
export function looseBytes({ model }: Pick<Specs, 'model'>, classes: readonly WeightClass[]): number {
  return classes.filter((name) => !Number.isInteger(model.precision.weights[name].bytesPerParameter * 2 ** 24)).length;
}

/** What an FFN of this width keeps for each token: its input, the gate and up products, the activation, its output of the input's width. */
function ffnBytesPerToken(hidden: number, width: number, matrices: number, read: number): number {
  const input = hidden * read;
  const products = (matrices - 1) * width * streamBytes;
  const activated = width * read;
  const output = hidden * streamBytes;
  return input + products + activated + output;
}

function mixerBytesPerToken(mixer: Mixer, hidden: number, read: number, tp: number): number {
  const { projected, mixed } = widthsOf(mixer, tp);
  return hidden * read + (projected + mixed + hidden) * streamBytes;
}

/** The residual between operators: one stream of h, or several. */
export function streamOfToken({ model }: Pick<Specs, 'model'>): number {
  return (model.residualStreams ?? 1) * model.hiddenSize * streamBytes;
}

/** What passes a stage at once. */
export interface Passing {
  /** Tokens between operators on a rank, where the residual stream is, and those that enter one. */
  readonly split: number;
  readonly micro: number;
  /** Tokens that the busiest rank of an EP group receives. */
  readonly busiest: number;
  /** Bytes of the last phase of all, on the last stage. */
  readonly logits: number;
}

export function activationPeak(
  { model }: Pick<Specs, 'model'>,
  { tp, etp }: Pick<Layout, 'tp' | 'etp'>,
  stage: Stage,
  tokens: Passing,
): number {
  const h = model.hiddenSize;
  const read = dtypeBytes[model.precision.activations];
  // A layer may be nothing but a norm.
  const phases: number[] = [0];
  for (const { kind } of stage.kinds) {
    const { mixer, dense, moe } = kind.run;
    if (mixer) phases.push(tokens.micro * mixerBytesPerToken(mixer, h, read, tp));
    if (dense) phases.push(tokens.micro * ffnBytesPerToken(h, dense.intermediateSize / tp, dense.matrices, read));
    if (!moe) continue;
    phases.push(tokens.busiest * ffnBytesPerToken(moe.latentSize ?? h, moe.intermediateSize / etp, moe.matrices, read));
    if (moe.sharedIntermediateSize > 0) {
      phases.push(tokens.micro * ffnBytesPerToken(h, moe.sharedIntermediateSize / tp, moe.matrices, read));
    }
  }
  if (stage.isLast) phases.push(tokens.logits);
  return Math.ceil(tokens.split * streamOfToken({ model }) + Math.max(...phases));
}

export function messageBuffers(problem: VerifierProblem, layout: Layout, stage: Stage, tokens: Tokens): number {
  const { model, workload } = problem;
  const h = model.hiddenSize;
  const read = dtypeBytes[model.precision.activations];
  let bytes = 0;
  const staged = stage.kinds.map(({ kind: { run } }) => (run.moe?.latentSize ?? h) * (run.moe?.expertsPerToken ?? 0));
  if (layout.ep > 1) bytes += Math.ceil(tokens.split * Math.max(...staged) * (read + streamBytes));
  if (layout.cp > 1) {
    const ofToken = stage.kinds.map(({ kind }) => gatheredOfToken(kind.run.mixer, { model, tp: layout.tp }));
    bytes += Math.ceil(layout.microBatch * workload.sequenceLength * Math.max(...ofToken));
  }
  // Two buffers a hop: one is sent while the other fills.
  if (layout.pp > 1) bytes += Math.ceil(2 * tokens.split * streamOfToken(problem));
  return bytes;
}

/** Bytes of weights on a rank of the stage. */
export function weightsOf({ model }: Pick<Specs, 'model'>, cuts: Cuts, stage: Stage) {
  const { weights } = model.precision;
  const inParts = (parts: number, name: WeightClass) =>
    Math.ceil((parts * weights[name].bytesPerParameter) / partsOf(cuts));
  const stored = (name: WeightClass) => inParts(stage.parameters[name], name);
  return {
    attentionWeight: stored('attention'),
    denseWeight: stored('dense'),
    expertWeight: stored('expert'),
    sharedExpertWeight: stored('shared'),
    routerWeight: stored('router'),
    embeddingWeight: stored('embedding') + stored('head') + inParts(stage.layerTables, 'embedding'),
    normWeight: stored('norm'),
  };
}

/**
 * Bytes that one sequence of so many tokens leaves on a rank of the stage, in parts of 1/(tp·cp), so that a multiple is divided and
 * rounded up once.
 */
export function keptInParts(
  { model }: Pick<Specs, 'model'>,
  { tp, cp }: Pick<Layout, 'tp' | 'cp'>,
  { stage, tokens }: { readonly stage: Stage; readonly tokens: number },
): number {
  let kept = 0;
  for (const { kind, count } of stage.kinds) {
    if (!kind.run.mixer) continue;
    const { overContext, overHeads } = keptBySequence(kind.run.mixer, { model, tokens, tp });
    kept += count * (overContext * tp + overHeads * cp);
  }
  return kept;
}

/** The account of a rank of the stage that holds `sequences` sequences. */
export function memoryOf(
  problem: VerifierProblem,
  layout: Layout,
  { stage, tokens, sequences }: { readonly stage: Stage; readonly tokens: Tokens; readonly sequences: number },
): MemoryAccount {
  const { model, workload } = problem;
  const { tp, cp, microBatch } = layout;
  const vocabulary = model.vocabulary?.size ?? 0;
  const logits = vocabulary > 0 ? microBatch * (model.hiddenSize * streamBytes + (vocabulary / tp) * logitBytes) : 0;
  const parts = {
    ...weightsOf(problem, layout, stage),
    kvCache: Math.ceil(
      (sequences * keptInParts(problem, layout, { stage, tokens: workload.sequenceLength })) / (tp * cp),
    ),
    activation: activationPeak(problem, layout, stage, { ...tokens, logits }),
    messageBuffer: messageBuffers(problem, layout, stage, tokens),
  };
  let total = 0;
  for (const bytes of Object.values(parts)) total += bytes;
  return { ...parts, total, runtimeReserve: reserveOf(layout) };
}
