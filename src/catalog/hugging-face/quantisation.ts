/**
 * `quantization_config`, `compression_config` and ModelOpt's `quantization` section: which modules are stored how. Each method has its own
 * fields; all of them come down to rules, tried in order, and lists of modules left alone.
 */
import { type Dtype, dtypeBytes, type WeightClass, type WeightFormat } from '../../planner/precision.ts';
import { type Fields, isIndex, isObject, isString, own } from './fields.ts';
import { compileSkipList, type SkipList } from './skip-list.ts';

export interface QuantisationRule {
  readonly format: WeightFormat;
  /** Undefined: every module. */
  readonly only?: SkipList;
  readonly classes?: ReadonlySet<WeightClass>;
  /** What the modules read their inputs in. */
  readonly activations: Dtype;
}

export interface Quantisation {
  readonly rules: readonly QuantisationRule[];
  readonly skipped: SkipList;
  /** The LM head is a module like others, unless a list leaves it alone. */
  readonly includesHead: boolean;
  /** What the checkpoint says of the KV cache; absent: nothing. */
  readonly kvCache?: Dtype;
}

/** FP8 in blocks has a scale a block: fp32, or one byte where the scale format is UE8M0 (DeepSeek-V3.1 and later). */
function fp8Format(blockSize: readonly number[] | undefined, scaleBytes: number): WeightFormat {
  const [rows, columns] = blockSize ?? [];
  if (rows === undefined || columns === undefined || rows * columns === 0)
    return { dtype: 'fp8', bytesPerParameter: 1 };
  return { dtype: 'fp8', bytesPerParameter: 1 + scaleBytes / (rows * columns), block: Math.max(rows, columns) };
}

/** Integers in groups: a 16-bit scale a group and, unless symmetric, a zero point as wide as a weight. Group −1 is a whole channel. */
function integerFormat({ bits, group, symmetric }: { bits: number; group: number; symmetric: boolean }): WeightFormat {
  const dtype = bits <= 4 ? 'int4' : 'int8';
  if (group <= 0) return { dtype, bytesPerParameter: bits / 8 };
  return { dtype, bytesPerParameter: bits / 8 + (16 + (symmetric ? 0 : bits)) / 8 / group, block: group };
}

const scaled = (dtype: 'fp4' | 'mxfp8', block: number): WeightFormat => ({
  dtype,
  bytesPerParameter: dtypeBytes[dtype],
  block,
});

/** Without a block: engines pad what tp leaves of gpt-oss's 2880 wide experts. */
export const mxfp4Format = (): WeightFormat => ({ dtype: 'mxfp4', bytesPerParameter: dtypeBytes.mxfp4 });

function stringsOf(fields: Fields, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    const value = fields.raw(name);
    return Array.isArray(value) ? value.filter(isString) : [];
  });
}

function skipList(fields: Fields): SkipList {
  return compileSkipList(
    stringsOf(fields, ['modules_to_not_convert', 'ignore', 'ignored_layers', 'exclude_modules', 'exclude']),
  );
}

/** `{ num_bits, type }` as compressed-tensors and ModelOpt describe a KV cache or activations. */
function schemeDtype(value: unknown): Dtype | undefined {
  if (!isObject(value)) return undefined;
  const bits = own(value, 'num_bits');
  const float = own(value, 'type') !== 'int';
  if (bits === 8) return float ? 'fp8' : 'int8';
  return bits === 4 && float ? 'fp4' : undefined;
}

function algorithmFormat(algorithm: string): WeightFormat | undefined {
  if (/NVFP4/.test(algorithm)) return scaled('fp4', 16);
  if (/MXFP4/.test(algorithm)) return mxfp4Format();
  if (/MXFP8/.test(algorithm)) return scaled('mxfp8', 32);
  if (/FP8_(PB|BLOCK)/.test(algorithm)) return fp8Format([128, 128], 4);
  if (/FP8/.test(algorithm)) return fp8Format(undefined, 0);
  if (/W4A|INT4/.test(algorithm)) return integerFormat({ bits: 4, group: 128, symmetric: true });
  return /W8A|INT8/.test(algorithm) ? { dtype: 'int8', bytesPerParameter: 1 } : undefined;
}

