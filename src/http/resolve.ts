/**
 * Requests in contract units become problems in SI, once, here. Every value that a request leaves out is filled in and
 * listed; whatever in it contradicts itself on any hardware is listed too, all of it at once.
 */
import type { Cluster } from '../planner/cluster.ts';
import type { Model } from '../planner/model.ts';
import type { Constraints, Problem, StrategyRequest } from '../planner/result.ts';
import type { ServingStrategyRequest } from '../planner/serving.ts';
import type { ServingProblem, ServingSetting } from '../planner/serving-result.ts';
import type { Fault } from './ports.ts';
import { refuseServingClaims } from './resolve-claims.ts';
import { resolveCluster } from './resolve-cluster.ts';
import { resolveConstraints } from './resolve-constraints.ts';
import type { BatchSetting, Setting } from './resolve-degrees.ts';
import { refuseEngine, resolveEngine } from './resolve-engine.ts';
import { type Assumption, createFindings, type Findings } from './resolve-findings.ts';
import { resolveModel } from './resolve-model.ts';
import {
  type MemoryAccounting,
  refuseAccounting,
  refuseModes,
  resolveAccounting,
  resolveModes,
} from './resolve-options.ts';
import { resolveServingStrategy } from './resolve-serving-strategy.ts';
import { resolveStrategy } from './resolve-strategy.ts';
import { unitsOf } from './resolve-units.ts';
import { resolveBatchWorkload, resolveServingWorkload } from './resolve-workload.ts';
import type { EstimateRequest, PlanRequest, VerificationRequest } from './schemas/request.ts';

interface Resolution {
  readonly kind: 'resolved';
  readonly assumptions: readonly Assumption[];
  readonly warnings: readonly string[];
}

export interface ResolvedBatchPlan extends Resolution {
  readonly workload: 'batch';
  readonly problem: Problem;
  readonly memoryAccounting: MemoryAccounting;
}

export interface ResolvedServingPlan extends Resolution {
  readonly workload: 'serving';
  readonly problem: ServingProblem;
}

export interface ResolvedBatchStrategy extends Resolution {
  readonly workload: 'batch';
  readonly problem: Omit<Problem, 'objective' | 'top'>;
  readonly strategy: StrategyRequest;
  readonly memoryAccounting: MemoryAccounting;
}

export interface ResolvedServingStrategy extends Resolution {
  readonly workload: 'serving';
  readonly problem: ServingSetting;
  readonly strategy: ServingStrategyRequest;
}

export type ResolvedPlanRequest = ResolvedBatchPlan | ResolvedServingPlan;
export type ResolvedStrategyRequest = ResolvedBatchStrategy | ResolvedServingStrategy;

export interface Invalid {
  readonly kind: 'invalid';
  readonly errors: readonly Fault[];
}

export function resolvePlanRequest(request: PlanRequest): ResolvedPlanRequest | Invalid {
  const findings = createFindings();
  const setting = resolveSetting(request, findings);
  if (!setting) return { kind: 'invalid', errors: findings.faults };
  const { options } = request;
  const objective = findings.orAssume(
    request.objective,
    '/objective',
    'balance',
    'the objective unless another is asked for',
  );
  const constraints = resolveConstraints(request.constraints, setting, findings);
  const top = findings.orAssume(
    options?.top,
    '/options/top',
    5,
    'alternatives that come back unless another number is asked for',
  );
  if (isServing(setting)) {
    refuseAccounting(options, findings);
    const modes = resolveModes(options, setting, findings);
    const { cluster, model, workload, engine } = setting;
    const problem = { cluster, model, workload, engine, objective, constraints, top, modes };
    return conclude({ workload: 'serving', problem }, findings);
  }
  refuseModes(options, findings);
  const memoryAccounting = resolveAccounting(options, setting, findings);
  return conclude(
    { workload: 'batch', problem: { ...setting, objective, constraints, top }, memoryAccounting },
    findings,
  );
}

export function resolveEstimateRequest(request: EstimateRequest): ResolvedStrategyRequest | Invalid {
  const findings = createFindings();
  const setting = resolveSetting(request, findings);
  if (!setting) return { kind: 'invalid', errors: findings.faults };
  if (isServing(setting)) {
    refuseAccounting(request.options, findings);
    return concludeServing(request, setting, findings);
  }
  const strategy = resolveStrategy(request.strategy, setting, findings);
  const memoryAccounting = resolveAccounting(request.options, setting, findings);
  return conclude({ workload: 'batch', problem: unconstrained(setting), strategy, memoryAccounting }, findings);
}

export function resolveVerificationRequest(request: VerificationRequest): ResolvedStrategyRequest | Invalid {
  const findings = createFindings();
  const setting = resolveSetting(request, findings);
  if (!setting) return { kind: 'invalid', errors: findings.faults };
  if (request.claims?.memory?.accounting === 'published-summary') {
    findings.fault(
      '/claims/memory/accounting',
      'the published summary is a convention, and only the physical account has a truth to be checked against',
    );
  }
  if (isServing(setting)) {
    if (request.claims?.halves && request.strategy.mode !== 'disaggregated')
      findings.fault('/claims/halves', 'are of a disaggregated strategy, and this one is not');
    return concludeServing(request, setting, findings);
  }
  if (request.claims) refuseServingClaims(request.claims, findings);
  const strategy = resolveStrategy(request.strategy, setting, findings);
  const memoryAccounting: MemoryAccounting = 'physical';
  return conclude({ workload: 'batch', problem: unconstrained(setting), strategy, memoryAccounting }, findings);
}

function concludeServing(
  request: Pick<EstimateRequest, 'strategy'>,
  problem: ServingSetting,
  findings: Findings,
): ResolvedServingStrategy | Invalid {
  const strategy = resolveServingStrategy(request.strategy, problem, findings);
  return conclude({ workload: 'serving', problem, strategy }, findings);
}

function unconstrained(setting: BatchSetting): ResolvedBatchStrategy['problem'] {
  const constraints: Constraints = { degrees: {}, memoryFree: 0 };
  return { ...setting, constraints };
}

type Asked = Pick<PlanRequest, 'cluster' | 'model' | 'workload' | 'engine' | 'engineSettings'>;

/** Undefined where GPU or model are not known: nothing else can be judged without them, and the findings say so. */
function resolveSetting(request: Asked, findings: Findings): Setting | undefined {
  const cluster: Cluster | undefined = resolveCluster(request.cluster, findings);
  const model: Model | undefined = resolveModel(request.model, findings, unitsOf(request.cluster.gpu));
  if (!cluster || !model) return undefined;
  const { workload } = request;
  if (workload.kind === 'serving') {
    const engine = resolveEngine(request, findings);
    return { cluster, model, workload: resolveServingWorkload(workload, model, findings), engine };
  }
  refuseEngine(request, findings);
  return { cluster, model, workload: resolveBatchWorkload(workload, model, findings) };
}

function isServing(setting: Setting): setting is ServingSetting {
  return setting.workload.kind === 'serving';
}

function conclude<const T>(resolved: T, { assumptions, warnings, faults }: Findings): (T & Resolution) | Invalid {
  if (faults.length > 0) return { kind: 'invalid', errors: faults };
  return { ...resolved, kind: 'resolved', assumptions, warnings };
}
