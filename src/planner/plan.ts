/**
 * # How a plan is made
 *
 *     Problem ──► search ──────────────► chosen, alternatives ──► rationale ──► PlanResult
 *       │           │  listLayouts          │                        │
 *       │           │    rules ─ space      │ estimateOf             │ search again with one degree pinned,
 *       │           │  bounds ─ seeds       │                        │ estimateOf, what differs
 *       │           │  judge ─ objective    │
 *       │           ▼                       ▼
 *       │        cost/: operators ─► block ─► stages ─► step; memory; flops; messages
 *       └─► infeasible ─► nearest, remedies (each of them searched)
 *
 * A problem is a cluster, a model, a workload, an objective and constraints, in SI and with nothing left out: whoever calls has filled
 * in the defaults and said so. The planner is a pure function of it: no clock, no randomness, no I/O, so equal problems give equal
 * plans, byte for byte. Time comes in from outside as a question, `outOfTime`, that every loop asks now and then.
 *
 * **The space.** A strategy is (tp, cp, dp, pp, ep, etp, micro-batch). Attention and dense layers use a stage's G = tp·cp·dp GPUs; expert
 * layers use the same GPUs as etp·ep·edp. Every combination of positive integers that the cluster has GPUs for is a candidate
 * (search/space.ts counts them in closed form), and every one is accounted for: rejected by a named rule (search/rules.ts) or by memory,
 * pruned by a bound from below (search/bounds.ts), or evaluated. search/exhaustive.ts does it the plain way; tests hold the two to the
 * same answer on random problems.
 *
 * **The cost.** Bytes, FLOPs and message sizes are exact (docs/accounting.md). Times are a model: operators on fitted
 * curves (cost/operators.ts), collectives over the groups that the placement really forms (cost/collectives.ts), a block as their sum
 * (cost/block.ts, cost/expert-block.ts), a pipeline of stages in closed form (cost/batch.ts). Few distinct blocks exist beside the
 * candidates, so they are memoised. `npm run bench` says what a plan costs.
 *
 * **Serving** is planned in serving-plan.ts, in the same way and the same order: other workers (rules of the engine beside those of division),
 * another cost (cost/serving/: steps of an engine, the memory that it leaves for KV, the steady state that follows), and two modes that
 * compete in one search (search/serving/).
 *
 * **The order.** Objectives are lexicographic (search/objective.ts) and end in a total tie-break. "Best" means best of this space under
 * this cost model, and only when the search was exhaustive.
 */
import { type BatchCost, batchCost } from './cost/batch.ts';
import { estimateOf } from './cost/estimate.ts';
import { microBatchSizes, splitBatch } from './cost/shape.ts';
import { bytesText } from './figures.ts';
import { mixtureOf } from './model.ts';
import { modulesOf } from './modules.ts';
import type {
  Candidate,
  EstimateResult,
  OutOfTime,
  PlanResult,
  Problem,
  Reason,
  Rejection,
  StrategyRequest,
} from './result.ts';
import { memoryReason, usableBytes } from './search/judge.ts';
import { rationaleOf, versus } from './search/rationale.ts';
import { remediesFor } from './search/remedies.ts';
import { allBroken } from './search/rules.ts';
import { search } from './search/search.ts';
import { type Strategy, stageGpus } from './strategy.ts';

const never: OutOfTime = () => false;

/** The best strategy of the space for a problem, with its reasons; or why there is none. SI units; never throws for bad news. */
export function createPlan(problem: Problem, outOfTime: OutOfTime = never): PlanResult {
  const cost = batchCost(problem);
  const found = search(problem, { cost, outOfTime });
  const [first, ...others] = found.best;
  if (!first) {
    if (!found.report.exhaustive) return { status: 'out-of-time', search: found.report };
    const { nearest } = found;
    return {
      status: 'infeasible',
      search: found.report,
      remedies: remediesFor(problem, outOfTime),
      warnings: warningsFor(problem),
      ...(nearest && {
        nearest: {
          strategy: nearest.strategy,
          rejection: { reason: nearest.reason, explanation: shortText(nearest.reason, nearest.shortBytes) },
          shortBytes: nearest.shortBytes,
        },
      }),
    };
  }
  const candidate = (strategy: Strategy): Candidate => ({ strategy, estimate: estimateOf(problem, cost, strategy) });
  const chosen = candidate(first.strategy);
  return {
    status: 'feasible',
    chosen,
    modules: modulesOf(chosen.strategy, problem.model),
    rationale: rationaleOf(chosen, { problem, cost, outOfTime }),
    alternatives: others.map(({ strategy }) => {
      const other = candidate(strategy);
      return { ...other, versusChosen: versus(chosen, other, problem) };
    }),
    search: found.report,
    warnings: warningsFor(problem),
  };
}

