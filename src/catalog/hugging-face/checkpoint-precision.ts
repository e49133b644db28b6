/** The planner's precision of a checkpoint: its quantisation applied to every module of every layer, and averaged by class. */
import { type Layer, runsOf, type Vocabulary } from '../../planner/model.ts';
import {
  type Dtype,
  dtypeBytes,
  type Precision,
  type WeightClass,
  type WeightFormat,
  weightClasses,
} from '../../planner/precision.ts';
import { byClass, fp8Blocks, type PrecisionRequest, precisionOf } from '../precision.ts';
import type { Fields } from './fields.ts';
import { mxfp4Format, type Quantisation, type QuantisationRule, readQuantisation } from './quantisation.ts';
import { compileSkipList } from './skip-list.ts';
import { type WeightModule, weightModules } from './weight-modules.ts';

const storage: Readonly<Record<string, Dtype>> = { bfloat16: 'bf16', float16: 'fp16', half: 'fp16' };

/** The format of what is not quantised. A checkpoint in fp32 is served in bf16 by every engine. */
function baseDtype(fields: Fields, outer: Fields): Dtype {
  const [where, name] = [fields, outer]
    .flatMap((at) => ['dtype', 'torch_dtype'].map((field) => [at, field] as const))
    .find(([at, field]) => at.has(field)) ?? [fields, 'dtype'];
  const given = where.raw(name);
  const word = typeof given === 'string' ? given.replace('torch.', '') : undefined;
  const dtype = word !== undefined && Object.hasOwn(storage, word) ? storage[word] : undefined;
  if (dtype) return dtype;
  const why =
    word === undefined ? 'absent: what models are published in' : `${word.slice(0, 40)} checkpoints are served in bf16`;
  fields.notes.assumptions.push({ path: '/dtype', value: 'bf16', why });
  if (word === undefined) fields.notes.warnings.push('the config does not say its dtype: bf16 is assumed');
  return 'bf16';
}

/** Layers past which lists that name single layers are read as if they named none. */
const byLayerLimit = 1000;

/** Parameters of each class by the format they are in. */
type Tally = Readonly<Record<WeightClass, Map<WeightFormat, number>>>;

function tallies(
  { layers, hidden }: Pick<Checkpoint, 'layers' | 'hidden'>,
  formatOf: FormatOf,
  byLayer: boolean,
): Tally {
  const tally: Tally = byClass(() => new Map<WeightFormat, number>());
  const add = ({ weightClass, parameters }: WeightModule, format: WeightFormat, count: number): void => {
    const formats = tally[weightClass];
    formats.set(format, (formats.get(format) ?? 0) + count * parameters);
  };
  let index = 0;
  for (const run of runsOf(layers)) {
    const modules = weightModules(run, hidden);
    const looks = byLayer && layers.length <= byLayerLimit ? run.count : 1;
    for (let layer = 0; layer < looks; layer += 1) {
      for (const module of modules) add(module, formatOf(module, index + layer), run.count / looks);
    }
    index += run.count;
  }
  return tally;
}

type FormatOf = (module: WeightModule, layer: number) => WeightFormat;

/**
 * The mean to 2^-15 of a byte: such a number is the same as a double and as the decimal that an answer has, and a product with a
 * parameter count is exact in both, so that whoever recomputes bytes from an answer comes to the same byte.
 */
const onGrid = (bytes: number): number => Math.round(bytes * 2 ** 15) / 2 ** 15;

/** One format for a class: the commonest by parameters, at the bytes that its parameters take on average. */
function blend(formats: ReadonlyMap<WeightFormat, number>, fallback: WeightFormat): WeightFormat {
  let main = fallback;
  let most = 0;
  let parameters = 0;
  let bytes = 0;
  let block = 0;
  for (const [format, count] of formats) {
    parameters += count;
    bytes += count * format.bytesPerParameter;
    if (count > 0) block = Math.max(block, format.block ?? 0);
    if (count > most) {
      most = count;
      main = format;
    }
  }
  if (parameters === 0) return fallback;
  const { dtype } = main;
  const bytesPerParameter = most === parameters ? main.bytesPerParameter : onGrid(bytes / parameters);
  return { dtype, bytesPerParameter, ...(block > 0 && { block }) };
}

const plain = (dtype: Dtype): WeightFormat => ({ dtype, bytesPerParameter: dtypeBytes[dtype] });

