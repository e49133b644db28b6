import { readFileSync } from 'node:fs';
import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { exampleNames, referenceRequest, servingExampleNames } from '../../test/support/examples.ts';
import { resolveEstimateRequest, resolvePlanRequest, resolveVerificationRequest } from './resolve.ts';
import { hasDivisor } from './resolve-degrees.ts';
import type { ModelSpec } from './schemas/model-request.ts';
import { EstimateRequest, PlanRequest, VerificationRequest } from './schemas/request.ts';

const isPlan = Compile(PlanRequest);
const isEstimate = Compile(EstimateRequest);
const isVerification = Compile(VerificationRequest);

function example(name: string): PlanRequest {
  return isPlan.Parse(JSON.parse(readFileSync(`examples/${name}.json`, 'utf8')));
}
const reference = referenceRequest();

interface Change {
  readonly cluster?: object;
  readonly gpu?: object;
  readonly model?: object;
  readonly moe?: object | null;
  readonly workload?: object;
  readonly rest?: object;
}

/** The reference request with members replaced; the result is right by the schema. */
function request({ cluster, gpu, model, moe, workload, rest }: Change): PlanRequest {
  const { moe: mixture, ...others } = reference.model;
  return isPlan.Parse({
    ...reference,
    cluster: { ...reference.cluster, gpu: { ...reference.cluster.gpu, ...gpu }, ...cluster },
    model: { ...others, ...(moe !== null && { moe: { ...mixture, ...moe } }), ...model },
    workload: { ...reference.workload, ...workload },
    ...rest,
  });
}

function resolved(change: Change) {
  const result = resolvePlanRequest(request(change));
  if (result.kind === 'invalid') throw new Error(JSON.stringify(result.errors));
  return { ...result, assumed: Object.fromEntries(result.assumptions.map(({ path, value }) => [path, value])) };
}

function faults(change: Change) {
  const result = resolvePlanRequest(request(change));
  return result.kind === 'invalid' ? result.errors : [];
}

describe('the reference request', () => {
  const { problem, assumptions } = resolved({});

  it('lists every value that it leaves out, and no other', () => {
    expect(Object.fromEntries(assumptions.map(({ path, value }) => [path, value]))).toEqual({
      '/cluster/nvlinkDomainGpus': 8,
      '/cluster/gpu/peakTflops/bf16': 200,
      '/cluster/gpu/peakTflops/int8': 400,
      '/cluster/gpu/peakTflops/fp4': 400,
      '/model/vocabSize': null,
      '/model/heads': 16,
      '/model/headDim': 64,
      '/model/kvHeads': 16,
      '/model/moe/expertsPerToken': 1,
      '/model/moe/gated': false,
      '/model/moe/sharedIntermediateSize': 0,
      '/model/moe/firstDenseLayers': 0,
      '/model/precision/activations': 'fp8',
      '/model/precision/kvCache': 'fp8',
      '/constraints/memoryFreeGiB': 0,
      '/options/top': 5,
      '/options/memoryAccounting': 'physical',
    });
    for (const { why } of assumptions) expect(why).not.toBe('');
    expect(new Set(assumptions.map(({ path }) => path)).size).toBe(assumptions.length);
  });

  it('comes out in SI', () => {
    expect(problem.cluster).toMatchObject({
      nodes: 16,
      gpusPerNode: 8,
      domainGpus: 8,
      gpu: { memoryBytes: 64 * 2 ** 30, memoryBandwidth: 1.8e12, peakFlops: { fp8: 4e14, bf16: 2e14 } },
      fast: { bandwidth: 4.5e11, latency: 3e-6 },
      slow: { bandwidth: 5e10, latency: 1e-5 },
    });
    expect(problem.model.layers).toEqual([
      {
        count: 16,
        mixer: { kind: 'attention', heads: 16, kvHeads: 16, headDim: 64 },
        moe: { experts: 64, expertsPerToken: 1, intermediateSize: 2048, matrices: 2, sharedIntermediateSize: 0 },
      },
    ]);
    expect(problem.model.vocabulary).toBeUndefined();
    expect(problem.model.precision.weights).toMatchObject({ router: { dtype: 'fp8' }, norm: { dtype: 'bf16' } });
  });
});

