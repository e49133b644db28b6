/** Requests whose reports differ most from one another, each planned in a few seconds at most. */
import type { PlanRequest } from '../../src/http/schemas/request.ts';
import { exampleRequest } from './examples.ts';

const h200s = (nodes: number) => ({ nodes, gpusPerNode: 8, gpu: 'h200-sxm' });

export const reportRequests = {
  reference: exampleRequest('reference'),
  'one node of a dense model': exampleRequest('serving-llama-70b'),
  'disaggregated on 256 GPUs': {
    cluster: h200s(32),
    model: 'deepseek-v3',
    engine: 'sglang',
    workload: {
      kind: 'serving',
      inputTokens: 4000,
      outputTokens: 1000,
      concurrency: 4096,
      slo: { ttftMs: 4000, tpotMs: 50 },
    },
    objective: 'throughput',
    options: { modes: ['disaggregated'] },
    constraints: { tp: 1, pp: 1 },
  },
  infeasible: {
    cluster: { nodes: 1, gpusPerNode: 8, gpu: 'h100-sxm' },
    model: 'deepseek-v3',
    workload: { kind: 'batch', batchSize: 64, sequenceLength: 4096 },
  },
  '16,384 GPUs': {
    cluster: h200s(2048),
    model: 'deepseek-v3',
    workload: { kind: 'batch', batchSize: 65536, sequenceLength: 4096 },
    objective: 'throughput',
    constraints: { pp: 8, tp: 1, cp: 1 },
  },
} as const satisfies Record<string, PlanRequest>;

export type ReportName = keyof typeof reportRequests;
