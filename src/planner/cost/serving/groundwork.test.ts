import { describe, expect, it } from 'vitest';
import { servingProblem } from '../../../../test/support/serving-problems.ts';
import { type Groundwork, groundworkOf } from './groundwork.ts';

const problem = servingProblem({ model: 'deepseek-v3', gpu: 'h200-sxm', nodes: 1 });
const { cluster, engine, workload } = problem;
const known = groundworkOf(problem, 0);

describe('groundwork of another setting', () => {
  const taken = (other: Groundwork) =>
    (['layers', 'places', 'memories', 'kernels'] as const).filter((part) => other[part] === known[part]);

  it.each([
    ['the same', problem, 0, ['layers', 'places', 'memories', 'kernels']],
    [
      'a longer step',
      { ...problem, engine: { ...engine, times: { ...engine.times, stepOverhead: 1 } } },
      0,
      ['layers', 'places', 'memories', 'kernels'],
    ],
    ['longer answers', { ...problem, workload: { ...workload, outputTokens: 7 } }, 0, ['layers', 'places', 'kernels']],
    [
      'a slower link',
      { ...problem, cluster: { ...cluster, slow: { ...cluster.slow, bandwidth: 1 } } },
      0,
      ['layers', 'places', 'memories'],
    ],
    ['more memory to keep free', problem, 1, ['layers', 'places', 'kernels']],
    ['larger steps', { ...problem, engine: { ...engine, batchTokens: 64 } }, 0, ['layers', 'places', 'kernels']],
    ['domains of half a node', { ...problem, cluster: { ...cluster, domainGpus: 4 } }, 0, ['layers', 'memories']],
    ['guesses', { ...problem, workload: { ...workload, speculation: { tokens: 1, acceptance: 0.5 } } }, 0, ['places']],
    ['another model', { ...problem, model: { ...problem.model } }, 0, ['places']],
  ] as const)('takes what holds: %s', (_, setting, memoryFree, parts) => {
    expect(taken(groundworkOf(setting, memoryFree, known))).toEqual(parts);
  });
});
