/**
 * One job from request to answer, all of it synchronous: what a planning thread runs. It validates again, since the
 * request has crossed from another thread as plain JSON, and costs microseconds.
 */
import { Compile } from 'typebox/compile';
import { createPlan, estimateStrategy } from '../planner/plan.ts';
import type { OutOfTime } from '../planner/result.ts';
import { verify } from '../verifier/verify.ts';
import { estimateAnswerOf, feasiblePlanOf, infeasiblePlanOf, judgedStrategy, verificationAnswerOf } from './answer.ts';
import type { Job, JobResult } from './ports.ts';
import { resolveEstimateRequest, resolvePlanRequest, resolveVerificationRequest } from './resolve.ts';
import { laidOver, resolveClaims } from './resolve-claims.ts';
import { EstimateRequest, PlanRequest, VerificationRequest } from './schemas/request.ts';

const planRequest = Compile(PlanRequest);
const estimateRequest = Compile(EstimateRequest);
const verificationRequest = Compile(VerificationRequest);

/** @throws where the request is not of the schema of its kind, which the route has to have checked. */
export function runJob(job: Job, outOfTime: OutOfTime): JobResult {
  switch (job.kind) {
    case 'plan':
      return runPlan(planRequest.Parse(job.request), job.id, outOfTime);
    case 'estimate':
      return runEstimate(estimateRequest.Parse(job.request));
    case 'verify':
      return runVerification(verificationRequest.Parse(job.request));
  }
}

function runPlan(request: PlanRequest, id: string, outOfTime: OutOfTime): JobResult {
  const resolved = resolvePlanRequest(request);
  if (resolved.kind === 'invalid') return resolved;
  const { problem } = resolved;
  const clock = createStopwatch();
  // Reasons and remedies are searched for too: cut short, they leave an answer that a later one may better.
  let cutShort = false;
  const result = createPlan(problem, () => {
    cutShort ||= outOfTime();
    return cutShort;
  });
  const searchMs = clock();
  const { enumerated, evaluated, exhaustive } = result.search;
  const common = { kind: 'answer', complete: exhaustive && !cutShort, search: { enumerated, evaluated } } as const;
  switch (result.status) {
    case 'out-of-time':
      return { kind: 'out-of-time' };
    case 'infeasible':
      return {
        ...common,
        status: 'infeasible',
        json: JSON.stringify(infeasiblePlanOf(result, { id, resolved })),
        timings: { searchMs, verifyMs: 0 },
      };
    case 'feasible': {
      const verification = verify(problem, { ...result.chosen, modules: result.modules }, { provedBest: exhaustive });
      const verifyMs = clock();
      return {
        ...common,
        status: 'feasible',
        json: JSON.stringify(feasiblePlanOf(result, { id, resolved, verification })),
        timings: { searchMs, verifyMs },
      };
    }
  }
}

function runEstimate(request: EstimateRequest): JobResult {
  const resolved = resolveEstimateRequest(request);
  if (resolved.kind === 'invalid') return resolved;
  const clock = createStopwatch();
  const result = estimateStrategy(resolved.problem, resolved.strategy);
  return {
    kind: 'answer',
    status: result.status,
    complete: true,
    json: JSON.stringify(estimateAnswerOf(result, resolved)),
    timings: { searchMs: clock(), verifyMs: 0 },
  };
}

function runVerification(request: VerificationRequest): JobResult {
  const resolved = resolveVerificationRequest(request);
  if (resolved.kind === 'invalid') return resolved;
  const clock = createStopwatch();
  const result = estimateStrategy(resolved.problem, resolved.strategy);
  const searchMs = clock();
  // The planner's figures are the ground that claims are laid on: a claimed throughput is held against a step time. Of a
  // strategy that does not fit there are none, and the verifier judges by its own.
  const ours = result.status === 'feasible' ? result.chosen.estimate : undefined;
  const claims = request.claims && resolveClaims(request.claims);
  const estimate = ours && claims ? laidOver(ours, claims) : (ours ?? claims);
  const claim = { strategy: judgedStrategy(result), ...(estimate && { estimate }) };
  const verification = verify(resolved.problem, claim, { provedBest: false });
  const verifyMs = clock();
  return {
    kind: 'answer',
    status: result.status,
    complete: true,
    json: JSON.stringify(verificationAnswerOf(result, { resolved, verification })),
    timings: { searchMs, verifyMs },
  };
}

/** Milliseconds since the last call. */
function createStopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const elapsed = now - last;
    last = now;
    return elapsed;
  };
}
