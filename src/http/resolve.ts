/**
 * Requests in contract units become problems in SI, once, here. Every value that a request leaves out is filled in and
 * listed; whatever in it contradicts itself on any hardware is listed too, all of it at once.
 */
import type { Static } from 'typebox';
import { mixtureOf } from '../planner/model.ts';
import type { Constraints, Problem, StrategyRequest } from '../planner/result.ts';
import type * as planned from '../planner/workload.ts';
import type { Fault } from './ports.ts';
import { resolveCluster } from './resolve-cluster.ts';
import { resolveConstraints } from './resolve-constraints.ts';
import type { Setting } from './resolve-degrees.ts';
import { type Assumption, createFindings, type Findings } from './resolve-findings.ts';
import { resolveModel } from './resolve-model.ts';
import { resolveStrategy } from './resolve-strategy.ts';
import type { BatchWorkload, EstimateRequest, Options, PlanRequest, VerificationRequest } from './schemas/request.ts';

export type MemoryAccounting = 'physical' | 'published-summary';

interface Resolution {
  readonly kind: 'resolved';
  readonly assumptions: readonly Assumption[];
  readonly warnings: readonly string[];
}

export interface ResolvedPlanRequest extends Resolution {
  readonly problem: Problem;
  readonly memoryAccounting: MemoryAccounting;
}

export interface ResolvedStrategyRequest extends Resolution {
  readonly problem: Omit<Problem, 'objective' | 'top'>;
  readonly strategy: StrategyRequest;
  readonly memoryAccounting: MemoryAccounting;
}

export interface Invalid {
  readonly kind: 'invalid';
  readonly errors: readonly Fault[];
}

export function resolvePlanRequest(request: PlanRequest): ResolvedPlanRequest | Invalid {
  const findings = createFindings();
  const setting = resolveSetting(request, findings);
  if (!setting) return { kind: 'invalid', errors: findings.faults };
  const objective = findings.orAssume(
    request.objective,
    '/objective',
    'balance',
    'the objective unless another is asked for',
  );
  const constraints = resolveConstraints(request.constraints, setting, findings);
  const top = findings.orAssume(
    request.options?.top,
    '/options/top',
    5,
    'alternatives that come back unless another number is asked for',
  );
  const memoryAccounting = resolveAccounting(request.options, setting, findings);
  return conclude({ problem: { ...setting, objective, constraints, top }, memoryAccounting }, findings);
}

export function resolveEstimateRequest(request: EstimateRequest): ResolvedStrategyRequest | Invalid {
  const findings = createFindings();
  const setting = resolveSetting(request, findings);
  if (!setting) return { kind: 'invalid', errors: findings.faults };
  const strategy = resolveStrategy(request.strategy, setting, findings);
  const memoryAccounting = resolveAccounting(request.options, setting, findings);
  return conclude({ problem: { ...setting, constraints: unconstrained }, strategy, memoryAccounting }, findings);
}

export function resolveVerificationRequest(request: VerificationRequest): ResolvedStrategyRequest | Invalid {
  const findings = createFindings();
  const setting = resolveSetting(request, findings);
  if (!setting) return { kind: 'invalid', errors: findings.faults };
  const strategy = resolveStrategy(request.strategy, setting, findings);
  if (request.claims?.memory?.accounting === 'published-summary') {
    findings.fault(
      '/claims/memory/accounting',
      'the published summary is a convention, and only the physical account has a truth to be checked against',
    );
  }
  const memoryAccounting: MemoryAccounting = 'physical';
  return conclude({ problem: { ...setting, constraints: unconstrained }, strategy, memoryAccounting }, findings);
}

const unconstrained: Constraints = { degrees: {}, memoryFree: 0 };

/** Undefined where GPU or model are not known: nothing else can be judged without them, and the findings say so. */
function resolveSetting(
  { cluster, model, workload }: Pick<PlanRequest, 'cluster' | 'model' | 'workload'>,
  findings: Findings,
): Setting | undefined {
  const hardware = resolveCluster(cluster, findings);
  const resolved = resolveModel(model, findings);
  if (!hardware || !resolved) return undefined;
  return { cluster: hardware, model: resolved, workload: resolveWorkload(workload, resolved.hiddenSize, findings) };
}

/** Beyond 2^53 elements bytes are no longer whole numbers in a double, and nothing could check them. */
function resolveWorkload(
  { kind, batchSize, sequenceLength }: Static<typeof BatchWorkload>,
  hiddenSize: number,
  findings: Findings,
): planned.BatchWorkload {
  if (batchSize * sequenceLength * hiddenSize > Number.MAX_SAFE_INTEGER) {
    findings.fault(
      '/workload',
      `${batchSize} sequences of ${sequenceLength} tokens of ${hiddenSize} elements are more than can be counted exactly (${Number.MAX_SAFE_INTEGER})`,
    );
  }
  return { kind, batchSize, sequenceLength };
}

function resolveAccounting(
  options: Pick<Static<typeof Options>, 'memoryAccounting'> | undefined,
  { model }: Setting,
  findings: Findings,
): MemoryAccounting {
  const path = '/options/memoryAccounting';
  const accounting = findings.orAssume<MemoryAccounting>(
    options?.memoryAccounting,
    path,
    'physical',
    'bytes as they are, unless the words of the published table are asked for',
  );
  if (accounting === 'published-summary' && !mixtureOf(model)) {
    findings.fault(path, 'published-summary has no words for a model without experts: its formulas are of a mixture', [
      'physical',
    ]);
  }
  return accounting;
}

function conclude<T>(resolved: T, { assumptions, warnings, faults }: Findings): (T & Resolution) | Invalid {
  if (faults.length > 0) return { kind: 'invalid', errors: faults };
  return { ...resolved, kind: 'resolved', assumptions, warnings };
}
