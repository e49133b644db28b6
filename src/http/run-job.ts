/**
 * One job from request to answer, all of it synchronous: what a planning thread runs. It validates again, since the
 * request has crossed from another thread as plain JSON, and costs microseconds.
 */
import { Compile } from 'typebox/compile';
import type { OutOfTime } from '../planner/result.ts';
import type { Job, JobResult } from './ports.ts';
import { resolveEstimateRequest, resolvePlanRequest, resolveVerificationRequest } from './resolve.ts';
import { runBatchEstimate, runBatchPlan, runBatchVerification } from './run-job-batch.ts';
import type { PlanWatch } from './run-job-plan.ts';
import { runServingEstimate, runServingPlan, runServingVerification } from './run-job-serving.ts';
import { EstimateRequest, PlanRequest, VerificationRequest } from './schemas/request.ts';

const planRequest = Compile(PlanRequest);
const estimateRequest = Compile(EstimateRequest);
const verificationRequest = Compile(VerificationRequest);

/** @throws where the request is not of the schema of its kind, which the route has to have checked. */
export function runJob({ kind, request, id }: Job, outOfTime: OutOfTime, searched?: PlanWatch['searched']): JobResult {
  switch (kind) {
    case 'plan': {
      const resolved = resolvePlanRequest(planRequest.Parse(request));
      if (resolved.kind === 'invalid') return resolved;
      return resolved.workload === 'batch'
        ? runBatchPlan(resolved, { id, watch: { outOfTime, searched } })
        : runServingPlan(resolved, { id, watch: { outOfTime, searched } });
    }
    case 'estimate': {
      const resolved = resolveEstimateRequest(estimateRequest.Parse(request));
      if (resolved.kind === 'invalid') return resolved;
      return resolved.workload === 'batch' ? runBatchEstimate(resolved) : runServingEstimate(resolved);
    }
    case 'verify': {
      const { claims, ...rest } = verificationRequest.Parse(request);
      const resolved = resolveVerificationRequest({ ...rest, ...(claims && { claims }) });
      if (resolved.kind === 'invalid') return resolved;
      return resolved.workload === 'batch'
        ? runBatchVerification(resolved, claims)
        : runServingVerification(resolved, claims);
    }
  }
}
