/** Well-known models by name. Names match in any case, with spaces, underscores or dashes, and with or without the publisher. */
import type { Layer, Model } from '../planner/model.ts';
import { parameterTotals } from '../planner/parameters.ts';
import type { Assumption } from './hugging-face/fields.ts';
import { readHuggingFaceConfig } from './hugging-face/read.ts';
import { deepseekModels } from './models/deepseek.ts';
import { denseModels } from './models/dense.ts';
import { denseFamilies } from './models/dense-families.ts';
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
import { type PrecisionRequest, precisionOf } from './precision.ts';

const entries: readonly ModelEntry[] = [
  ...deepseekModels,
  ...denseModels,
  ...denseFamilies,
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

/** A word behind a name that says how the same model was tuned, stored, dated or numbered. */
const tuned = new RegExp(
  `-(${[
    'instruct|inst|base|chat|hf|it|pt|sft|qat|thinking|reasoning|preview|latest',
    'v\\d{1,2}([.-]\\d)?|\\d{4}(-\\d{2}){0,2}|\\d{6}|\\d{8}',
    'bf16|fp16|mxfp8|mxfp4|nvfp4(a16)?|fp8|fp4|int8|int4|(quantized\\.)?w[48]a(8|16|fp8)|kv|block|dynamic|static',
    '(unsloth-)?bnb|awq|gptq|autoround|[48]bit|g?128g?',
  ].join('|')})$`,
);

/** What such words say of the numbers, those first that say most: `GPTQ-Int8` has eight bits, `FP8-W8A8` is FP8. */
const formats: readonly (readonly [word: RegExp, precision: PrecisionRequest])[] = [
  [/^nvfp4a16$/, { weights: 'fp4', activations: 'bf16' }],
  [/^(nvfp4|fp4)$/, 'fp4'],
  [/^mxfp4$/, 'mxfp4'],
  [/^mxfp8$/, 'mxfp8'],
  [/w4afp8$/, { weights: 'int4', activations: 'fp8' }],
  [/w4a8$/, { weights: 'int4', activations: 'int8' }],
  [/^fp8$|w8afp8$/, 'fp8'],
  [/w8a8$/, { weights: 'int8', activations: 'int8' }],
  [/^(int8|8bit)$|w8a16$/, 'int8'],
  [/^(int4|4bit)$|w4a16$/, 'int4'],
  [/^(awq|gptq|autoround)$/, 'int4'],
  [/^bf16$/, 'bf16'],
  [/^fp16$/, 'fp16'],
];

interface Form {
  readonly text: string;
  /** The words left out of it, the last one first. */
  readonly without: readonly string[];
}

/** No publisher writes more behind a name. */
const mostWords = 8;

/** The name as asked for, without its publisher, and then without one word behind it after another. */
function formsOf(name: string): readonly Form[] {
  const forms: Form[] = [{ text: canonical(name), without: [] }];
  let text = unpublished(name);
  let without: readonly string[] = [];
  for (;;) {
    const plain = text.replace(/^(meta|nvidia)-/, '');
    forms.push({ text, without }, { text: plain, without });
    const word = tuned.exec(text)?.[0];
    if (word === undefined || without.length === mostWords) return forms;
    text = text.slice(0, -word.length);
    without = [...without, word.slice(1)];
  }
}

/** The entry that a name is of, and the words of the name that are not the entry's. */
function resolveName(name: string): { readonly entry: ModelEntry; readonly without: readonly string[] } | undefined {
  if (name.length > 200) return undefined;
  const forms = formsOf(name);
  for (const dashed of [true, false]) {
    for (const { text, without } of forms) {
      const entry = byName.get(dashed ? text : text.replaceAll('-', ''));
      if (entry) return { entry, without };
    }
  }
  return undefined;
}

/** What a checkpoint's name says of its numbers, where it is none of the catalog's own names: `…-Instruct-FP8`, `…-quantized.w8a8`. */
export function precisionInName(name: string): PrecisionRequest | undefined {
  const words = resolveName(name)?.without ?? [];
  const [, said] = formats.find(([format]) => words.some((word) => format.test(word))) ?? [];
  if (said === undefined || !words.includes('kv') || !words.includes('fp8')) return said;
  return { ...(typeof said === 'string' ? { weights: said } : said), kvCache: 'fp8' };
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
  return resolveName(name)?.entry;
}

/**
 * One spelling for all of a name's: the catalog's own, and behind it those words that say of the numbers, since `…-FP8` asks for
 * something else than the name without it.
 */
export function modelSpelling(name: string): string | undefined {
  const found = resolveName(name);
  if (!found) return undefined;
  const words = found.without.filter((word) => word === 'kv' || formats.some(([format]) => format.test(word)));
  return [found.entry.name, ...words.toReversed().map((word) => word.toUpperCase())].join('-');
}

/** The model that a GGUF file is of: the files have formats of their own, a mixture in each, that are not planned. */
export function modelOfGguf(name: string): string | undefined {
  const [, base] = /^(.{1,200}?)[-_.](?:[iq][\w.-]*[-_.])?gguf(?:[:/].*)?$/i.exec(name.slice(0, 300)) ?? [];
  return base === undefined ? undefined : findModelEntry(base)?.name;
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
  const known = [...byName].map(([key, entry]) => [key, entry.name] as const);
  for (const text of new Set(formsOf(unpublished(name.slice(0, 100))).map((form) => form.text))) {
    const near = nearNames(text, known, most);
    if (near.length > 0) return near;
  }
  return [];
}
