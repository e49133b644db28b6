/**
 * A plan that was made earlier, verified again from the specification in it: `optimal_parallel_strategy.json`, or a plan as JSON.
 * Every figure of its estimate is a claim; nothing in it is taken from a search.
 */
import { type Static, Type } from 'typebox';
import { faultProblem } from '../http/problem.ts';
import { createReader } from '../http/read-request.ts';
import { resolveClaims } from '../http/resolve-claims.ts';
import { resolveServingClaims } from '../http/resolve-serving-claims.ts';
import { Modules } from '../http/schemas/answer-parts.ts';
import { Claims } from '../http/schemas/claims.ts';
import { Strategy } from '../http/schemas/estimate.ts';
import { Resolved } from '../http/schemas/resolved.ts';
import { ResolvedServing } from '../http/schemas/resolved-serving.ts';
import { ServingStrategy } from '../http/schemas/serving-strategy.ts';
import {
  type ServingStrategy as PlannedServing,
  servingGpus,
  servingName,
  strategyGpus,
  strategyName,
  type WorkerStrategy,
} from '../planner/strategy.ts';
import { verifyServing } from '../verifier/serving/verify.ts';
import { type Verification, verify } from '../verifier/verify.ts';
import { refuseExcess } from './document-bounds.ts';
import { clusterOf, engineOf, modelOf, workloadOf } from './specification.ts';

/** The rest of such a file is told, not claimed. */
const open = { additionalProperties: true } as const;

const common = { modules: Type.Optional(Modules), estimate: Type.Optional(Claims) };
const BatchDocument = Type.Object({ strategy: Strategy, specification: Resolved, ...common }, open);
const ServingDocument = Type.Object({ strategy: ServingStrategy, specification: ResolvedServing, ...common }, open);

const readBatch = createReader(BatchDocument);
const readServing = createReader(ServingDocument);

/**
 * The answer as POST /verifications would word it; undefined where the value is no such document.
 * @throws ProblemError where it is one, and not whole.
 */
export function verifyDocument(value: unknown): string | undefined {
  const document = documentOf(value);
  if (!document) return undefined;
  const serving = at(at(document.specification, 'workload'), 'kind') === 'serving';
  const read = serving ? servingVerification(readServing(document)) : batchVerification(readBatch(document));
  const { strategy, specification } = document;
  return JSON.stringify({ strategy, verification: read, warnings: [], assumptions: [], resolved: specification });
}

/** A plan has under `resolved` what the file has under `specification`. */
function documentOf(
  value: unknown,
): (object & { readonly specification: unknown; readonly strategy: unknown }) | undefined {
  if (!isObject(value)) return undefined;
  const strategy = at(value, 'strategy');
  if (at(value, 'format') === 'shardwell-strategy/1')
    return { ...value, strategy, specification: at(value, 'specification') };
  if (at(value, 'status') === 'feasible') return { ...value, strategy, specification: at(value, 'resolved') };
  return undefined;
}

function batchVerification({ strategy, specification, modules, estimate }: Static<typeof BatchDocument>): Verification {
  const { cluster, workload } = specification;
  const { name: _, edp: _e, gpus: _g, ...degrees } = strategy;
  const model = modelOf(specification.model);
  refuseExcess({ strategy: degrees, gpus: strategyGpus(strategy), specification, estimate });
  refuseOther(strategy, { name: strategyName(strategy, model), gpus: strategyGpus(strategy) });
  return verify(
    { model, cluster: clusterOf(cluster), workload },
    {
      strategy,
      ...(estimate && { estimate: resolveClaims(estimate) }),
      ...(modules && { modules: modulesOf(modules) }),
    },
    { provedBest: false },
  );
}

function servingVerification({
  strategy,
  specification,
  modules,
  estimate,
}: Static<typeof ServingDocument>): Verification {
  const { cluster, workload, engine, memoryFreeGiB } = specification;
  const model = modelOf(specification.model);
  const planned = servedBy(strategy);
  refuseExcess({ strategy: asGiven(strategy), gpus: servingGpus(planned), specification, estimate });
  refuseOther(strategy, { name: servingName(planned, model), gpus: servingGpus(planned) });
  return verifyServing(
    {
      model,
      cluster: clusterOf(cluster),
      workload: workloadOf(workload),
      engine: engineOf(engine),
      constraints: { degrees: {}, memoryFree: memoryFreeGiB * 2 ** 30 },
    },
    {
      strategy: planned,
      ...(estimate && { estimate: resolveServingClaims(estimate, undefined) }),
      ...(modules && { modules: modulesOf(modules) }),
    },
    { provedBest: false },
  );
}

function servedBy(strategy: Static<typeof ServingStrategy>): PlannedServing {
  if (strategy.mode === 'aggregated') return strategy;
  return { mode: 'disaggregated', prefill: workersOf(strategy.prefill), decode: workersOf(strategy.decode) };
}

/** As a request gives it: without what follows from the degrees. */
function asGiven(strategy: Static<typeof ServingStrategy>) {
  const bare = ({ name: _, edp: _e, gpus: _g, ...degrees }: WorkerStrategyAnswer) => degrees;
  if (strategy.mode === 'aggregated') return bare(strategy);
  const { mode, prefill, decode } = strategy;
  const each = ({ workers, strategy: one }: typeof prefill) => ({ workers, strategy: bare(one) });
  return { mode, prefill: each(prefill), decode: each(decode) };
}

type WorkerStrategyAnswer = Extract<Static<typeof ServingStrategy>, { mode: 'disaggregated' }>['prefill']['strategy'];

function workersOf({
  workers,
  strategy,
}: Extract<Static<typeof ServingStrategy>, { mode: 'disaggregated' }>['prefill']): WorkerStrategy {
  return { ...strategy, replicas: workers };
}

function modulesOf({ count, gpusPerModule, expertsPerGpuPerLayer, balancePercent }: Static<typeof Modules>) {
  return { count, gpusPerModule, expertsPerGpuPerLayer, balance: balancePercent / 100 };
}

/** What the file says of the degrees beside them. */
function refuseOther(
  strategy: { readonly name: string; readonly gpus: number },
  derived: { readonly name: string; readonly gpus: number },
): void {
  const faults = (['name', 'gpus'] as const)
    .filter((key) => strategy[key] !== derived[key])
    .map((key) => ({
      pointer: `/strategy/${key}`,
      detail: `is ${strategy[key]}, and its degrees make ${derived[key]}`,
    }));
  if (faults.length > 0) throw faultProblem('contradiction', { faults });
}

function at(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
