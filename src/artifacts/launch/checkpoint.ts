/** Which checkpoint a plan's model is. Only what the catalog knows, and knows in the plan's own precision, is named; else the user says. */
import { findModel, findModelEntry } from '../../catalog/models.ts';
import type { EngineName } from '../../planner/engine.ts';
import type { Model } from '../../planner/model.ts';
import type { AnyFeasiblePlan } from '../served-workers.ts';
import type { LaunchPlan } from './launch-plan.ts';

type Resolved = AnyFeasiblePlan['resolved']['model'];

export interface Checkpoint {
  readonly model: LaunchPlan['model'];
  /** The engine makes FP8 of a 16-bit checkpoint as it loads it. */
  readonly quantises: boolean;
  /** The checkpoint has layers that guess further tokens. */
  readonly guesses: boolean;
}

const plain = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

const weightsOf = ({ weights }: { readonly weights: Readonly<Record<string, { readonly dtype: string }>> }): string =>
  Object.entries(weights)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([part, { dtype }]) => `${part} ${dtype}`)
    .join();

const matrices = ['attention', 'dense', 'expert', 'shared'] as const;

function matricesAre({ weights }: Resolved['precision'], dtype: string): boolean {
  return matrices.every((part) => weights[part].dtype === dtype);
}

function shapeOf({
  hiddenSize,
  layers,
}: Pick<Resolved, 'hiddenSize'> & { readonly layers: readonly object[] }): string {
  return plain([hiddenSize, layers]);
}

const models = new Map<string, { readonly known: Model; readonly shape: string } | undefined>();

/** A model of the catalog, read once: there are some dozens. */
function listed(name: string) {
  if (!models.has(name)) {
    const known = findModel(name)?.model;
    models.set(name, known && { known, shape: shapeOf(known) });
  }
  return models.get(name);
}

/** Engines that turn a 16-bit checkpoint into FP8 while they load it: `--quantization fp8`. */
const quantisers: readonly EngineName[] = ['vllm', 'sglang'];

export function checkpointOf({ resolved: { model } }: AnyFeasiblePlan, engine: EngineName): Checkpoint {
  const { name, precision } = model;
  const missing = (why: string): Checkpoint => ({ model: { name, missing: why }, quantises: false, guesses: false });
  const entry = findModelEntry(name);
  const found = entry && listed(entry.name);
  // A bare spec may bear any name: what is named like a model of the catalog and is built otherwise is another one.
  if (!entry || !found || found.shape !== shapeOf(model)) return missing(`the catalog knows no repository of ${name}`);
  if (!entry.repository) return missing(`the catalog has ${name} by its dimensions, from no repository`);
  const { known } = found;
  const guesses = known.mtp !== undefined;
  const named = { name, repository: entry.repository };
  if (weightsOf(precision) === weightsOf(known.precision)) return { model: named, quantises: false, guesses };
  const from16Bits =
    known.precision.weights.attention.dtype === 'bf16' && known.precision.weights.expert.dtype === 'bf16';
  if (from16Bits && matricesAre(precision, 'fp8') && quantisers.includes(engine))
    return { model: named, quantises: true, guesses };
  const wanted = [...new Set(matrices.map((part) => precision.weights[part].dtype))].join(' and ');
  return {
    ...missing(`${entry.repository} is in another format: a checkpoint with weights in ${wanted} is wanted`),
    guesses,
  };
}
