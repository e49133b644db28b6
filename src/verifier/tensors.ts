/**
 * The model as a list of matrices, each with the way it is cut over ranks. Parameters, bytes and FLOPs of a rank are sums
 * over this list; the whole model is the list uncut. Shapes: docs/accounting.md, "Weights of a rank".
 */
import type { DenseFfn, LayerRun, Model, MoeFfn } from '../planner/model.ts';
import { type WeightClass, weightClasses } from '../planner/precision.ts';
import { mixerTensors } from './mixer-tensors.ts';

/** tp, etp: one dimension is split evenly. kv: by whole key-value heads or groups, at least one a rank. whole: every rank has all. */
type Cut = 'tp' | 'etp' | 'kv' | 'whole';

export interface Tensor {
  readonly weightClass: WeightClass;
  readonly cut: Cut;
  /** The dimension that is cut; heads or groups for kv. */
  readonly along: number;
  /** Elements for each unit of `along`. */
  readonly across: number;
  /** Routed experts are spread over ep besides. */
  readonly perExpert?: boolean;
}

export interface Cuts {
  readonly tp: number;
  readonly etp: number;
  readonly ep: number;
  /** Further copies of experts in each MoE layer. */
  readonly redundant?: number;
}

/**
 * Elements by class, counted in parts of which `partsOf(cuts)` make one element. A bias that is cut may leave a rank with a
 * fraction of one: in parts every sum is of whole numbers, and bytes are divided, and rounded up, once.
 */
export type ClassSums = Record<WeightClass, number>;

export function noParameters(): ClassSums {
  return { attention: 0, dense: 0, expert: 0, shared: 0, router: 0, embedding: 0, head: 0, norm: 0 };
}

export function partsOf({ tp, etp, ep }: Cuts): number {
  return tp * etp * ep;
}

function denseTensors({ intermediateSize, matrices, bias }: DenseFfn, hidden: number): readonly Tensor[] {
  const split = (along: number, across: number): Tensor => ({ weightClass: 'dense', cut: 'tp', along, across });
  const into = split(intermediateSize, hidden + (bias ? 1 : 0));
  return [
    ...Array.from({ length: matrices - 1 }, () => into),
    split(intermediateSize, hidden),
    ...(bias ? [split(hidden, 1)] : []),
  ];
}

function moeTensors(moe: MoeFfn, hidden: number, redundant: number): readonly Tensor[] {
  const { experts, intermediateSize, matrices, sharedIntermediateSize, latentSize, sharedBias, expertBias } = moe;
  const outer = latentSize ?? hidden;
  const router = (along: number, across = 1): Tensor => ({ weightClass: 'router', cut: 'whole', along, across });
  const found: Tensor[] = [router(experts, hidden)];
  if (moe.routerBias) found.push(router(experts));
  if (moe.routerScales) found.push(router(hidden), router(experts));
  if (moe.sharedGate) found.push(router(hidden));
  if (latentSize !== undefined) found.push(router(hidden, latentSize), router(latentSize, hidden));
  const ofExpert = (along: number, across: number): Tensor => {
    return { weightClass: 'expert', cut: 'etp', along, across: across * (experts + redundant), perExpert: true };
  };
  const ofShared = (along: number, across: number): Tensor => ({ weightClass: 'shared', cut: 'tp', along, across });
  for (let i = 1; i <= matrices; i += 1) {
    // All but the last lead into the expert, and have their biases inside it.
    const inward = i < matrices;
    found.push(ofExpert(intermediateSize, outer + (inward && expertBias ? 1 : 0)));
    found.push(ofShared(sharedIntermediateSize, hidden + (inward && sharedBias ? 1 : 0)));
  }
  if (expertBias) found.push(ofExpert(outer, 1));
  if (sharedBias && sharedIntermediateSize > 0) found.push(ofShared(hidden, 1));
  return found;
}

/** What every layer of the model has beside its mixer and FFN. */
function commonTensors({ normElements }: LayerRun, model: Model): readonly Tensor[] {
  const { hiddenSize, residualStreams: streams = 1 } = model;
  const norm = (elements: number): Tensor => ({ weightClass: 'norm', cut: 'whole', along: elements, across: 1 });
  const found = [norm(normElements ?? 2 * hiddenSize)];
  const perLayer = model.vocabulary?.perLayer;
  if (perLayer) {
    const { vocabularySize, size } = perLayer;
    found.push({ weightClass: 'embedding', cut: 'tp', along: vocabularySize, across: size }, norm(hiddenSize));
    // A gate and a projection of the layer, and its part of the one projection for all layers.
    found.push({ weightClass: 'dense', cut: 'tp', along: size, across: 3 * hiddenSize });
  }
  if (streams > 1) {
    const connection = (2 + streams) * streams * (streams * hiddenSize + 1) + 3;
    found.push(norm(connection), norm(connection));
  }
  return found;
}

export function layerTensors(run: LayerRun, model: Model, redundant = 0): readonly Tensor[] {
  const { mixer, dense, moe } = run;
  return [
    ...commonTensors(run, model),
    ...(mixer ? mixerTensors(mixer, model.hiddenSize) : []),
    ...(dense ? denseTensors(dense, model.hiddenSize) : []),
    ...(moe ? moeTensors(moe, model.hiddenSize, redundant) : []),
  ];
}

/** Norms that follow the last layer, with what joins several residual streams into one. */
export function closingNorms({
  hiddenSize,
  finalNormElements,
  residualStreams: streams = 1,
  vocabulary,
}: Model): number {
  const joining = streams > 1 ? streams * streams * hiddenSize + streams + 1 : 0;
  return (finalNormElements ?? hiddenSize) + (vocabulary?.perLayer?.size ?? 0) + joining;
}

/** Parts of a tensor on one rank. */
export function partsOnRank({ cut, along, across, perExpert }: Tensor, { tp, etp, ep }: Cuts): number {
  switch (cut) {
    case 'whole':
      return along * across * tp * etp * ep;
    case 'kv':
      return Math.max(tp, along) * across * etp * ep;
    case 'tp':
      return along * across * etp * ep;
    case 'etp':
      return along * across * tp * (perExpert ? 1 : ep);
  }
}

/** Parameters of one layer on one rank, by class; `embedding` is the layer's own table. */
export function layerParameters(run: LayerRun, model: Model, cuts: Cuts): ClassSums {
  const sums = noParameters();
  for (const tensor of layerTensors(run, model, cuts.redundant)) sums[tensor.weightClass] += partsOnRank(tensor, cuts);
  return sums;
}

/** Parameters of the whole model by class; a tied table counts once. */
export function wholeModel(model: Model): ClassSums {
  const sums = noParameters();
  for (const run of model.layers) {
    const layer = layerParameters(run, model, { tp: 1, etp: 1, ep: 1 });
    for (const name of weightClasses) sums[name] += run.count * layer[name];
  }
  sums.norm += closingNorms(model);
  const { vocabulary } = model;
  if (!vocabulary) return sums;
  const table = vocabulary.size * model.hiddenSize;
  sums.embedding += table;
  sums.head += (vocabulary.tied ? 0 : table) + (vocabulary.headBias ? vocabulary.size : 0);
  return sums;
}
