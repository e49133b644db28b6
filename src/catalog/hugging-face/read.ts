/**
 * A Hugging Face config.json made into the planner's model. Nothing about the input is taken for granted: it comes from outside,
 * and whatever it is, the answer is a model or a list of faults, in time that does not depend on what the config was not asked for.
 */
import { layerCount, type Model, runsOf, type Vocabulary } from '../../planner/model.ts';
import { mtpParameters, parameterTotals } from '../../planner/parameters.ts';
import type { Dtype } from '../../planner/precision.ts';
import type { PrecisionRequest } from '../precision.ts';
import { readPrecision } from './checkpoint-precision.ts';
import { type Family, type FamilyName, families, relatives, tiedByDefault } from './families.ts';
import {
  type Assumption,
  ceilings,
  type Defaults,
  type Fault,
  type Fields,
  isObject,
  type Json,
  type Notes,
  openFields,
  own,
  show,
} from './fields.ts';
import { genericFamily } from './generic.ts';
import { libraryDefaults } from './library-defaults.ts';
import { readMtp } from './mtp.ts';

export interface HuggingFaceOptions {
  readonly name?: string;
  /** Overrides what the checkpoint says of itself. */
  readonly precision?: PrecisionRequest;
}

export type HuggingFaceModel =
  | {
      readonly model: Model;
      /** Paths are JSON pointers into the config. */
      readonly assumptions: readonly Assumption[];
      readonly warnings: readonly string[];
    }
  | { readonly errors: readonly Fault[] };

/** Where multimodal models keep their language model. */
const wrappers = ['text_config', 'llm_config', 'language_config', 'thinker_config', 'language_model'] as const;

interface Located {
  readonly object: Json;
  readonly pointer: string;
}

function locate(config: Json): Located {
  let located: Located = { object: config, pointer: '' };
  for (let depth = 0; depth < 3; depth += 1) {
    const name = wrappers.find((wrapper) => isObject(own(located.object, wrapper)));
    const inner = name === undefined ? undefined : own(located.object, name);
    if (!isObject(inner)) break;
    located = { object: inner, pointer: `${located.pointer}/${name}` };
  }
  return located;
}

/** `Qwen3MoeForCausalLM` is `qwen3_moe`: what a config without a model_type says of itself. */
function typeOfArchitecture(object: Json): string | undefined {
  const list = own(object, 'architectures');
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  if (typeof first !== 'string' || first.length > 100) return undefined;
  const stem = first.replace(/(ForCausalLM|ForConditionalGeneration|LMHeadModel|Model)$/, '');
  return stem.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase();
}

function familyOf(type: string): FamilyName | undefined {
  const name = Object.hasOwn(relatives, type) ? relatives[type] : type;
  return name !== undefined && isFamily(name) ? name : undefined;
}

function isFamily(name: string): name is FamilyName {
  return Object.hasOwn(families, name);
}

interface Identified {
  readonly type: string;
  readonly family: Family;
  readonly defaults: Defaults;
}

/** The innermost type that is known; the config's own word, or the outer one's, where none is. */
function identify(config: Json, { object, pointer }: Located, notes: Notes): Identified {
  const word = own(object, 'model_type');
  if (word !== undefined && typeof word !== 'string') {
    notes.faults.push({ pointer: `${pointer}/model_type`, detail: `must be a string, not ${show(word)}` });
  }
  const given = [own(object, 'model_type'), own(config, 'model_type')].filter((type) => typeof type === 'string');
  const guessed = [typeOfArchitecture(object), typeOfArchitecture(config)].filter((type) => type !== undefined);
  const type = [...given, ...guessed].find((candidate) => familyOf(candidate) !== undefined);
  const name = type === undefined ? undefined : familyOf(type);
  if (type === undefined || name === undefined) {
    const shown = show(given[0] ?? guessed[0] ?? 'absent');
    notes.warnings.push(
      `model_type ${shown} is not known: planned by the generic formulas of a decoder, its parameter count not verified`,
    );
    return { type: given[0]?.slice(0, 60) ?? 'this model_type', family: genericFamily, defaults: {} };
  }
  if (!given.includes(type)) {
    notes.assumptions.push({ path: '/model_type', value: type, why: 'no known model_type; taken from architectures' });
  }
  return { type, family: families[name], defaults: libraryDefaults[name] };
}