/** What one given strategy would cost; or every reason why it cannot be. */
export function estimateStrategy(
  problem: Omit<Problem, 'objective' | 'top'>,
  request: StrategyRequest,
): EstimateResult {
  const strategies = completed(problem, request);
  const cost = batchCost(problem);
  let fastest: { readonly strategy: Strategy; readonly step: number } | undefined;
  let rejections: readonly Rejection[] = [];
  for (const strategy of strategies) {
    const broken = rejectionsOf(problem, strategy, cost);
    if (broken.length > 0) {
      rejections = rejections.length === 0 ? broken : rejections;
      continue;
    }
    const step = cost.step(strategy);
    if (!fastest || step < fastest.step) fastest = { strategy, step };
  }
  if (!fastest) return { status: 'infeasible', strategy: strategies[0] ?? complete(problem, request, 1), rejections };
  const { strategy } = fastest;
  return {
    status: 'feasible',
    chosen: { strategy, estimate: estimateOf(problem, cost, strategy) },
    modules: modulesOf(strategy, problem.model),
    warnings: warningsFor(problem),
  };
}

type StrategyProblem = Omit<Problem, 'objective' | 'top'>;

function rejectionsOf(problem: StrategyProblem, strategy: Strategy, cost: BatchCost): readonly Rejection[] {
  const broken = allBroken(problem, strategy);
  if (broken.length > 0) return broken;
  const { account } = cost.memory(strategy);
  const usable = usableBytes(problem, account);
  const reason = memoryReason(usable, account);
  return reason ? [{ reason, explanation: shortText(reason, account.total - usable) }] : [];
}

function shortText(reason: Reason, bytes: number): string {
  const what: Partial<Record<Reason, string>> = {
    'memory.weights': 'the weights alone do not fit',
    'memory.kv-cache': 'weights and KV cache do not fit',
    'memory.activations': 'activations and message buffers find no room beside weights and KV cache',
  };
  return `${what[reason] ?? reason}: the largest rank lacks ${bytesText(bytes)}`;
}

/** A strategy as asked for, its micro-batch each that it could have when it says none. The smallest comes first. */
function completed(problem: StrategyProblem, request: StrategyRequest): readonly Strategy[] {
  if (request.microBatchSize !== undefined) return [complete(problem, request, request.microBatchSize)];
  const { most } = splitBatch(problem.workload.batchSize, request.dp ?? 1);
  return microBatchSizes(Math.max(1, most), request.pp ?? 1).map((size) => complete(problem, request, size));
}

/** Absent degrees are 1; etp is min(tp, G/ep), as training engines have it, and 1 for a dense model. */
function complete({ model }: StrategyProblem, request: StrategyRequest, microBatchSize: number): Strategy {
  const { tp = 1, cp = 1, dp = 1, pp = 1, ep = 1, replicas = 1 } = request;
  const etp =
    request.etp ?? (mixtureOf(model) ? Math.max(1, Math.min(tp, Math.floor(stageGpus({ tp, cp, dp }) / ep))) : 1);
  return { tp, cp, dp, pp, ep, etp, replicas, microBatchSize };
}

function warningsFor({ cluster }: StrategyProblem): readonly string[] {
  const { curves, name } = cluster.gpu;
  return curves.evidence === 'calibrated'
    ? []
    : [
        `No operators were measured on “${name}”: every time, and what follows from it, is extrapolated from ${curves.source}.`,
      ];
}
