/**
 * The best way to serve a model, and why.
 *
 *     ServingProblem ──► searchServing ─────────► chosen, alternatives, bestOfMode
 *       │                  │  workers ─ rules        │  every steady state that was worked out
 *       │                  │  sides ─ bounds         ├─► frontier
 *       │                  │  judge ─ objective      ├─► sloPrices, sensitivity: the finalists asked again
 *       │                  ▼                         └─► rationale: the search again with one dimension held elsewhere
 *       │               cost/serving/
 *       └─► infeasible ─► nearest, remedies (each of them searched)
 */
import { heldToMeans } from './cost/serving/interval.ts';
import { type ServingCost, servingCost } from './cost/serving/serving-cost.ts';
import { modulesOf } from './modules.ts';
import type { OutOfTime } from './result.ts';
import { finalistsOf } from './search/serving/finalists.ts';
import { frontierOf, sampleConcurrencies } from './search/serving/frontier.ts';
import type { JudgeContext } from './search/serving/judge.ts';
import { nearestOf } from './search/serving/nearest.ts';
import type { Judged, Measured } from './search/serving/objective.ts';
import { sloPrices } from './search/serving/prices.ts';
import { servingRationale } from './search/serving/rationale.ts';
import { servingRemedies } from './search/serving/remedies.ts';
import { searchServing } from './search/serving/search.ts';
import { sensitivityOf } from './search/serving/sensitivity.ts';
import { versusServing } from './search/serving/versus.ts';
import { leftOut } from './serving.ts';
import type { ServingCandidate, ServingPlanResult, ServingProblem } from './serving-result.ts';
import type { WorkerStrategy } from './strategy.ts';
import { servingName } from './strategy.ts';

/** Layouts that are asked again when an SLO changes, and how many of these when an input does: the best come first. */
const finalistsAtMost = 12;
const sensitiveAtMost = 8;

/** The same question is asked by search, frontier, prices and rationale: it is answered once. */
function remembering(cost: ServingCost): ServingCost {
  const known = new Map<string, ReturnType<ServingCost['steady']>>();
  const { layoutNumber } = cost.groundwork.places;
  const numbered = (worker: WorkerStrategy) => `${layoutNumber(worker)} ${worker.replicas} ${worker.maxConcurrency}`;
  return {
    ...cost,
    steady: (strategy) => {
      const key =
        strategy.mode === 'aggregated'
          ? numbered(strategy)
          : `${numbered(strategy.prefill)} ${numbered(strategy.decode)}`;
      if (!known.has(key)) known.set(key, cost.steady(strategy));
      return known.get(key);
    },
  };
}

/** A deadline that remembers whether it was met with: what was cut short is then told. */
function remembered(deadline: OutOfTime): { readonly outOfTime: OutOfTime; readonly cutShort: () => boolean } {
  let passed = false;
  const outOfTime: OutOfTime = (progress) => {
    passed ||= deadline(progress);
    return passed;
  };
  return { outOfTime, cutShort: () => passed };
}

