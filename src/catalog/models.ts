/** Well-known models by name. Names match in any case, with spaces, underscores or dashes, and with or without the publisher. */
import type { Layer, Model } from '../planner/model.ts';
import { parameterTotals } from '../planner/parameters.ts';
import type { Assumption } from './hugging-face/fields.ts';
import { readHuggingFaceConfig } from './hugging-face/read.ts';
import { deepseekModels } from './models/deepseek.ts';
import { denseModels } from './models/dense.ts';
import { denseMoreModels } from './models/dense-more.ts';
import { dimensionModels } from './models/dimensions.ts';
import type { Dimensions, ModelEntry } from './models/entry.ts';
import { glmModels } from './models/glm.ts';
import { llamaModels } from './models/llama.ts';
import { mixtureModels } from './models/mixtures.ts';
import { nemotronModels } from './models/nemotron.ts';
import { nemotronNasModels } from './models/nemotron-nas.ts';
import { olderModels } from './models/older.ts';
import { othersModels } from './models/others.ts';
import { qwenModels } from './models/qwen.ts';
import { qwenHybridModels } from './models/qwen-hybrid.ts';
import { recurrentModels } from './models/recurrent.ts';
import { nearNames } from './near-names.ts';
import { type PrecisionRequest, type PrecisionWord, precisionOf } from './precision.ts';

const entries: readonly ModelEntry[] = [
  ...deepseekModels,
  ...denseModels,
  ...denseMoreModels,
  ...dimensionModels,
  ...glmModels,
  ...llamaModels,
  ...mixtureModels,
  ...nemotronModels,
  ...nemotronNasModels,
  ...olderModels,
  ...othersModels,
  ...qwenModels,
  ...qwenHybridModels,
  ...recurrentModels,
];

export interface CatalogModel {
  readonly model: Model;
  readonly assumptions: readonly Assumption[];
  readonly warnings: readonly string[];
}

export interface ModelListing {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly source: string;
  readonly parameters: { readonly total: number; readonly active: number };
}

const canonical = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, '-');

const unpublished = (name: string): string => canonical(name).replace(/^[^/]*\//, '');

/** Words behind a name that say how the same model was tuned, quantised or numbered. */
const tuned =
  /(-(instruct|base|chat|hf|it|thinking|preview|v0\.\d|\d{4}|(bf16|fp16|fp8|nvfp4|fp4|mxfp4|int4|int8|awq|gptq|w4a16)(-dynamic)?(-v\d)?))+$/;

/** The name without publisher and without such words. */
const stem = (name: string): string =>
  unpublished(name)
    .replace(tuned, '')
    .replace(/^(meta|nvidia)-/, '');

const words: Readonly<Record<string, PrecisionWord>> = {
  bf16: 'bf16',
  fp16: 'fp16',
  fp8: 'fp8',
  nvfp4: 'fp4',
  fp4: 'fp4',
  mxfp4: 'mxfp4',
  int8: 'int8',
  int4: 'int4',
  awq: 'int4',
  gptq: 'int4',
  w4a16: 'int4',
};

/** What a checkpoint's name says of its weights, where it is none of the catalog's own names: `…-Instruct-FP8`, `…-NVFP4`. */
export function precisionInName(name: string): PrecisionWord | undefined {
  if (name.length > 200 || byName.has(unpublished(name))) return undefined;
  const behind = tuned.exec(canonical(name))?.[0].split('-') ?? [];
  return behind.map((word) => words[word]).find((word) => word !== undefined);
}

const byName = new Map<string, ModelEntry>();
for (const entry of entries) {
  for (const name of [entry.name, ...entry.aliases]) {
    byName.set(canonical(name), entry);
    byName.set(canonical(name).replaceAll('-', ''), entry);
  }
}

/** Who a name belongs to, without reading its config. */
export function findModelEntry(name: string): ModelEntry | undefined {
  if (name.length > 200) return undefined;
  const forms = [canonical(name), unpublished(name), stem(name)];
  for (const form of [...forms, ...forms.map((dashed) => dashed.replaceAll('-', ''))]) {
    const entry = byName.get(form);
    if (entry) return entry;
  }
  return undefined;
}

/** Names as the catalog writes them, in order. */
export const modelNames: readonly string[] = entries
  .map(({ name }) => name)
  .toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));

/** Entries at their own precision, each read once: they never change. */
const asTheyAre = new Map<ModelEntry, CatalogModel>();

/** The model of that name at its own precision, or at the one asked for. */
export function findModel(name: string, precision?: PrecisionRequest): CatalogModel | undefined {
  const entry = findModelEntry(name);
  if (!entry) return undefined;
  if (precision !== undefined) return readEntry(entry, precision);
  const known = asTheyAre.get(entry) ?? readEntry(entry);
  asTheyAre.set(entry, known);
  return known;
}

function readEntry(entry: ModelEntry, precision?: PrecisionRequest): CatalogModel {
  if ('dimensions' in entry) return fromDimensions(entry.name, entry.dimensions, precision);
  const read = readHuggingFaceConfig(entry.config, { name: entry.name, ...(precision && { precision }) });
  // A test reads every entry: a fault here would be one of the catalog, not of a caller.
  if ('errors' in read)
    throw new Error(`catalog model ${entry.name}: ${read.errors[0]?.pointer} ${read.errors[0]?.detail}`);
  return read;
}

function fromDimensions(name: string, dimensions: Dimensions, precision: PrecisionRequest = 'bf16'): CatalogModel {
  const { layers, hidden, heads, kvHeads, headDim, intermediateSize, matrices, experts, vocabulary, tied } = dimensions;
  const ffn: Pick<Layer, 'dense' | 'moe'> =
    experts === undefined
      ? { dense: { intermediateSize, matrices } }
      : {
          moe: {
            experts,
            expertsPerToken: dimensions.expertsPerToken ?? 1,
            intermediateSize,
            matrices,
            sharedIntermediateSize: 0,
          },
        };
  const mixer = { kind: 'attention', heads, kvHeads, headDim } as const;
  const model: Model = {
    name,
    hiddenSize: hidden,
    layers: [{ count: layers, mixer, ...ffn }],
    vocabulary: { size: vocabulary, tied },
    precision: precisionOf(precision, { mixture: experts !== undefined }),
  };
  return { model, assumptions: [], warnings: [] };
}

/** What `GET /models` shows of each.  */
export function listModel(name: string): ModelListing | undefined {
  const entry = findModelEntry(name);
  const found = entry && findModel(entry.name);
  if (!entry || !found) return undefined;
  const { aliases, source } = entry;
  return { name: entry.name, aliases, source, parameters: parameterTotals(found.model) };
}

/** Names near the one asked for, nearest first: for the message that says it is not known. */
export function suggestModels(name: string, most = 3): readonly string[] {
  return nearNames(
    stem(name.slice(0, 100)),
    [...byName].map(([key, entry]) => [key, entry.name] as const),
    most,
  );
}
