import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { createExplainer, maxFaults } from './explain.ts';
import { nearest } from './nearest.ts';
import { EstimateRequest, PlanRequest, VerificationRequest } from './schemas/request.ts';

const reference: unknown = JSON.parse(readFileSync('examples/reference.json', 'utf8'));
const explain = createExplainer(PlanRequest);

/** The reference request with one place of it changed; undefined removes it. */
function changed(path: readonly string[], value: unknown): unknown {
  const copy = structuredClone(reference);
  let target: unknown = copy;
  for (const key of path.slice(0, -1)) target = Reflect.get(Object(target), key);
  const last = path.at(-1) ?? '';
  if (value === undefined) Reflect.deleteProperty(Object(target), last);
  else Object.defineProperty(Object(target), last, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}

const serving = {
  kind: 'serving',
  inputTokens: 1000,
  outputTokens: 100,
  concurrency: 8,
  slo: { ttftMs: 500 },
  routing: 'uniform',
};

const faultsOf = (path: string, value: unknown) => explain(changed(path.split('/'), value)).faults;

describe('explain', () => {
  it('has nothing to say of a right request', () => {
    expect(explain(reference)).toEqual({ faults: [], total: 0 });
  });

  it.each([
    ['model/layers', undefined, '/model/layers', /^is missing: Transformer layers/],
    ['model/layers', 0, '/model/layers', /at least 1, not 0/],
    ['model/layers', -0, '/model/layers', /at least 1, not 0/],
    ['model/layers', 1.5, '/model/layers', /whole number, not 1.5; it goes from 1 to 10000/],
    ['model/layers', 1e300, '/model/layers', /at most 10000/],
    ['model/layers', Number.POSITIVE_INFINITY, '/model/layers', /beyond any number/],
    ['model/layers', '16', '/model/layers', /not "16": write it without the quotes/],
    ['model/layers', null, '/model/layers', /not null/],
    ['model/layers', [16], '/model/layers', /not an array/],
    ['model/hiddenSise', 1, '/model/hiddenSise', /known here: /],
    ['model/moe/gated', 'true', '/model/moe/gated', /must be a boolean, not "true": write it without/],
    ['model/precision', 'FP8', '/model/precision', /did you mean "fp8"/],
    ['model/precision', 8, '/model/precision', /must be a string or an object, not 8/],
    ['model/precision', { weights: 'fp8', kvcache: 'fp8' }, '/model/precision/kvcache', /did you mean "kvCache"/],
    ['model/expertsPerToken', 2, '/model/expertsPerToken', /belongs in \/model\/moe, not in \/model/],
    ['cluster/gpu/memoryGB', 64, '/cluster/gpu/memoryGB', /unknown key/],
    ['cluster/gpu/peakTflops', {}, '/cluster/gpu/peakTflops', /at least one of "bf16", "fp8"/],
    ['cluster/gpu', [], '/cluster/gpu', /must be a string or an object, not an array/],
    ['cluster/gpu', '', '/cluster/gpu', /at least 1 character/],
    ['model', 7, '/model', /must be a string or an object, not 7/],
    ['model', { catalog: 7 }, '/model/catalog', /must be a string, not 7/],
    ['model', { catalog: 'x', precision: 'FP8' }, '/model/precision', /did you mean "fp8"/],
    ['model', { catalog: 'x', heads: 8 }, '/model/heads', /cannot stand beside "catalog"; known here: catalog, precis/],
    ['model', { huggingFace: [] }, '/model/huggingFace', /must be an object, not an array/],
    ['model', { huggingFace: {}, layers: 8 }, '/model/layers', /cannot stand beside "huggingFace"/],
    ['model', { hugginFace: {} }, '/model/hugginFace', /did you mean "huggingFace"/],
    ['model', { catalogue: 'x' }, '/model/catalogue', /did you mean "catalog"/],
    ['workload/kind', 'training', '/workload/kind', /not one of the words/],
    ['workload/kind', 7, '/workload/kind', /must be a string, not 7/],
    ['workload/kind', undefined, '/workload/kind', /^is missing: What is to be done/],
    [
      'workload/inputTokens',
      1,
      '/workload/inputTokens',
      /does not go with the kind "batch"; known here: kind, batchSize/,
    ],
    ['options', { modes: [] }, '/options/modes', /at least 1 item$/],
    ['options', { modes: ['both'] }, '/options/modes/0', /not one of the words/],
    ['engine', 'vLLM', '/engine', /did you mean "vllm"/],
    ['maxBatchTokens', 1, '/maxBatchTokens', /belongs in \/engineSettings, not in the request itself/],
    ['__proto__', { a: 1 }, '/__proto__', /unknown key "__proto__"/],
    ['constructor', 1, '/constructor', /unknown key "constructor"/],
    ['a~b', 1, '/a~0b', /unknown key/],
  ])('%s = %j', (path, value, pointer, detail) => {
    expect(faultsOf(path, value)).toEqual([
      expect.objectContaining({ pointer, detail: expect.stringMatching(detail) }),
    ]);
  });

  it('names the key that was meant, and does not call it missing as well', () => {
    const request = structuredClone(reference);
    const model = Object(Reflect.get(Object(request), 'model'));
    model.hiddenSise = model.hiddenSize;
    delete model.hiddenSize;
    expect(explain(request).faults).toEqual([
      { pointer: '/model/hiddenSise', detail: 'unknown key "hiddenSise": did you mean "hiddenSize"?' },
    ]);
  });

  it('holds a model without a key of its own against the one by dimensions', () => {
    expect(faultsOf('model', { name: 'x' }).map(({ pointer }) => pointer)).toEqual([
      '/model/layers',
      '/model/hiddenSize',
      '/model/precision',
    ]);
  });

  it('takes any config.json, whatever is in it', () => {
    expect(faultsOf('model', { huggingFace: { anything: [{ at: 'all' }] }, precision: 'fp8' })).toEqual([]);
  });

  it('lists the words of an enumeration', () => {
    expect(faultsOf('objective', 'fastest')).toEqual([
      {
        pointer: '/objective',
        detail: expect.any(String),
        allowed: ['balance', 'latency', 'throughput', 'memory', 'cost'],
      },
    ]);
  });

  it('says everything at once', () => {
    expect(explain({ cluster: { nodes: 0 }, workload: 3, colour: 'red' }).faults.map(({ pointer }) => pointer)).toEqual(
      ['/cluster/nodes', '/cluster/gpusPerNode', '/cluster/gpu', '/workload', '/colour', '/model'],
    );
  });

  it('lists a bounded number of faults and counts the rest', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`key${i}`, i]));
    const { faults, total } = explain(many);
    expect(faults).toHaveLength(maxFaults);
    expect(total).toBe(5003);
  });

  it('keeps quiet and quick about absurd keys and depths', () => {
    const key = 'k'.repeat(1e6);
    const { faults } = explain({ [key]: 1 });
    expect(JSON.stringify(faults).length).toBeLessThan(2000);
    const deep: unknown = JSON.parse(`${'['.repeat(1e5)}${']'.repeat(1e5)}`);
    expect(explain({ cluster: deep }).faults[0]?.detail).toMatch(/must be an object, not an array/);
  });

  it('lists the words of every kind of workload', () => {
    expect(faultsOf('workload/kind', 'serve')[0]?.allowed).toEqual(['batch', 'serving']);
  });

  it.each([
    ['PlanRequest', PlanRequest],
    ['EstimateRequest', EstimateRequest],
    ['VerificationRequest', VerificationRequest],
  ])('finds faults in a %s exactly where the validator does', (_, schema) => {
    const validator = Compile(schema);
    const explainer = createExplainer(schema);
    const whole = {
      ...Object(reference),
      strategy: { tp: 2 },
      claims: { memory: { utilizationPercent: 1 }, time: { breakdown: [] } },
    };
    const models: readonly unknown[] = [
      'x',
      { catalog: 'x', precision: 'fp8' },
      { huggingFace: { a: [1] }, name: 'x' },
    ];
    const served = {
      ...whole,
      workload: serving,
      engine: 'vllm',
      engineSettings: { memoryFraction: 0.9 },
      options: { modes: ['aggregated'] },
      strategy: {
        mode: 'disaggregated',
        prefill: { workers: 1, strategy: { tp: 2 } },
        decode: { strategy: { dp: 2 } },
      },
    };
    const wholes = [whole, served, ...models.map((model) => ({ ...whole, model }))];
    const places = wholes.flatMap((from) => pathsOf(from).map((path) => ({ from, path })));
    const odd = fc.oneof(
      fc.constantFrom<unknown>(
        undefined,
        null,
        true,
        '',
        'fp8',
        'batch',
        'serving',
        'aggregated',
        { zipf: 1 },
        0,
        -0,
        1,
        1.5,
        -1,
        1e9,
        1e300,
        Infinity,
        [],
        {},
        { min: 1 },
        { weights: 'bf16' },
      ),
      fc.jsonValue({ maxDepth: 2 }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...places),
        fc.option(fc.string({ maxLength: 12 })),
        odd,
        ({ from, path }, extra, value) => {
          const copy = structuredClone(from);
          let target: unknown = copy;
          for (const key of path.slice(0, -1)) target = Reflect.get(Object(target), key);
          const key = extra ?? path.at(-1) ?? '';
          // A list's length is set by what it holds: JSON has no other.
          fc.pre(!Array.isArray(target) || key !== 'length');
          Reflect.set(Object(target), key, value);
          const json: unknown = value === Infinity ? copy : JSON.parse(JSON.stringify(copy));
          expect(explainer(json).total === 0).toBe(validator.Check(json));
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('explain a request for serving', () => {
  const explainEstimate = createExplainer(EstimateRequest);
  const { objective: _, ...setting } = Object(reference);
  /** As JSON: what is undefined is not there. */
  const faultsOfServing = (workload: object, strategy: object = {}) =>
    explainEstimate(JSON.parse(JSON.stringify({ ...setting, workload: { ...serving, ...workload }, strategy }))).faults;

  it.each([
    [{ inputTokens: undefined }, '/workload/inputTokens', /^is missing: Mean tokens of a prompt/],
    [
      { batchSize: 8 },
      '/workload/batchSize',
      /"batchSize" does not go with the kind "serving"; known here: kind, inputT/,
    ],
    [{ saturated: true }, '/workload', /has "concurrency" and "saturated" at once: exactly one of/],
    [{ concurrency: undefined }, '/workload', /must have exactly one of "concurrency", "requestsPerSecond", "sat/],
    [{ concurrency: undefined, concurency: 8 }, '/workload/concurency', /did you mean "concurrency"/],
    [{ concurrency: undefined, saturated: false }, '/workload/saturated', /must be true, not false/],
    [{ lengthSpread: 1.5 }, '/workload/lengthSpread', /must be at most 1, not 1.5/],
    [{ lengthSpread: -0.1 }, '/workload/lengthSpread', /must be at least 0, not -0.1/],
    [{ lengthsSpread: 0.1 }, '/workload/lengthsSpread', /did you mean "lengthSpread"/],
    [{ prefixCacheHitRate: 1 }, '/workload/prefixCacheHitRate', /must be less than 1, not 1/],
    [{ slo: { tpotMs: 20, confidence: 0.99 } }, '/workload/slo/confidence', /must be at most 0.95, not 0.99/],
    [{ confidence: 0.9 }, '/workload/confidence', /belongs in \/workload\/slo/],
    [{ slo: { tpot: 20 } }, '/workload/slo/tpot', /did you mean "tpotMs"/],
    [{ ttftMs: 20 }, '/workload/ttftMs', /belongs in \/workload\/slo/],
    [{ routing: 'zipf' }, '/workload/routing', /not one of the words/],
    [{ routing: { zip: 1 } }, '/workload/routing/zip', /did you mean "zipf"/],
    [{ kind: 'servng' }, '/workload/kind', /did you mean "serving"/],
    [{ requestsPerSecond: 0, concurrency: undefined }, '/workload/requestsPerSecond', /at least 0.001/],
  ])('%j', (workload, pointer, detail) => {
    const faults = faultsOfServing(workload);
    expect(faults).toEqual([expect.objectContaining({ pointer, detail: expect.stringMatching(detail) })]);
  });

  it.each([
    [{ tpp: 2 }, '/strategy/tpp', /did you mean "tp"/],
    [
      { mode: 'disagregated', prefill: { strategy: {} }, decode: { strategy: {} } },
      '/strategy/mode',
      /"disaggregated"\?/,
    ],
    [{ mode: 'disaggregated', prefill: { strategy: {} } }, '/strategy/decode', /is missing: Workers that write/],
    [{ prefill: { strategy: {} }, decode: { strategy: {} } }, '/strategy/mode', /is missing: Prompts and answers/],
    [
      { mode: 'disaggregated', prefill: { strategy: {} }, decode: { strategy: {} }, tp: 2 },
      '/strategy/tp',
      /"tp" does not go with the mode "disaggregated"; known here: mode, prefill, decode/,
    ],
    [{ mode: 'aggregated', prefill: {} }, '/strategy/prefill', /does not go with the mode "aggregated"/],
    [
      { mode: 'disaggregated', prefill: { strategy: { replicas: 2 } }, decode: { strategy: {} } },
      '/strategy/prefill/strategy/replicas',
      /belongs in \/strategy, not in/,
    ],
  ])('%j', (strategy, pointer, detail) => {
    expect(faultsOfServing({}, strategy)).toEqual([
      expect.objectContaining({ pointer, detail: expect.stringMatching(detail) }),
    ]);
  });
});

function pathsOf(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[key], ...pathsOf(inner).map((rest) => [key, ...rest])]);
}

describe('nearest', () => {
  const keys = ['layers', 'hiddenSize', 'heads', 'kvHeads', 'headDim', 'memoryGiB', 'experts'];
  it.each([
    ['hidden_size', 'hiddenSize'],
    ['hiddenSise', 'hiddenSize'],
    ['hidenSize', 'hiddenSize'],
    ['memoryGB', 'memoryGiB'],
    ['num_layers', 'layers'],
    ['num_experts', 'experts'],
    ['KVHEADS', 'kvHeads'],
    ['zebra', undefined],
    ['', undefined],
    ['___', undefined],
  ])('%s → %s', (word, meant) => {
    expect(nearest(word, keys)).toBe(meant);
  });
});