export function createServingPlan(asked: ServingProblem, deadline: OutOfTime = () => false): ServingPlanResult {
  const problem = heldToMeans(asked);
  const { outOfTime, cutShort } = remembered(deadline);
  const own = servingCost(problem, problem.constraints.memoryFree);
  const costOf = (changed: ServingProblem): ServingCost =>
    servingCost(changed, changed.constraints.memoryFree, own.groundwork);
  const cost = remembering(own);
  const heard: Measured[] = [];
  const context: JudgeContext = { problem, cost, heard: (measured) => heard.push(measured) };
  const found = searchServing(problem, { cost, outOfTime, heard: (measured) => heard.push(measured) });
  const [first, ...others] = found.best;
  if (!first) {
    if (!found.report.exhaustive) return { status: 'out-of-time', search: found.report };
    const nearest = nearestOf(problem, found, outOfTime);
    const remedies = servingRemedies(problem, { costOf, outOfTime });
    return {
      status: 'infeasible',
      search: found.report,
      ...(nearest && { nearest }),
      remedies,
      warnings: [...leftOut(problem), ...(cutShort() ? [remediesCutShort] : remedies.length === 0 ? [noRemedy] : [])],
    };
  }
  // Only a question that has an answer has a frontier.
  for (const { judge, onFrontier } of found.unjudged) if (onFrontier && !outOfTime()) judge();
  const candidate = (judged: Judged): ServingCandidate => {
    return { strategy: judged.strategy, estimate: cost.estimate(judged.strategy) };
  };
  const chosen = candidate(first);
  const bestOfEach = [found.byMode.aggregated[0], found.byMode.disaggregated[0]].flatMap((best) => best ?? []);
  sampleConcurrencies(context, bestOfEach, outOfTime);
  const finalists = finalistsOf(found.best, heard, { workload: problem.workload, most: finalistsAtMost });
  const { mode } = chosen.strategy;
  const { strategy } = chosen;
  const told = {
    chosen,
    modules: modulesOf(
      { ...(strategy.mode === 'aggregated' ? strategy : strategy.decode), microBatchSize: 1 },
      problem.model,
    ),
    rationale: servingRationale({ chosen: first, found, search: { context, sides: found.sides, outOfTime } }),
    alternatives: others.slice(0, problem.top).map((other) => {
      const { strategy, estimate } = candidate(other);
      return { strategy, estimate, versusChosen: versusServing(first, other, problem) };
    }),
    frontier: frontierOf(problem, heard, strategy),
    bestOfMode: bestOfEach.map((best) => (best.strategy.mode === mode ? chosen : candidate(best))),
    sloPrices: sloPrices(context, { chosen: first, finalists, known: heard, outOfTime }),
    sensitivity: sensitivityOf(problem, {
      chosen: first,
      finalists: finalists.slice(0, sensitiveAtMost),
      costOf,
      outOfTime,
    }),
    search: found.report,
  };
  const { exhaustive } = found.report;
  const unfinished = cutShort() ? [exhaustive ? comparisonsCutShort : searchCutShort] : [];
  return {
    status: 'feasible',
    ...told,
    warnings: [...leftOut(problem), ...closeCalls(problem, first, bestOfEach), ...unfinished],
  };
}

const noRemedy =
  'No single change that was tried makes it feasible: more than one thing stands in the way, as where memory is short and the SLO is tight besides. ' +
  'Plan without workload.slo first: what fits then shows how much of it can be met.';
const remediesCutShort =
  'The deadline passed while remedies were tried: those listed were tried and help, and others may. A longer deadline (PLAN_TIMEOUT_MS) tries them all.';
const comparisonsCutShort =
  'The deadline passed after the best strategy was found: of what it is compared with (rationale, frontier, sloPrices, sensitivity) some is missing.';
const searchCutShort =
  'The deadline passed during the search: this is the best of what was looked at, and what it is compared with is incomplete. Constraints on degrees ' +
  'or options.modes make the search shorter.';

/** What served runs are off from predictions by, in half of the cases (docs/fidelity.md): less than that decides nothing by itself. */
const usualError = 0.07;

/** The best of the other mode, where it is behind by less than predictions are off by. */
function closeCalls(problem: ServingProblem, chosen: Judged, bestOfEach: readonly Judged[]): readonly string[] {
  if (problem.objective !== 'throughput') return [];
  const tokens = chosen.steady.tokensPerSecond;
  return bestOfEach.flatMap(({ strategy, steady }) => {
    const behind = 1 - steady.tokensPerSecond / tokens;
    if (strategy.mode === chosen.strategy.mode || behind > usualError) return [];
    const name = servingName(strategy, problem.model);
    return [
      `The best ${strategy.mode} strategy, ${name}, serves ${(100 * Math.max(0, behind)).toFixed(1)} % fewer tokens: less than the ` +
        `${(100 * usualError).toFixed(0)} % that half of such predictions are off by (docs/fidelity.md). Let what else matters decide between them.`,
    ];
  });
}
