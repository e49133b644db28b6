/** Problems of serving in the planner's own nouns, by the catalog's names. */
import { engines } from '../../src/catalog/engines.ts';
import { resolveCluster } from '../../src/http/resolve-cluster.ts';
import { createFindings } from '../../src/http/resolve-findings.ts';
import { resolveModel } from '../../src/http/resolve-model.ts';
import type { EngineName } from '../../src/planner/engine.ts';
import type { ServingProblem } from '../../src/planner/serving-result.ts';
import { type ServingWorkload, usualLengthSpread } from '../../src/planner/workload.ts';

export interface ServingQuestion {
  readonly model: string;
  readonly gpu: string;
  readonly nodes: number;
  readonly precision?: 'bf16' | 'fp8';
  readonly engine?: EngineName | 'generic';
  readonly workload?: Partial<ServingWorkload>;
  readonly more?: Partial<ServingProblem>;
}

/** Nodes of eight GPUs. */
export function servingProblem(question: ServingQuestion): ServingProblem {
  const { model: name, gpu, nodes, precision, engine = 'vllm', workload, more } = question;
  const findings = createFindings();
  const model = resolveModel(precision ? { catalog: name, precision } : name, findings);
  const cluster = resolveCluster({ gpu, nodes, gpusPerNode: 8 }, findings);
  if (!model || !cluster) throw new Error(JSON.stringify(findings.faults));
  return {
    model,
    cluster,
    engine: engines[engine],
    workload: {
      kind: 'serving',
      inputTokens: 4000,
      outputTokens: 500,
      lengthSpread: usualLengthSpread,
      load: { kind: 'saturated' },
      slo: {},
      prefixCacheHitRate: 0,
      routing: { kind: 'uniform' },
      ...workload,
    },
    objective: 'throughput',
    constraints: { degrees: {}, memoryFree: 0 },
    modes: ['aggregated', 'disaggregated'],
    top: 5,
    ...more,
  };
}