function readLayerCount(fields: Fields, family: Family): number {
  const before = fields.notes.faults.length;
  const count =
    family.layerCount?.(fields) ?? fields.count(['num_hidden_layers', 'n_layers'], { max: ceilings.layers });
  if (fields.notes.faults.length === before) return count;
  // A stand-in of one layer would make faults of the lists that have an entry a layer.
  const lists = ['layer_types', 'mlp_layer_types', 'compress_ratios', 'moe_layer_freq'].map(fields.raw);
  const list = lists.find((value) => Array.isArray(value));
  return Array.isArray(list) && list.length <= ceilings.layers ? Math.max(1, list.length) : 1;
}

function readVocabulary(fields: Fields, outer: Fields, { type, family }: Identified): Vocabulary {
  const size = fields.count(['vocab_size', 'padded_vocab_size'], { max: ceilings.vocabulary });
  // Multimodal configs say it at the top; the text part, where it has the field at all, may disagree.
  const place = outer.has('tie_word_embeddings') ? outer : fields;
  const tied = place.has('tie_word_embeddings')
    ? place.flag('tie_word_embeddings')
    : tiedByDefault.has(type) || fields.flag('tie_word_embeddings');
  const headBias = family.headBiasFlag !== undefined && fields.flag(family.headBiasFlag);
  return { size, tied, ...(headBias && { headBias }), ...family.vocabulary?.(fields) };
}

const stateFormats: Readonly<Record<string, Dtype>> = { float32: 'fp32', bfloat16: 'bf16', float16: 'fp16' };

function readStateDtype(fields: Fields): Dtype | undefined {
  const word = fields.word('mamba_ssm_cache_dtype') ?? fields.word('mamba_ssm_dtype');
  return word !== undefined && Object.hasOwn(stateFormats, word) ? stateFormats[word] : undefined;
}

function readName(config: Json, type: string): string {
  const path = own(config, '_name_or_path');
  return typeof path === 'string' && path !== '' && path.length <= 200 ? path : type;
}

export function readHuggingFaceConfig(config: unknown, options: HuggingFaceOptions = {}): HuggingFaceModel {
  if (!isObject(config)) {
    return { errors: [{ pointer: '', detail: `must be the object of a config.json, not ${show(config)}` }] };
  }
  const notes: Notes = { faults: [], assumptions: [], warnings: [] };
  const located = locate(config);
  const identified = identify(config, located, notes);
  const { type, family, defaults } = identified;
  const fields = openFields({ ...located, architecture: type, defaults, notes });
  const outer =
    located.object === config
      ? fields
      : openFields({ object: config, pointer: '', architecture: type, defaults: {}, notes });

  const hidden = fields.count(['hidden_size', 'd_model'], { max: 1_000_000 });
  const shape = { hidden, layers: readLayerCount(fields, family) };
  const layers = family.layers(fields, shape);
  const vocabulary = readVocabulary(fields, outer, identified);
  const mtp = readMtp(fields, shape, layers);
  const stateDtype = readStateDtype(fields);
  const streams = family.streamsField === undefined ? 1 : fields.count(family.streamsField, { max: 64 });
  const precision = readPrecision({ fields, outer }, { layers, hidden, vocabulary }, options.precision);
  const model: Model = {
    name: options.name ?? readName(config, type),
    hiddenSize: hidden,
    layers: runsOf(layers),
    vocabulary,
    precision,
    ...(family.finalNorms !== undefined && { finalNormElements: family.finalNorms * hidden }),
    ...(streams > 1 && { residualStreams: streams }),
    ...(stateDtype && { stateDtype }),
    ...(mtp && { mtp }),
  };
  if (notes.faults.length === 0) notes.faults.push(...absurdities(model));
  if (notes.faults.length > 0) return { errors: notes.faults };
  warn(model, config, notes);
  return { model, assumptions: notes.assumptions, warnings: notes.warnings };
}

/** Each field may be sensible and the whole not: beyond 2^53 counts would no longer be exact. */
function absurdities(model: Model): readonly Fault[] {
  const { total } = parameterTotals(model);
  if (Number.isSafeInteger(total) && layerCount(model) > 0) return [];
  return [{ pointer: '', detail: `describes ${total.toExponential(1)} parameters, more than can be counted exactly` }];
}

function warn(model: Model, config: Json, notes: Notes): void {
  const towers = ['vision_config', 'audio_config', 'speech_config'].filter((name) => isObject(own(config, name)));
  for (const tower of towers) {
    notes.warnings.push(`${tower}: only the language model is planned, the encoder's weights are not counted`);
  }
  if (model.mtp) {
    const { modules } = model.mtp;
    const size = `${modules} module${modules === 1 ? '' : 's'}, ${(mtpParameters(model) / 1e9).toFixed(2)} billion parameters`;
    notes.warnings.push(`multi-token prediction (${size}) is loaded, and counted, only where the workload speculates`);
  }
}