function formatRule({ rules, skipped }: Quantisation, base: WeightFormat): FormatOf {
  return (module, layer) => {
    if (module.names.length === 0) return base;
    const names = module.names.map((name) => `layers.${layer}.${name}`);
    if (names.some(skipped.matches)) return base;
    const rule = rules.find(({ only, classes }) => {
      return (!classes || classes.has(module.weightClass)) && (!only || names.some(only.matches));
    });
    return rule?.format ?? base;
  };
}

export interface Checkpoint {
  readonly layers: readonly Layer[];
  readonly hidden: number;
  readonly vocabulary: Vocabulary;
}

export function readPrecision(
  { fields, outer }: { readonly fields: Fields; readonly outer: Fields },
  { layers, hidden, vocabulary }: Checkpoint,
  request: PrecisionRequest | undefined,
): Precision {
  const base = plain(baseDtype(fields, outer));
  const stated = readQuantisation(fields) ?? (fields === outer ? undefined : readQuantisation(outer));
  const quantisation = expertsFirst(fields, stated);
  const mixture = layers.some(({ moe }) => moe !== undefined);
  const own = quantisation ? stored(quantisation) : unquantised();
  if (request === undefined) return own;
  const asked = precisionOf(request, { mixture, inBlocks: fp8Blocks(fields.raw('model_type')) });
  const word = typeof request === 'string' ? request : request.weights;
  // Asked for what the checkpoint is: its own formats say more (block sizes, what is left alone) than the word.
  if (quantisation && own.weights[mixture ? 'expert' : 'dense'].dtype === word) {
    return { weights: own.weights, activations: asked.activations, kvCache: asked.kvCache };
  }
  return asked;

  function unquantised(): Precision {
    return { weights: byClass(() => base), activations: base.dtype, kvCache: 'bf16' };
  }

  function stored({ rules, skipped, includesHead, kvCache }: Quantisation): Precision {
    const lists = [skipped, ...rules.flatMap(({ only }) => only ?? [])];
    const byLayer = lists.some((list) => list.byLayer);
    const tally = tallies({ layers, hidden }, formatRule({ rules, skipped, includesHead }, base), byLayer);
    if (lists.some((list) => list.gaveUp())) {
      fields.notes.warnings.push(
        'the patterns of the quantisation took too long to match: some modules may be at 16 bits',
      );
    }
    const headRule = rules.find(({ only, classes }) => !classes && (!only || only.matches('lm_head')));
    const headIncluded = includesHead && !vocabulary.tied && !skipped.matches('lm_head');
    const weights = byClass((weightClass: WeightClass) => {
      if (weightClass === 'head') return (headIncluded ? headRule?.format : undefined) ?? base;
      return blend(tally[weightClass], base);
    });
    if (kvCache === undefined) {
      const why = 'the checkpoint does not say: engines keep the KV cache in 16 bits unless told otherwise';
      fields.notes.assumptions.push({ path: '/quantization_config/kv_cache_scheme', value: 'bf16', why });
    }
    return { weights, activations: mainRule(rules, tally)?.activations ?? base.dtype, kvCache: kvCache ?? 'bf16' };
  }
}

/** DeepSeek-V4 says in a field of its own that its experts are FP4 in groups of 32, whatever the method for the rest. */
function expertsFirst(fields: Fields, quantisation: Quantisation | undefined): Quantisation | undefined {
  if (fields.raw('expert_dtype') !== 'fp4') return quantisation;
  const classes = new Set<WeightClass>(['expert']);
  const rest = quantisation?.rules ?? [];
  if (rest.some(({ format }) => format.dtype === 'fp4' || format.dtype === 'mxfp4')) return quantisation;
  const experts = { format: mxfp4Format(), classes, activations: rest[0]?.activations ?? 'bf16' };
  const others = quantisation ?? { skipped: compileSkipList([]), includesHead: false };
  return { ...others, rules: [experts, ...rest] };
}

/** The rule that most parameters follow: its activations are taken for the model's. */
function mainRule(rules: readonly QuantisationRule[], tally: Tally): QuantisationRule | undefined {
  const share = ({ format }: QuantisationRule): number =>
    weightClasses.reduce((sum, weightClass) => sum + (tally[weightClass].get(format) ?? 0), 0);
  return rules.toSorted((a, b) => share(b) - share(a))[0];
}