describe('what is filled in', () => {
  it('a request that says everything assumes nothing but its number formats', () => {
    const { assumed } = resolved({
      cluster: { nvlinkDomainGpus: 8 },
      gpu: { peakTflops: { bf16: 1, fp8: 2, fp4: 4, int8: 2 } },
      model: {
        heads: 8,
        kvHeads: 2,
        headDim: 128,
        vocabSize: 1024,
        tiedEmbeddings: true,
        precision: { weights: 'int4', activations: 'bf16', kvCache: 'fp8' },
      },
      moe: { expertsPerToken: 2, gated: true, sharedIntermediateSize: 0, firstDenseLayers: 0 },
      rest: { objective: 'cost', constraints: { memoryFreeGiB: 1 }, options: { top: 0, memoryAccounting: 'physical' } },
    });
    expect(assumed).toEqual({});
  });

  it('links, names, objective', () => {
    const { assumed, problem } = resolved({
      cluster: { intraNode: undefined, interNode: undefined },
      gpu: { name: undefined },
      model: { name: undefined },
      rest: { objective: undefined },
    });
    expect(assumed).toMatchObject({
      '/cluster/intraNode/name': 'NVLink',
      '/cluster/intraNode/bandwidthGBps': 450,
      '/cluster/intraNode/latencyUs': 3,
      '/cluster/interNode/name': 'InfiniBand',
      '/cluster/interNode/bandwidthGBps': 50,
      '/cluster/interNode/latencyUs': 10,
      '/cluster/gpu/name': 'unnamed',
      '/model/name': 'unnamed',
      '/objective': 'balance',
    });
    expect(problem.cluster.slow).toEqual({ name: 'InfiniBand', bandwidth: 5e10, latency: 1e-5 });
  });

  it.each([
    [{ bf16: 1000 }, { bf16: 1000, fp8: 1000, fp4: 1000, int8: 1000 }],
    [{ fp8: 2000 }, { bf16: 1000, fp8: 2000, fp4: 2000, int8: 2000 }],
    [{ int8: 2000 }, { bf16: 1000, fp8: 2000, fp4: 2000, int8: 2000 }],
    [{ fp4: 4000 }, { bf16: 1000, fp8: 2000, fp4: 4000, int8: 2000 }],
    [
      { bf16: 990, fp8: 1980 },
      { bf16: 990, fp8: 1980, fp4: 1980, int8: 990 },
    ],
    [
      { bf16: 300, int8: 600 },
      { bf16: 300, fp8: 300, fp4: 300, int8: 600 },
    ],
  ])('rates of a GPU with %j', (given, all) => {
    const { problem, assumed } = resolved({ gpu: { peakTflops: given } });
    expect(problem.cluster.gpu.peakFlops).toEqual(
      Object.fromEntries(Object.entries(all).map(([rate, tflops]) => [rate, tflops * 1e12])),
    );
    expect(Object.keys(assumed).filter((path) => path.includes('peakTflops'))).toHaveLength(
      4 - Object.keys(given).length,
    );
  });

  it.each([
    ['bf16', 'bf16', 'bf16'],
    ['fp16', 'fp16', 'bf16'],
    ['fp8', 'fp8', 'fp8'],
    ['mxfp8', 'mxfp8', 'fp8'],
    ['fp4', 'fp4', 'fp8'],
    ['mxfp4', 'bf16', 'bf16'],
    ['int8', 'bf16', 'bf16'],
    ['int4', 'bf16', 'bf16'],
  ])('a precision of %s: activations %s, KV cache %s', (word, activations, kvCache) => {
    const gpu = { peakTflops: { bf16: 200, fp8: 400, fp4: 800 } };
    const { problem, warnings } = resolved({ gpu, model: { precision: word } });
    expect(problem.model.precision).toMatchObject({
      activations,
      kvCache,
      weights: { expert: { dtype: word }, norm: { dtype: 'bf16' } },
    });
    expect(warnings).toEqual([]);
  });

  it.each([
    [{ bf16: 200, fp8: 400 }, 'fp4', 'fp8'],
    [{ bf16: 200 }, 'fp4', 'bf16'],
    [{ bf16: 200, int8: 400 }, 'fp8', 'bf16'],
    [{ bf16: 200 }, 'mxfp8', 'bf16'],
  ])('with peaks of %j, %s is of weights alone, and the KV cache %s', (peakTflops, word, kvCache) => {
    const { problem, warnings, assumptions } = resolved({ gpu: { peakTflops }, model: { precision: word } });
    expect(problem.model.precision).toMatchObject({
      activations: 'bf16',
      kvCache,
      weights: { expert: { dtype: word } },
    });
    expect(warnings).toEqual([expect.stringContaining(`has no units for ${word}`)]);
    expect(assumptions).toContainEqual(
      expect.objectContaining({ path: '/model/precision/activations', value: 'bf16' }),
    );
    // Who says what products read gets it.
    const said = resolved({ gpu: { peakTflops }, model: { precision: { weights: word, activations: word } } });
    expect(said.problem.model.precision.activations).toBe(word);
    expect(said.warnings).toEqual([]);
  });

  it('reads the precision that a checkpoint’s name says, unless the request says another', () => {
    const of = (model: unknown) => {
      const asked = isPlan.Parse({ ...reference, cluster: { nodes: 1, gpusPerNode: 8, gpu: 'h200' }, model });
      const result = resolvePlanRequest(asked);
      if (result.kind === 'invalid') throw new Error(JSON.stringify(result.errors));
      return result;
    };
    const named = of('meta-llama/Llama-3.3-70B-Instruct-FP8');
    expect(named.problem.model.precision).toMatchObject({ weights: { dense: { dtype: 'fp8' } }, activations: 'fp8' });
    expect(named.assumptions).toContainEqual(expect.objectContaining({ path: '/model/precision', value: 'fp8' }));
    const said = of({ catalog: 'meta-llama/Llama-3.3-70B-Instruct-FP8', precision: 'bf16' });
    expect(said.problem.model.precision.weights.dense.dtype).toBe('bf16');
    expect(of('llama-3.3-70b').problem.model.precision.weights.dense.dtype).toBe('bf16');
  });

  it.each([
    ['a100-sxm', 'deepseek-v3', 'fp8'],
    ['h100-sxm', { catalog: 'deepseek-v3', precision: 'fp4' }, 'fp4'],
    ['mi300x', { catalog: 'llama-3.1-70b', precision: 'fp4' }, 'fp4'],
  ])('%s multiplies no weights of %j', (gpu, model, dtype) => {
    const asked = isPlan.Parse({ ...reference, cluster: { nodes: 4, gpusPerNode: 8, gpu }, model });
    const result = resolvePlanRequest(asked);
    expect(result).toMatchObject({
      kind: 'resolved',
      problem: { model: { precision: { activations: 'bf16', weights: { dense: { dtype } } } } },
      warnings: expect.arrayContaining([expect.stringContaining(`has no units for ${dtype}`)]),
    });
  });

  it('embedding and LM head are bf16 whatever the word', () => {
    const { problem } = resolved({ model: { vocabSize: 1024, precision: 'fp4' } });
    expect(problem.model.precision.weights).toMatchObject({
      embedding: { dtype: 'bf16' },
      head: { dtype: 'bf16' },
      router: { dtype: 'fp4', block: 16 },
    });
  });

  it.each([
    [768, 12, 64],
    [96, 1, 96],
    [32, 1, 32],
    [120, 1, 120],
  ])('heads of a hidden size of %i', (hiddenSize, heads, headDim) => {
    expect(resolved({ model: { hiddenSize } }).problem.model.layers[0]?.mixer).toMatchObject({
      heads,
      headDim,
      kvHeads: heads,
    });
  });

  it('a dense model has an FFN of 4 × hiddenSize', () => {
    const { problem, assumed } = resolved({ moe: null });
    expect(problem.model.layers).toEqual([
      { count: 16, mixer: expect.anything(), dense: { intermediateSize: 4096, matrices: 2 } },
    ]);
    expect(assumed).toMatchObject({ '/model/intermediateSize': 4096, '/model/gated': false });
  });

  it('leading dense layers come first', () => {
    const { problem } = resolved({ moe: { firstDenseLayers: 3 }, model: { intermediateSize: 512, gated: true } });
    expect(problem.model.layers).toMatchObject([
      { count: 3, dense: { intermediateSize: 512, matrices: 3 } },
      { count: 13, moe: { matrices: 2 } },
    ]);
  });

  it('says when a key has no effect', () => {
    const { warnings } = resolved({ model: { intermediateSize: 512 } });
    expect(warnings).toEqual([expect.stringMatching(/^model.intermediateSize has no effect/)]);
  });

  it('a domain larger than the cluster is the whole cluster', () => {
    const { problem, assumed } = resolved({ cluster: { nodes: 16, gpusPerNode: 4, nvlinkDomainGpus: 72 } });
    expect(problem.cluster.domainGpus).toBe(64);
    expect(assumed['/cluster/nvlinkDomainGpus']).toBe(64);
  });

  it('bounds become ranges', () => {
    const { problem } = resolved({
      rest: { constraints: { pp: 1, tp: { max: 8 }, ep: { min: 4 }, gpus: { min: 2, max: 64 }, memoryFreeGiB: 2 } },
    });
    expect(problem.constraints).toEqual({
      degrees: { pp: { min: 1, max: 1 }, tp: { min: 1, max: 8 }, ep: { min: 4, max: 2 ** 20 } },
      gpus: { min: 2, max: 64 },
      memoryFree: 2 * 2 ** 30,
    });
  });
});

