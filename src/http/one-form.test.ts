import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical.ts';
import { inOneForm } from './one-form.ts';
import { PlanRequest } from './schemas/request.ts';

const request = Compile(PlanRequest);
const workload = { kind: 'serving', inputTokens: 1000, outputTokens: 100, saturated: true };
const served = {
  cluster: { nodes: 1, gpusPerNode: 8, gpu: 'h100-sxm' },
  model: 'llama-3.1-8b',
  workload,
  engine: 'vllm',
};
const formOf = (change: object): string => canonicalJson(inOneForm(request.Parse({ ...served, ...change })));

describe('the one form of a question', () => {
  it.each([
    ['an empty slo', { workload: { ...workload, slo: {} } }],
    ['empty settings, constraints and options', { engineSettings: {}, constraints: {}, options: {} }],
    ['names in another case', { model: { catalog: 'LLAMA-3.1-8B' }, cluster: { ...served.cluster, gpu: 'H100-SXM' } }],
  ])('%s is the same question', (_, change) => {
    expect(formOf(change)).toBe(formOf({}));
  });

  it('modes are a set', () => {
    const both = formOf({ options: { modes: ['aggregated', 'disaggregated'] } });
    expect(formOf({ options: { modes: ['disaggregated', 'aggregated'] } })).toBe(both);
    expect(formOf({ options: { modes: ['aggregated', 'aggregated'] } })).toBe(
      formOf({ options: { modes: ['aggregated'] } }),
    );
    expect(formOf({ options: { modes: ['aggregated'] } })).not.toBe(both);
  });

  it.each([
    ['another load', { workload: { ...workload, saturated: undefined, concurrency: 8 } }],
    ['a bound', { workload: { ...workload, slo: { tpotMs: 20 } } }],
    ['another engine', { engine: 'sglang' }],
    ['a setting', { engineSettings: { memoryFraction: 0.8 } }],
    ['skew', { workload: { ...workload, routing: { zipf: 1 } } }],
  ])('%s is another question', (_, change) => {
    expect(formOf(JSON.parse(JSON.stringify(change)))).not.toBe(formOf({}));
  });
});
