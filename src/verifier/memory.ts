/** Bytes on a rank of a stage, by docs/accounting.md: weights, KV cache, activations at their peak, message buffers, reserve. */
import type { MemoryAccount } from '../planner/estimate.ts';
import type { LayerRun } from '../planner/model.ts';
import { dtypeBytes, type WeightClass } from '../planner/precision.ts';
import type { VerifierProblem } from './claim.ts';
import type { Layout } from './layout.ts';
import type { Tokens } from './routing.ts';
import type { Stage } from './stages.ts';

/** The residual stream, its sums and whatever is no product's input: bf16. */
const streamBytes = 2;
const logitBytes = 4;
const gibibyte = 2 ** 30;

/** Bytes taken by the GPU's context and the collectives library; measured, see docs/accounting.md, "Reserve". */
export function reserveOf({ tp, cp, ep, etp }: Layout): number {
  return Math.max(tp, cp, ep, etp) === 1 ? 0.27 * gibibyte : 2.17 * gibibyte;
}

/** What an FFN of this width keeps for each token: its input, the gate and up products, the activation, its output. */
function ffnBytesPerToken(hidden: number, width: number, matrices: number, read: number): number {
  const input = hidden * read;
  const products = (matrices - 1) * width * streamBytes;
  const activated = width * read;
  const output = hidden * streamBytes;
  return input + products + activated + output;
}

function attentionBytesPerToken({ mixer }: LayerRun, hidden: number, read: number, tp: number): number {
  const heads = mixer.heads / tp;
  let projected: number;
  let mixed: number;
  if (mixer.kind === 'attention') {
    const kvHeads = mixer.kvHeads < tp ? 1 : mixer.kvHeads / tp;
    projected = (heads + 2 * kvHeads) * mixer.headDim;
    mixed = heads * mixer.headDim;
  } else {
    const { queryRank, kvRank, nopeDim, ropeDim, valueDim } = mixer;
    // Queries and keys with both their parts, values, and the latents they come from.
    projected = queryRank + kvRank + ropeDim + heads * (nopeDim + ropeDim + nopeDim + ropeDim + valueDim);
    mixed = heads * valueDim;
  }
  return hidden * read + (projected + mixed + hidden) * streamBytes;
}

export function activationPeak(problem: VerifierProblem, layout: Layout, stage: Stage, tokens: Tokens): number {
  const { model } = problem;
  const { tp, etp, microBatch } = layout;
  const h = model.hiddenSize;
  const read = dtypeBytes[model.precision.activations];
  const phases: number[] = [];
  for (const { kind } of stage.kinds) {
    const { dense, moe } = kind.run;
    phases.push(tokens.micro * attentionBytesPerToken(kind.run, h, read, tp));
    if (dense) phases.push(tokens.micro * ffnBytesPerToken(h, dense.intermediateSize / tp, dense.matrices, read));
    if (!moe) continue;
    phases.push(tokens.busiest * ffnBytesPerToken(h, moe.intermediateSize / etp, moe.matrices, read));
    if (moe.sharedIntermediateSize > 0) {
      phases.push(tokens.micro * ffnBytesPerToken(h, moe.sharedIntermediateSize / tp, moe.matrices, read));
    }
  }
  if (stage.isLast && model.vocabulary) {
    phases.push(microBatch * (h * streamBytes + (model.vocabulary.size / tp) * logitBytes));
  }
  return Math.ceil(tokens.split * h * streamBytes + Math.max(...phases));
}

export function messageBuffers(problem: VerifierProblem, layout: Layout, stage: Stage, tokens: Tokens): number {
  const { model, workload } = problem;
  const h = model.hiddenSize;
  const read = dtypeBytes[model.precision.activations];
  let bytes = 0;
  const moe = stage.kinds.find(({ kind }) => kind.run.moe)?.kind.run.moe;
  if (layout.ep > 1 && moe) bytes += Math.ceil(tokens.split * moe.expertsPerToken * h * (read + streamBytes));
  if (layout.cp > 1) {
    const widest = Math.max(...stage.kinds.map(({ kind }) => kind.kvElements));
    const gathered = layout.microBatch * workload.sequenceLength * widest;
    bytes += Math.ceil(gathered * dtypeBytes[model.precision.kvCache]);
  }
  // Two buffers a hop: one is sent while the other fills.
  if (layout.pp > 1) bytes += Math.ceil(2 * tokens.split * h * streamBytes);
  return bytes;
}

/** The account of a rank of the stage that holds `sequences` sequences. */
export function memoryOf(
  problem: VerifierProblem,
  layout: Layout,
  { stage, tokens, sequences }: { readonly stage: Stage; readonly tokens: Tokens; readonly sequences: number },
): MemoryAccount {
  const { weights, kvCache } = problem.model.precision;
  const stored = (name: WeightClass) => Math.ceil(stage.parameters[name] * weights[name].bytesPerParameter);
  let kvElements = 0;
  for (const { kind, count } of stage.kinds) kvElements += count * kind.kvElements;
  const cachedTokens = (sequences * problem.workload.sequenceLength) / layout.cp;
  const parts = {
    attentionWeight: stored('attention'),
    denseWeight: stored('dense'),
    expertWeight: stored('expert'),
    sharedExpertWeight: stored('shared'),
    routerWeight: stored('router'),
    embeddingWeight: stored('embedding') + stored('head'),
    normWeight: stored('norm'),
    kvCache: Math.ceil(cachedTokens * kvElements * dtypeBytes[kvCache]),
    activation: activationPeak(problem, layout, stage, tokens),
    messageBuffer: messageBuffers(problem, layout, stage, tokens),
  };
  let total = 0;
  for (const bytes of Object.values(parts)) total += bytes;
  return { ...parts, total, runtimeReserve: reserveOf(layout) };
}