const dense: Change = { moe: null };
const mla = { kvRank: 512, nopeDim: 128, ropeDim: 64, valueDim: 128 };

describe('contradictions', () => {
  it.each<[string, Change, string, RegExp]>([
    ['top-k above experts', { moe: { expertsPerToken: 65 } }, '/model/moe/expertsPerToken', /65 of 64/],
    ['heads no multiple of kvHeads', { model: { heads: 16, kvHeads: 3 } }, '/model/kvHeads', /multiple/],
    ['more kvHeads than heads', { model: { heads: 8, kvHeads: 16 } }, '/model/kvHeads', /multiple/],
    ['heads that do not divide hiddenSize', { model: { heads: 7 } }, '/model/heads', /give headDim/],
    ['a hidden size without usual heads', { model: { hiddenSize: 101 } }, '/model/heads', /is needed/],
    ['headDim that does not divide hiddenSize', { model: { headDim: 100 } }, '/model/heads', /is needed/],
    ['mla without heads', { model: { mla } }, '/model/heads', /is needed/],
    ['mla with kvHeads', { model: { mla, heads: 16, kvHeads: 16 } }, '/model/kvHeads', /mla/],
    ['mla with headDim', { model: { mla, heads: 16, headDim: 64 } }, '/model/headDim', /mla/],
    ['tied without vocabulary', { model: { tiedEmbeddings: true } }, '/model/tiedEmbeddings', /vocabSize/],
    ['no layer with experts', { moe: { firstDenseLayers: 16 } }, '/model/moe/firstDenseLayers', /none with experts/],
    ['dense layers beyond all', { moe: { firstDenseLayers: 17 } }, '/model/moe/firstDenseLayers', /17 of 16/],
    ['too many GPUs', { cluster: { nodes: 2 ** 20, gpusPerNode: 2 } }, '/cluster/nodes', /2097152 GPUs/],
    ['an odd domain', { cluster: { nvlinkDomainGpus: 12 } }, '/cluster/nvlinkDomainGpus', /neither whole nodes/],
    [
      'parameters beyond counting',
      { model: { layers: 10000, hiddenSize: 1e6 }, moe: { experts: 65536, intermediateSize: 1e7 } },
      '/model',
      /parameters/,
    ],
    ['tokens beyond counting', { workload: { batchSize: 1e8, sequenceLength: 1e8 } }, '/workload', /counted exactly/],
    [
      'min above max',
      { rest: { constraints: { tp: { min: 4, max: 2 } } } },
      '/constraints/tp',
      /min 4 is more than max 2/,
    ],
    [
      'a pinned tp of 2 with 7 heads',
      { model: { heads: 7, headDim: 64 }, rest: { constraints: { tp: 2 } } },
      '/constraints/tp',
      /2 does not divide the 7 heads/,
    ],
    [
      'bounds without a divisor',
      { rest: { constraints: { tp: { min: 5, max: 7 } } } },
      '/constraints/tp',
      /no tp from 5 to 7/,
    ],
    [
      'a pinned tp against KV heads',
      { model: { heads: 12, kvHeads: 6, headDim: 64 }, rest: { constraints: { tp: 4 } } },
      '/constraints/tp',
      /key-value/,
    ],
    [
      'a pinned tp against the FFN',
      { ...dense, model: { intermediateSize: 1001 }, rest: { constraints: { tp: 2 } } },
      '/constraints/tp',
      /1001/,
    ],
    [
      'a pinned tp against the vocabulary',
      { model: { vocabSize: 1001 }, rest: { constraints: { tp: 2 } } },
      '/constraints/tp',
      /vocabSize/,
    ],
    [
      'a pinned cp against the sequence',
      { workload: { sequenceLength: 1022 }, rest: { constraints: { cp: 2 } } },
      '/constraints/cp',
      /chunks/,
    ],
    [
      'a pinned dp above the batch',
      { workload: { batchSize: 8 }, rest: { constraints: { dp: 16 } } },
      '/constraints/dp',
      /more than the 8/,
    ],
    [
      'a pinned pp above the layers',
      { rest: { constraints: { pp: 17 } } },
      '/constraints/pp',
      /more than the model’s 16/,
    ],
    [
      'a pinned ep that does not divide',
      { rest: { constraints: { ep: 6 } } },
      '/constraints/ep',
      /6 does not divide the 64 experts/,
    ],
    ['a pinned etp that does not divide', { rest: { constraints: { etp: 3 } } }, '/constraints/etp', /2048/],
    ['ep of a dense model', { ...dense, rest: { constraints: { ep: 2 } } }, '/constraints/ep', /no experts/],
    ['etp of a dense model', { ...dense, rest: { constraints: { etp: 2 } } }, '/constraints/etp', /no experts/],
    ['replicas of a batch', { rest: { constraints: { replicas: 2 } } }, '/constraints/replicas', /split over dp/],
    ['degrees beyond the cluster', { rest: { constraints: { tp: 16, dp: 16 } } }, '/constraints', /256 GPUs.* 128/],
    [
      'degrees that do not fold',
      { rest: { constraints: { tp: 2, cp: 1, dp: 1, ep: 4 } } },
      '/constraints/ep',
      /no multiple/,
    ],
    ['GPUs beyond the cluster', { rest: { constraints: { gpus: 256 } } }, '/constraints/gpus', /the cluster has 128/],
    [
      'degrees beyond the GPUs allowed',
      { rest: { constraints: { tp: 16, gpus: { max: 8 } } } },
      '/constraints/gpus',
      /need 16/,
    ],
    [
      'degrees below the GPUs demanded',
      { rest: { constraints: { tp: 2, cp: 1, dp: 2, pp: 1, gpus: { min: 8 } } } },
      '/constraints/gpus',
      /at most 4/,
    ],
    [
      'memory kept free that there is not',
      { rest: { constraints: { memoryFreeGiB: 64 } } },
      '/constraints/memoryFreeGiB',
      /64 GiB/,
    ],
    [
      'published words for a dense model',
      { ...dense, rest: { options: { memoryAccounting: 'published-summary' } } },
      '/options/memoryAccounting',
      /without experts/,
    ],
  ])('%s', (_, change, pointer, detail) => {
    expect(faults(change)).toEqual([expect.objectContaining({ pointer, detail: expect.stringMatching(detail) })]);
  });

  it('come all at once', () => {
    const all = faults({
      moe: { expertsPerToken: 65 },
      model: { heads: 16, kvHeads: 3 },
      rest: { constraints: { pp: 17, ep: 6 } },
    });
    expect(all.map(({ pointer }) => pointer)).toEqual([
      '/model/kvHeads',
      '/model/moe/expertsPerToken',
      '/constraints/pp',
      '/constraints/ep',
    ]);
  });
});

