/** Requests of the benchmarks. Each call of a maker gives a request that was not given before. */
import type { Request } from './load.ts';

const plan = (body: object): Request => ({ path: '/plans', body: JSON.stringify(body) });

/** Some 10 ms of a planning thread: a dense model on one node. */
const smallProblem = (number: number) => ({
  cluster: { gpu: 'h100-sxm', nodes: 1, gpusPerNode: 8 },
  model: 'llama-3.1-8b',
  workload: { kind: 'batch', batchSize: 8 + (number % 64), sequenceLength: 512 + Math.floor(number / 64) },
});

/** Some 3 ms, and as much again to write and read launch files: two layers on one GPU, which leaves one strategy. */
const cheapestProblem = (number: number) => ({
  cluster: { gpu: 'h100-sxm', nodes: 1, gpusPerNode: 1 },
  model: { name: 'small', layers: 2, hiddenSize: 1024, heads: 8, intermediateSize: 2048, precision: 'bf16' },
  ...(number % 2 === 0
    ? { workload: { kind: 'batch', batchSize: 1 + (number % 32), sequenceLength: 128 + Math.floor(number / 32) } }
    : {
        engine: 'vllm',
        workload: {
          kind: 'serving',
          inputTokens: 128 + Math.floor(number / 32),
          outputTokens: 64 + (number % 32),
          staticBatch: 1,
        },
      }),
});

export function createBodies() {
  let count = 0;
  const number = () => {
    count += 1;
    return count;
  };

  return {
    coldPlan: () => plan(smallProblem(number())),

    cheapest: () => plan(cheapestProblem(number())),

    /** Other bytes of one request: a body that is not known, of a plan that is. */
    rewritten: (body: string): Request => ({
      path: '/plans',
      body: `${body}\n${' '.repeat(number() % 997)}\t${spaced(number())}`,
    }),

    /** 422 before any thread is asked: 7 heads cannot be split in two. */
    contradictory: () =>
      plan({
        cluster: { gpu: 'h100-sxm', nodes: 1, gpusPerNode: 8 },
        model: { name: `m${number()}`, layers: 8, hiddenSize: 896, heads: 7, precision: 'bf16' },
        workload: { kind: 'batch', batchSize: 8, sequenceLength: 512 },
        constraints: { tp: 2 },
      }),

    /** 400: a key that is not known. */
    invalid: () => plan({ ...smallProblem(1), [`unknown${number()}`]: 1 }),

    /** Costed on a planning thread, without a search. */
    estimate: (): Request => ({
      path: '/estimates',
      body: JSON.stringify({ ...smallProblem(number()), strategy: { tp: 8 } }),
    }),

    /** No GPU holds it: 200 with what comes nearest. */
    infeasible: () =>
      plan({
        cluster: { gpu: 'h100-sxm', nodes: 1, gpusPerNode: 1 },
        model: 'deepseek-v3',
        workload: { kind: 'batch', batchSize: 1, sequenceLength: 512 + number() },
      }),
  };
}

/** A number as white space, which JSON may end with: 0 is a blank, 1 a tab. */
function spaced(number: number): string {
  return number.toString(2).replaceAll('0', ' ').replaceAll('1', '\t');
}

export type Bodies = ReturnType<typeof createBodies>;