const algorithmActivations = (algorithm: string): Dtype =>
  /NVFP4/.test(algorithm) ? 'fp4' : /MXFP8/.test(algorithm) ? 'mxfp8' : /FP8|A8/.test(algorithm) ? 'fp8' : 'bf16';

type Method = (fields: Fields) => Omit<Quantisation, 'skipped'> | undefined;

const fp8: Method = (fields) => {
  const block = fields.list('weight_block_size', isIndex);
  const scaleBytes = fields.raw('scale_fmt') === 'ue8m0' ? 1 : 4;
  return { rules: [{ format: fp8Format(block, scaleBytes), activations: 'fp8' }], includesHead: false };
};

const mxfp4: Method = () => ({
  rules: [{ format: mxfp4Format(), classes: new Set<WeightClass>(['expert']), activations: 'bf16' }],
  includesHead: false,
});

const groupwise: Method = (fields) => {
  const bits = fields.count(['bits', 'w_bit'], { max: 8, otherwise: { value: 4, why: 'absent: the usual width' } });
  const given = fields.raw('group_size') ?? fields.raw('q_group_size');
  const group = given === undefined ? 128 : given === -1 ? 0 : fields.optional(['group_size', 'q_group_size']);
  const format = integerFormat({ bits, group, symmetric: false });
  return { rules: [{ format, activations: 'bf16' }], includesHead: fields.flag('lm_head') };
};

const bitsAndBytes: Method = (fields) => {
  if (!fields.flag('load_in_4bit')) {
    const int8: WeightFormat = { dtype: 'int8', bytesPerParameter: 1 };
    return { rules: [{ format: int8, activations: 'bf16' }], includesHead: false };
  }
  // NF4: an fp32 scale for 64 values, or one of 8 bits and an fp32 scale for 256 of those (QLoRA, arXiv 2305.14314).
  const scale = fields.flag('bnb_4bit_use_double_quant') ? 1 / 64 + 4 / (64 * 256) : 4 / 64;
  const format: WeightFormat = { dtype: 'int4', bytesPerParameter: 0.5 + scale, block: 64 };
  return { rules: [{ format, activations: 'bf16' }], includesHead: false };
};

function groupFormat(weights: Fields): WeightFormat | undefined {
  const bits = weights.count('num_bits', { max: 16 });
  const group = weights.raw('group_size') === -1 ? 0 : weights.optional('group_size');
  if (weights.raw('type') === 'int') {
    return integerFormat({ bits, group, symmetric: weights.raw('symmetric') !== false });
  }
  if (bits === 8) return group === 32 ? scaled('mxfp8', 32) : fp8Format(weights.list('block_structure', isIndex), 4);
  if (bits === 4) return group === 32 ? mxfp4Format() : scaled('fp4', 16);
  weights.fault('num_bits', `floats of ${bits} bits are not known here`);
  return undefined;
}

const compressedTensors: Method = (fields) => {
  const groups = fields.section('config_groups');
  const raw = fields.raw('config_groups');
  const rules: QuantisationRule[] = [];
  for (const name of isObject(raw) ? Object.keys(raw).slice(0, 100) : []) {
    const group = groups?.section(name);
    const weights = group?.section('weights');
    if (!group || !weights) continue;
    const format = groupFormat(weights);
    const targets = stringsOf(group, ['targets']);
    const all = targets.length === 0 || targets.includes('Linear');
    const activations = schemeDtype(group.raw('input_activations')) ?? 'bf16';
    if (format) rules.push({ format, activations, ...(!all && { only: compileSkipList(targets) }) });
  }
  return rules.length === 0 ? undefined : { rules, includesHead: true };
};

