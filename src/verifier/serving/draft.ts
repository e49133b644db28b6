/** What guesses tokens: a model's modules for multi-token prediction, behind its last layer. docs/accounting.md, "Guessed tokens". */
import type { Layer, Model } from '../../planner/model.ts';
import { weightClasses } from '../../planner/precision.ts';
import type { ServingWorkload } from '../../planner/workload.ts';
import type { LayerKind, Stage } from '../stages.ts';
import { type Cuts, layerParameters, partsOf } from '../tensors.ts';

export interface Draft {
  /** Modules that all tokens of a step pass, by their layers. */
  readonly modules: readonly (readonly Layer[])[];
  /** Further passes of the last of them, of a token of each sequence. */
  readonly repeats: number;
}

export function draftOf({ mtp }: Model, { speculation }: ServingWorkload): Draft | undefined {
  if (!mtp || mtp.modules < 1 || !speculation) return undefined;
  const layers: Layer[] = [];
  for (const { count, ...layer } of mtp.layers) for (let i = 0; i < count; i += 1) layers.push(layer);
  const modules: Layer[][] = Array.from({ length: mtp.modules }, () => []);
  for (const [i, layer] of layers.entries()) modules[Math.floor((i * mtp.modules) / layers.length)]?.push(layer);
  const passed = modules.slice(0, speculation.tokens);
  return { modules: passed, repeats: speculation.tokens - passed.length };
}

/** Elements of the product that joins a hidden state and an embedding for a module; the norms of its inputs and its output stand beside it. */
export const joiningElements = (hidden: number): number => 2 * hidden * hidden;

function kindOf(layer: Layer, id: number, { model, cuts }: { readonly model: Model; readonly cuts: Cuts }): LayerKind {
  const run = { count: 1, ...layer };
  return { id, run, parameters: layerParameters(run, model, cuts), guesses: true };
}

/** Layers of a module as a rank sees them; `firstId` is no other kind's. */
export function kindsOfModule(
  module: readonly Layer[],
  specs: { readonly model: Model; readonly cuts: Cuts; readonly firstId: number },
): Stage['kinds'] {
  return module.map((layer, i) => ({ kind: kindOf(layer, specs.firstId + i, specs), count: 1 }));
}

/** The stages with the draft in the last of them. */
export function withDraft(
  stages: readonly Stage[],
  draft: Draft | undefined,
  { model, cuts }: { readonly model: Model; readonly cuts: Cuts },
): readonly Stage[] {
  if (!draft) return stages;
  const parts = partsOf(cuts);
  const h = model.hiddenSize;
  const { size = 0, tied = false } = model.vocabulary ?? {};
  return stages.map((stage) => {
    if (!stage.isLast) return stage;
    const firstId = 1 + Math.max(...stages.flatMap(({ kinds }) => kinds.map(({ kind }) => kind.id)));
    const added = draft.modules.flatMap((module) => kindsOfModule(module, { model, cuts, firstId }));
    const parameters = { ...stage.parameters };
    let tables = 0;
    for (const { kind } of added) {
      for (const name of weightClasses) if (name !== 'embedding') parameters[name] += kind.parameters[name];
      tables += kind.parameters.embedding;
    }
    parameters.norm += parts * draft.modules.length * (joiningElements(h) + 3 * h);
    // The model's own table is on the first stage; a head that is tied to one is a table.
    if (stage.index > 0 && !tied) parameters.embedding += (parts / cuts.tp) * size * h;
    return { ...stage, kinds: [...stage.kinds, ...added], parameters, layerTables: stage.layerTables + tables };
  });
}
