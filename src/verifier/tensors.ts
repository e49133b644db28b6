/**
 * The model as a list of matrices, each with the way it is cut over ranks. Parameters, bytes and FLOPs of a rank are sums
 * over this list; the whole model is the list uncut. Shapes: docs/accounting.md, "Weights of a rank".
 */
import type { LayerRun, Model } from '../planner/model.ts';
import type { WeightClass } from '../planner/precision.ts';

/** tp, etp: one dimension is split evenly. kv: by whole key-value heads, at least one a rank. whole: every rank has all. */
type Cut = 'tp' | 'etp' | 'kv' | 'whole';

export interface Tensor {
  readonly weightClass: WeightClass;
  readonly cut: Cut;
  /** The dimension that is cut; key-value heads for kv. */
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
}

export type ClassSums = Record<WeightClass, number>;

export function noParameters(): ClassSums {
  return { attention: 0, dense: 0, expert: 0, shared: 0, router: 0, embedding: 0, head: 0, norm: 0 };
}

function mixerTensors({ mixer }: LayerRun, hidden: number): readonly Tensor[] {
  const weightClass = 'attention';
  if (mixer.kind === 'attention') {
    const width = mixer.heads * mixer.headDim;
    const keyOrValue: Tensor = { weightClass, cut: 'kv', along: mixer.kvHeads, across: hidden * mixer.headDim };
    return [
      { weightClass, cut: 'tp', along: width, across: hidden },
      keyOrValue,
      keyOrValue,
      { weightClass, cut: 'tp', along: width, across: hidden },
    ];
  }
  const { heads, queryRank, kvRank, nopeDim, ropeDim, valueDim } = mixer;
  const queries = heads * (nopeDim + ropeDim);
  return [
    ...(queryRank > 0
      ? ([
          { weightClass, cut: 'whole', along: hidden, across: queryRank },
          { weightClass, cut: 'tp', along: queries, across: queryRank },
        ] as const)
      : ([{ weightClass, cut: 'tp', along: queries, across: hidden }] as const)),
    { weightClass, cut: 'whole', along: hidden, across: kvRank },
    { weightClass, cut: 'whole', along: hidden, across: ropeDim },
    { weightClass, cut: 'tp', along: heads * nopeDim, across: kvRank },
    { weightClass, cut: 'tp', along: heads * valueDim, across: kvRank },
    { weightClass, cut: 'tp', along: heads * valueDim, across: hidden },
  ];
}

export function layerTensors(run: LayerRun, hidden: number): readonly Tensor[] {
  const norm: Tensor = { weightClass: 'norm', cut: 'whole', along: hidden, across: 1 };
  const tensors: Tensor[] = [norm, norm, ...mixerTensors(run, hidden)];
  for (let i = 0; i < (run.dense?.matrices ?? 0); i += 1) {
    tensors.push({ weightClass: 'dense', cut: 'tp', along: run.dense?.intermediateSize ?? 0, across: hidden });
  }
  const { moe } = run;
  if (!moe) return tensors;
  tensors.push({ weightClass: 'router', cut: 'whole', along: moe.experts, across: hidden });
  for (let i = 0; i < moe.matrices; i += 1) {
    tensors.push({
      weightClass: 'expert',
      cut: 'etp',
      along: moe.intermediateSize,
      across: hidden * moe.experts,
      perExpert: true,
    });
    tensors.push({ weightClass: 'shared', cut: 'tp', along: moe.sharedIntermediateSize, across: hidden });
  }
  return tensors;
}

/** Elements of a tensor on one rank. */
export function elementsOnRank({ cut, along, across, perExpert }: Tensor, { tp, etp, ep }: Cuts): number {
  const here = cut === 'whole' ? along : cut === 'kv' ? Math.max(1, along / tp) : along / (cut === 'tp' ? tp : etp);
  return (here * across) / (perExpert ? ep : 1);
}

/** Parameters of one layer on one rank, by class. */
export function layerParameters(run: LayerRun, hidden: number, cuts: Cuts): ClassSums {
  const sums = noParameters();
  for (const tensor of layerTensors(run, hidden)) sums[tensor.weightClass] += elementsOnRank(tensor, cuts);
  return sums;
}

/** Parameters of the whole model by class; a tied table counts once. */
export function wholeModel(model: Model): ClassSums {
  const sums = noParameters();
  for (const run of model.layers) {
    const layer = layerParameters(run, model.hiddenSize, { tp: 1, etp: 1, ep: 1 });
    for (const name of ['attention', 'dense', 'expert', 'shared', 'router', 'norm'] as const) {
      sums[name] += run.count * layer[name];
    }
  }
  sums.norm += model.hiddenSize;
  const table = (model.vocabulary?.size ?? 0) * model.hiddenSize;
  sums.embedding = table;
  sums.head = model.vocabulary?.tied ? 0 : table;
  return sums;
}
