import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parameterTotals } from '../../planner/parameters.ts';
import { families } from './families.ts';
import { libraryDefaults } from './library-defaults.ts';
import { readHuggingFaceConfig } from './read.ts';

const types = Object.keys(families);
const fieldNames = [
  ...new Set([...Object.values(libraryDefaults).flatMap((defaults) => Object.keys(defaults)), 'num_experts_per_tok']),
  'layer_types',
  'mlp_layer_types',
  'moe_layers',
  'mlp_only_layers',
  'compress_ratios',
  'hybrid_override_pattern',
  'quantization_config',
  'text_config',
  'tie_word_embeddings',
  'dtype',
];

/** What no config has: wrong types, numbers at the edge, and the names that prototypes answer to. */
const hostile = fc.oneof(
  { maxDepth: 2 },
  fc.integer({ min: -2, max: 70 }),
  fc.constantFrom(0, -0, 1e300, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 0.5, null, true, 'auto', '', '4096'),
  fc.array(fc.constantFrom('full_attention', 'sliding_attention', 'linear_attention', 'moe', 0, 1, 4, 128, null)),
  fc.object({ maxDepth: 2 }),
  fc.string(),
);

const config = fc.record({
  model_type: fc.oneof(fc.constantFrom(...types, '__proto__', 'constructor', 'toString'), fc.string(), fc.integer()),
  fields: fc.dictionary(fc.constantFrom(...fieldNames), hostile, { maxKeys: 12 }),
});

function check(input: unknown): void {
  const read = readHuggingFaceConfig(input);
  if ('errors' in read) {
    expect(read.errors.length).toBeGreaterThan(0);
    for (const { pointer, detail } of read.errors) expect(pointer.length + detail.length).toBeLessThan(1000);
    return;
  }
  const { total, active } = parameterTotals(read.model);
  expect(Number.isSafeInteger(total)).toBe(true);
  expect(active).toBeGreaterThan(0);
  expect(active).toBeLessThanOrEqual(total);
  for (const { count } of read.model.layers) expect(count).toBeGreaterThan(0);
  for (const { bytesPerParameter } of Object.values(read.model.precision.weights)) {
    expect(bytesPerParameter).toBeGreaterThan(0);
    expect(bytesPerParameter).toBeLessThanOrEqual(4);
  }
}

describe('whatever the config', () => {
  it('the answer is a model or faults, never a throw', () => {
    fc.assert(
      fc.property(config, ({ model_type, fields }) => check({ ...fields, model_type })),
      { numRuns: 3000 },
    );
  });

  it('any JSON at all is answered', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => check(value)),
      { numRuns: 500 },
    );
  });

  it('quantisation sections of nonsense are answered', () => {
    const section = fc.dictionary(
      fc.constantFrom(
        'quant_method',
        'weight_block_size',
        'bits',
        'group_size',
        'ignore',
        'config_groups',
        'quant_algo',
      ),
      fc.oneof(
        hostile,
        fc.constantFrom('fp8', 'awq', 'compressed-tensors', 'modelopt', 'NVFP4', 'mxfp4'),
        fc.array(fc.string()),
      ),
    );
    fc.assert(
      fc.property(section, (quantization_config) => check({ model_type: 'llama', quantization_config })),
      { numRuns: 1000 },
    );
  });
});

// Seconds, where what grows with the square of its input, or backtracks, would take hours.
describe('ten megabytes', { timeout: 120_000 }, () => {
  const within = (milliseconds: number, input: unknown): void => {
    const start = performance.now();
    check(input);
    expect(performance.now() - start).toBeLessThan(milliseconds);
  };

  it('of keys cost nothing', () => {
    const many = Object.fromEntries(Array.from({ length: 300_000 }, (_, i) => [`key_with_a_long_name_${i}`, i]));
    within(10_000, { ...many, model_type: 'llama' });
    within(10_000, many);
  });

  it('of layers, of letters or of skipped modules are turned away or read in time', () => {
    within(10_000, { model_type: 'gemma3_text', layer_types: new Array(1_000_000).fill('full_attention') });
    within(10_000, { model_type: 'nemotron_h', hybrid_override_pattern: 'M'.repeat(10_000_000) });
    within(10_000, { model_type: 'x'.repeat(10_000_000) });
    const ignore = Array.from({ length: 300_000 }, (_, i) => `model.layers.${i % 32}.mlp.experts.${i}`);
    within(30_000, { model_type: 'llama', quantization_config: { quant_method: 'fp8', ignore } });
  });

  it('of patterns made to backtrack do not', () => {
    const ignore = Array.from({ length: 400 }, (_, i) => `re:(.*(a|aa)+)+${i}(.*a.*)*$`);
    const groups = { group_0: { targets: ['Linear'], weights: { num_bits: 8, type: 'float' } } };
    const quantization_config = { quant_method: 'compressed-tensors', config_groups: groups, ignore };
    within(30_000, { model_type: 'llama', num_hidden_layers: 1000, quantization_config });
  });
});