describe('a strategy', () => {
  const { objective: _, ...base } = reference;
  const estimate = (strategy: object, others: object = {}) =>
    resolveEstimateRequest(isEstimate.Parse({ ...base, ...others, strategy }));

  it('takes 1 for absent degrees and shards experts as attention', () => {
    const result = estimate({ ep: 64, tp: 2, dp: 64 });
    expect(result).toMatchObject({ strategy: { tp: 2, cp: 1, dp: 64, pp: 1, ep: 64, etp: 2, replicas: 1 } });
    if (result.kind === 'invalid') throw new Error('invalid');
    expect(result.assumptions.filter(({ path }) => path.startsWith('/strategy')).map(({ path }) => path)).toEqual([
      '/strategy/cp',
      '/strategy/pp',
      '/strategy/etp',
      '/strategy/replicas',
    ]);
  });

  it.each([
    [{ tp: 4, dp: 2, ep: 4 }, 2],
    [{ tp: 4, dp: 8, ep: 2 }, 4],
    [{ tp: 2 }, 2],
  ])('%j has etp %i', (strategy, etp) => {
    expect(estimate(strategy)).toMatchObject({ strategy: { etp } });
  });

  it('has etp 1 on a dense model', () => {
    const model: Static<typeof ModelSpec> = { layers: 4, hiddenSize: 1024, precision: 'bf16' };
    expect(estimate({ tp: 4 }, { model })).toMatchObject({ strategy: { tp: 4, etp: 1 } });
  });

  it.each<[object, string, RegExp]>([
    [{ tp: 3 }, '/strategy/tp', /does not divide the 16 heads/],
    [{ tp: 16, dp: 16 }, '/strategy', /256 GPUs/],
    [{ ep: 4 }, '/strategy/ep', /no multiple/],
    [{ replicas: 2 }, '/strategy/replicas', /split over dp/],
    [{ dp: 64, microBatchSize: 3 }, '/strategy/microBatchSize', /2 sequences/],
  ])('%j is a contradiction', (strategy, pointer, detail) => {
    expect(estimate(strategy)).toMatchObject({
      kind: 'invalid',
      errors: expect.arrayContaining([{ pointer, detail: expect.stringMatching(detail) }]),
    });
  });

  it('cannot be verified against the words of the published table', () => {
    const request = isVerification.Parse({
      ...base,
      strategy: {},
      claims: { memory: { accounting: 'published-summary' } },
    });
    expect(resolveVerificationRequest(request)).toMatchObject({ errors: [{ pointer: '/claims/memory/accounting' }] });
  });
});

describe('the examples', () => {
  it.each([...exampleNames, ...servingExampleNames])('%s resolves', (name) => {
    expect(resolvePlanRequest(example(name)).kind).toBe('resolved');
  });
});

describe('hasDivisor', () => {
  it.each([
    [12, 5, 6, true],
    [12, 7, 11, false],
    [7, 2, 2, false],
    [7, 7, 7, true],
    [1, 2, 9, false],
    [0.5, 1, 9, false],
  ])('%d within %d to %d: %s', (total, min, max, expected) => {
    expect(hasDivisor(total, { min, max })).toBe(expected);
  });
});