const modelOpt: Method = (fields) => {
  const algorithm = fields.word('quant_algo');
  if (algorithm === undefined) return compressedTensors(fields);
  const perLayer = fields.raw('quantized_layers');
  if (isObject(perLayer)) {
    const byAlgorithm = new Map<string, string[]>();
    for (const [name, value] of Object.entries(perLayer)) {
      const used = isObject(value) ? own(value, 'quant_algo') : undefined;
      if (!isString(used)) continue;
      const names = byAlgorithm.get(used) ?? [];
      names.push(name);
      byAlgorithm.set(used, names);
    }
    const rules: QuantisationRule[] = [];
    for (const [name, modules] of byAlgorithm) {
      const format = algorithmFormat(name.toUpperCase());
      const activations = algorithmActivations(name.toUpperCase());
      if (format) rules.push({ format, activations, only: compileSkipList(modules) });
    }
    return { rules, includesHead: true };
  }
  const upper = algorithm.toUpperCase();
  const format = algorithmFormat(upper);
  return format && { rules: [{ format, activations: algorithmActivations(upper) }], includesHead: true };
};

const quark: Method = (fields) => {
  const global = fields.section('global_quant_config');
  const weight = global?.section('weight');
  const dtype = weight?.word('dtype') ?? '';
  const group = weight?.optional('group_size') ?? 0;
  const format = /fp4/.test(dtype)
    ? mxfp4Format()
    : /fp8/.test(dtype)
      ? fp8Format(undefined, 0)
      : /int8/.test(dtype)
        ? integerFormat({ bits: 8, group, symmetric: true })
        : /int4/.test(dtype)
          ? integerFormat({ bits: 4, group: group === 0 ? 128 : group, symmetric: true })
          : undefined;
  if (!format) return undefined;
  const inputs = global?.section('input_tensors')?.word('dtype') ?? '';
  const activations = /fp4/.test(inputs) ? 'mxfp4' : /fp8/.test(inputs) ? 'fp8' : /int8/.test(inputs) ? 'int8' : 'bf16';
  return { rules: [{ format, activations }], includesHead: true };
};

const methods: Readonly<Record<string, Method>> = {
  fp8,
  fbgemm_fp8: fp8,
  mxfp4,
  awq: groupwise,
  gptq: groupwise,
  gptqmodel: groupwise,
  auto_round: groupwise,
  'auto-round': groupwise,
  bitsandbytes: bitsAndBytes,
  'compressed-tensors': compressedTensors,
  modelopt: modelOpt,
  modelopt_fp4: modelOpt,
  modelopt_mixed: modelOpt,
  quark,
};

/** Undefined where there is none, or none that is understood: a warning then says which. */
export function readQuantisation(fields: Fields): Quantisation | undefined {
  const section =
    fields.section('quantization_config') ?? fields.section('compression_config') ?? fields.section('quantization');
  if (!section) return undefined;
  const inner = section.has('quant_algo') ? section : (section.section('quantization') ?? section);
  const method = section.word('quant_method') ?? (inner.has('quant_algo') ? 'modelopt' : '');
  const read = Object.hasOwn(methods, method) ? methods[method] : undefined;
  const quantisation = read?.(inner);
  if (!quantisation) {
    const named = method === '' ? 'without a quant_method' : `of quant_method ${JSON.stringify(method.slice(0, 40))}`;
    fields.notes.warnings.push(`the quantisation ${named} is not understood: weights are planned at 16 bits`);
    return undefined;
  }
  const skipped = skipList(inner);
  for (const entry of skipped.notUnderstood.slice(0, 5)) {
    fields.notes.warnings.push(
      `the pattern ${JSON.stringify(entry.slice(0, 80))} is not understood, and skips nothing`,
    );
  }
  const kvCache = schemeDtype(inner.raw('kv_cache_scheme')) ?? kvAlgorithm(inner.raw('kv_cache_quant_algo'));
  return { ...quantisation, skipped, ...(kvCache && { kvCache }) };
}

function kvAlgorithm(value: unknown): Dtype | undefined {
  if (!isString(value)) return undefined;
  return /FP4/i.test(value) ? 'fp4' : /FP8/i.test(value) ? 'fp8' : /INT8/i.test(value) ? 'int8' : undefined;
}
