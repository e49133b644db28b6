/** Layers dealt to stages one by one, and what a rank of each stage holds of them. */
import type { LayerRun } from '../planner/model.ts';
import { weightClasses } from '../planner/precision.ts';
import type { Specs } from './claim.ts';
import type { Grid } from './grid.ts';
import { countLayers } from './layout.ts';
import { type ClassSums, type Cuts, closingNorms, layerParameters, noParameters, partsOf } from './tensors.ts';

/** Equal layers, as a rank sees one of them, wherever in the model they are. */
export interface LayerKind {
  readonly id: number;
  readonly run: LayerRun;
  /** `embedding` is the layer's own table. */
  readonly parameters: ClassSums;
  /** It is no layer of the model's own, but guesses tokens. */
  readonly guesses?: true;
}

export interface Stage {
  readonly index: number;
  readonly isLast: boolean;
  /** First layer, and how many. */
  readonly firstLayer: number;
  readonly layers: number;
  readonly kinds: readonly { readonly kind: LayerKind; readonly count: number }[];
  /** Parameters on one rank by class, embedding and head included. */
  readonly parameters: ClassSums;
  /** Of the embedding tables that its layers have of their own, in parts as all of `parameters`. */
  readonly layerTables: number;
}

/** Stage of each layer: counted out in order, the first L mod pp stages taking one more. */
export function dealLayers(layers: number, pp: number): Int32Array {
  const stageOf = new Int32Array(layers);
  let layer = 0;
  for (let stage = 0; stage < pp; stage += 1) {
    const left = layers - layer;
    // What is left is dealt over the stages that are left, rounded up: the longer stages come first.
    const share = Math.ceil(left / (pp - stage));
    stageOf.fill(stage, layer, layer + share);
    layer += share;
  }
  return stageOf;
}

export function stagesOf(specs: Pick<Specs, 'model'>, layout: Cuts & Pick<Grid, 'pp'>): readonly Stage[] {
  const { model } = specs;
  const { tp, pp } = layout;
  const parts = partsOf(layout);
  const known = new Map<string, LayerKind>();
  const stageOf = dealLayers(countLayers(specs), pp);
  const counts = Array.from({ length: pp }, () => new Map<LayerKind, number>());
  const firsts: number[] = [];
  let layer = 0;
  for (const run of model.layers) {
    const looks = JSON.stringify([run.mixer, run.dense, run.moe, run.normElements]);
    const kind = known.get(looks) ?? {
      id: known.size,
      run,
      parameters: layerParameters(run, model, layout),
    };
    known.set(looks, kind);
    for (let i = 0; i < run.count; i += 1) {
      const stage = stageOf[layer] ?? 0;
      const held = counts[stage];
      held?.set(kind, (held.get(kind) ?? 0) + 1);
      firsts[stage] ??= layer;
      layer += 1;
    }
  }
  return counts.map((held, index) => {
    const isLast = index === pp - 1;
    const parameters = noParameters();
    let layers = 0;
    // In one order on every stage, so that stages that are alike come to the same last digit.
    const list = [...held].map(([kind, count]) => ({ kind, count })).sort((a, b) => a.kind.id - b.kind.id);
    for (const { kind, count } of list) {
      layers += count;
      for (const name of weightClasses) parameters[name] += count * kind.parameters[name];
    }
    const layerTables = parameters.embedding;
    const { size = 0, tied = false, headBias = false } = model.vocabulary ?? {};
    const ofTokens = (parts / tp) * size;
    parameters.embedding = index === 0 ? ofTokens * model.hiddenSize : 0;
    if (isLast) {
      // A tied head on the stage of the table is the table; on another stage it is a copy, in the head's format.
      parameters.head = tied && pp === 1 ? 0 : ofTokens * model.hiddenSize;
      // The bias is the head's own, whoever has the table.
      if (headBias) parameters.head += ofTokens;
      parameters.norm += parts * closingNorms(model);
    }
    return { index, isLast, firstLayer: firsts[index] ?? 0, layers, kinds: list, parameters, layerTables };
  });
}

/** Expert slots of all the model's MoE layers in a stage, with `redundant` further copies in each. */
export function expertsOfStage(stage: Stage, redundant = 0): number {
  let held = 0;
  for (const { kind, count } of stage.kinds) {
    if (kind.run.moe && !kind.guesses) held += count * (kind.run.moe.experts + redundant);
  }
  return held;
}
