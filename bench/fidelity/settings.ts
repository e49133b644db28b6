/** A request as the planner takes it: resolved once, so that a fit can cost it a thousand times. */
import { engines } from '../../src/catalog/engines.ts';
import { resolveCluster } from '../../src/http/resolve-cluster.ts';
import { createFindings } from '../../src/http/resolve-findings.ts';
import { resolveModel } from '../../src/http/resolve-model.ts';
import { fewestRedundant } from '../../src/http/resolve-serving-strategy.ts';
import { unitsOf } from '../../src/http/resolve-units.ts';
import type { Cluster } from '../../src/planner/cluster.ts';
import { type Model, mixtureOf } from '../../src/planner/model.ts';
import type { ServingStrategyRequest, WorkerRequest } from '../../src/planner/serving.ts';
import type { ServingSetting } from '../../src/planner/serving-result.ts';
import { type ServingLoad, usualLengthSpread } from '../../src/planner/workload.ts';
import type { EstimateBody, WorkerDegrees } from './rows.ts';

export interface Case {
  readonly setting: ServingSetting;
  readonly strategy: ServingStrategyRequest;
}

export type Resolver = (body: EstimateBody) => Case | { readonly why: string };

/** Models and clusters are resolved once each: rows share few. */
export function createResolver(): Resolver {
  const models = memo(({ model, gpu }: Pick<EstimateBody, 'model'> & Pick<EstimateBody['cluster'], 'gpu'>) => {
    const findings = createFindings();
    return resolveModel(model, findings, unitsOf(gpu)) ?? faultText(findings.faults);
  });
  const clusters = memo((body: EstimateBody['cluster']) => {
    const findings = createFindings();
    const cluster = resolveCluster(body, findings);
    return cluster && findings.faults.length === 0 ? cluster : faultText(findings.faults);
  });
  return (body) => {
    const model: Model | string = models({ model: body.model, gpu: body.cluster.gpu });
    const cluster: Cluster | string = clusters(body.cluster);
    if (typeof model === 'string') return { why: model };
    if (typeof cluster === 'string') return { why: cluster };
    const { inputTokens, outputTokens, concurrency, lengthSpread } = body.workload;
    const engine = engines[body.engine ?? 'generic'];
    const fraction = body.engineSettings?.memoryFraction;
    return {
      setting: {
        cluster,
        model,
        workload: {
          kind: 'serving',
          inputTokens,
          outputTokens,
          lengthSpread: lengthSpread ?? (concurrency === undefined ? 0 : usualLengthSpread),
          load: loadOf(body.workload),
          slo: {},
          prefixCacheHitRate: 0,
          routing: { kind: mixtureOf(model) ? 'usual' : 'uniform' },
        },
        engine: fraction === undefined ? engine : { ...engine, memory: { ...engine.memory, fraction } },
      },
      strategy: strategyOf(body.strategy, model),
    };
  };
}

function loadOf({ concurrency, requestsPerSecond, staticBatch }: EstimateBody['workload']): ServingLoad {
  if (concurrency !== undefined) return { kind: 'concurrency', concurrency };
  if (requestsPerSecond !== undefined) return { kind: 'rate', requestsPerSecond };
  return staticBatch === undefined ? { kind: 'saturated' } : { kind: 'static', batch: staticBatch };
}

function strategyOf(body: EstimateBody['strategy'], model: Model): ServingStrategyRequest {
  if (!('mode' in body)) return { mode: 'aggregated', ...worker(body, model) };
  const side = ({ workers, strategy }: typeof body.prefill) => worker({ ...strategy, replicas: workers }, model);
  return { mode: 'disaggregated', prefill: side(body.prefill), decode: side(body.decode) };
}

/** What is absent is 1, but for etp: the experts of a stage are shared by all of its GPUs. */
function worker({ tp = 1, pp = 1, dp = 1, ep = 1, etp, replicas = 1 }: WorkerDegrees, model: Model): WorkerRequest {
  const mixture = mixtureOf(model);
  const share = mixture ? (tp * dp) / ep : 1;
  return {
    tp,
    cp: 1,
    dp,
    pp,
    ep,
    etp: etp ?? share,
    replicas,
    redundantExperts: mixture ? fewestRedundant(mixture.experts, ep) : 0,
  };
}

const faultText = (faults: readonly { readonly detail: string }[]): string =>
  faults.map(({ detail }) => detail).join('; ') || 'not resolved';

function memo<K, V>(make: (key: K) => V): (key: K) => V {
  const known = new Map<string, { readonly value: V }>();
  return (key) => {
    const text = JSON.stringify(key);
    const entry = known.get(text) ?? { value: make(key) };
    known.set(text, entry);
    return entry.value;
  };
}
