/** Problems on which the search by bounds once turned away what the plain one finds: each is the least of its cause. */
import { engines } from '../../src/catalog/engines.ts';
import type { Model } from '../../src/planner/model.ts';
import type { ServingProblem } from '../../src/planner/serving-result.ts';
import { usualLengthSpread } from '../../src/planner/workload.ts';
import { referenceCluster, uniformPrecision } from './problems.ts';

const latent = { kind: 'mla', heads: 8, queryRank: 96, kvRank: 64, nopeDim: 32, ropeDim: 16, valueDim: 32 } as const;
const grouped = { kind: 'attention', heads: 6, kvHeads: 2, headDim: 64 } as const;
const ofSix = { experts: 6, expertsPerToken: 1, intermediateSize: 384 } as const;
const small = { batchTokens: 512, maxSequences: 5 } as const;

/** Four GPUs of so many bytes, prompts of 16 full passes and 8 tokens of answer. */
function problem(
  { memoryBytes, fast }: { readonly memoryBytes: number; readonly fast: number },
  {
    model,
    slo,
    ...more
  }: Pick<ServingProblem, 'engine' | 'modes' | 'objective'> &
    Pick<ServingProblem['workload'], 'load' | 'slo'> & {
      readonly model: Model;
      readonly tp: number;
      readonly gpus: number;
    },
): ServingProblem {
  const { load, tp, gpus, engine, modes, objective } = more;
  return {
    cluster: {
      ...referenceCluster,
      nodes: 1,
      gpusPerNode: 4,
      domainGpus: 4,
      gpu: { ...referenceCluster.gpu, memoryBytes },
      fast: { ...referenceCluster.fast, bandwidth: fast },
    },
    model,
    engine: { ...engine, ...small },
    workload: {
      kind: 'serving',
      inputTokens: 8192,
      outputTokens: 8,
      lengthSpread: usualLengthSpread,
      load,
      slo,
      prefixCacheHitRate: 0,
      routing: { kind: 'uniform' },
    },
    objective,
    constraints: { degrees: { tp: { min: 1, max: tp } }, memoryFree: 0, gpus: { min: 1, max: gpus } },
    modes,
    top: 4,
  };
}

/** Three GPUs, ten clients with prompts of four passes and 20 tokens of answer. */
function shortAnswers(): ServingProblem {
  const moe = {
    experts: 4,
    expertsPerToken: 1,
    intermediateSize: 384,
    matrices: 3,
    sharedIntermediateSize: 0,
  } as const;
  const { cluster, workload, ...rest } = problem(
    { memoryBytes: 64 * 2 ** 30, fast: 30e9 },
    {
      model: {
        name: 'a layer of each',
        hiddenSize: 768,
        layers: [
          { count: 1, mixer: grouped, dense: { intermediateSize: 768, matrices: 3 } },
          { count: 1, mixer: grouped, moe },
        ],
        precision: uniformPrecision('fp8'),
        vocabulary: { size: 1000, tied: true },
      },
      engine: engines.vllm,
      load: { kind: 'concurrency', concurrency: 10 },
      slo: { ttft: 0.1, tpot: 0.02 },
      objective: 'balance',
      modes: ['aggregated', 'disaggregated'],
      tp: 1,
      gpus: 3,
    },
  );
  return {
    ...rest,
    cluster: { ...cluster, gpusPerNode: 3, domainGpus: 3 },
    workload: { ...workload, inputTokens: 2000, outputTokens: 20, routing: { kind: 'zipf', exponent: 0.8 } },
    top: 1,
  };
}

export const disagreements: readonly (readonly [cause: string, ServingProblem])[] = [
  [
    'an open loop that read prompts faster than its steps have room for',
    problem(
      { memoryBytes: 8 * 2 ** 30, fast: 30e9 },
      {
        model: {
          name: 'latent experts',
          hiddenSize: 768,
          layers: [{ count: 4, mixer: latent, moe: { ...ofSix, matrices: 3, sharedIntermediateSize: 384 } }],
          precision: uniformPrecision('fp8'),
          vocabulary: { size: 960, tied: false },
        },
        engine: engines.generic,
        load: { kind: 'rate', requestsPerSecond: 20 },
        slo: { tpot: 0.1 },
        objective: 'throughput',
        modes: ['aggregated'],
        tp: 1,
        gpus: 1,
      },
    ),
  ],
  [
    'halves that TTFT holds to fewer sequences than memory: they take fewer bytes',
    problem(
      { memoryBytes: 3 * 2 ** 30, fast: 450e9 },
      {
        model: {
          name: 'experts',
          hiddenSize: 768,
          layers: [
            {
              count: 1,
              mixer: { kind: 'attention', heads: 4, kvHeads: 4, headDim: 64 },
              moe: { ...ofSix, matrices: 2, sharedIntermediateSize: 384 },
            },
          ],
          precision: uniformPrecision('bf16'),
          vocabulary: { size: 960, tied: false },
        },
        engine: engines.sglang,
        load: { kind: 'saturated' },
        slo: { ttft: 0.1, tpot: 0.002 },
        objective: 'balance',
        modes: ['disaggregated'],
        tp: 2,
        gpus: 4,
      },
    ),
  ],
  [
    'the same with layers of latent attention, in numbers of workers that differ',
    problem(
      { memoryBytes: 3 * 2 ** 30, fast: 30e9 },
      {
        model: {
          name: 'latent, dense and experts',
          hiddenSize: 768,
          layers: [
            { count: 2, mixer: latent, dense: { intermediateSize: 768, matrices: 3 } },
            { count: 1, mixer: latent, moe: { ...ofSix, matrices: 3, sharedIntermediateSize: 0 } },
          ],
          precision: uniformPrecision('fp8'),
        },
        engine: engines['tensorrt-llm'],
        load: { kind: 'saturated' },
        slo: { ttft: 0.1, tpot: 0.004 },
        objective: 'balance',
        modes: ['disaggregated'],
        tp: 1,
        gpus: 4,
      },
    ),
  ],
  ['a first token that comes soonest with a few of many slots', shortAnswers()],
];
