/** Of an infeasible problem: what came nearest, and what it lacks. */
import { clusterGpus } from '../../cluster.ts';
import { bytesText, digits } from '../../figures.ts';
import { mixtureOf } from '../../model.ts';
import type { Constraints, OutOfTime, Rejection } from '../../result.ts';
import type { ServingPlanResult, ServingProblem } from '../../serving-result.ts';
import type { ServingStrategy } from '../../strategy.ts';
import type { Slo } from '../../workload.ts';
import { inexpressible, nearestExpressible, type WorkerShape } from './engine-rules.ts';
import type { Rejected } from './judge.ts';
import { excessOf, nearerOn } from './nearer.ts';
import { allServingReasons } from './rules.ts';
import type { FoundServing } from './search.ts';

type Nearest = NonNullable<Extract<ServingPlanResult, { status: 'infeasible' }>['nearest']>;

/** What fits and misses rate or SLO is nearer than what does not fit; of either kind what misses or lacks least. */
export function nearestOf(problem: ServingProblem, found: FoundServing, outOfTime: OutOfTime): Nearest | undefined {
  const nearer = nearerOn(clusterGpus(problem.cluster));
  const { look } = nearer;
  for (const rejected of found.rejections) look(rejected);
  const unjudged = [...found.unjudged].sort((a, b) => (a.excess < b.excess ? -1 : a.excess > b.excess ? 1 : 0));
  for (const { excess, judge } of unjudged) {
    // Who misses by more than the nearest at the least is not nearer.
    const missing = nearer.missing();
    const below = missing ? excessOf(missing) : Number.POSITIVE_INFINITY;
    if ((missing && excess >= below) || outOfTime()) break;
    const rejected = judge(below);
    if (rejected) look(rejected);
  }
  const nearest = nearer.missing() ?? nearer.lacking();
  if (!nearest) return pinnedNearest(problem);
  const { strategy, reason, shortBytes } = nearest;
  const rejection: Rejection = { reason, explanation: explained(nearest, problem.workload.slo) };
  return { strategy, rejection, ...(shortBytes !== undefined && { shortBytes }) };
}

function explained({ reason, shortBytes, excess }: Rejected, { confidence }: Slo): string {
  switch (reason) {
    case 'slo.tpot':
    case 'slo.ttft': {
      const bound = reason === 'slo.tpot' ? 'TPOT' : 'TTFT';
      const allows = `what the SLO allows${confidence === undefined ? '' : `, kept with ${digits(100 * confidence)} %`}`;
      return excess === undefined ? `${bound} is missed` : `${bound} is ${digits(excess)} times ${allows}`;
    }
    case 'rate-not-reached':
      return 'requests arrive faster than it answers them: the queue would grow without end';
    default:
      return shortBytes === undefined ? reason : `the largest rank lacks ${bytesText(shortBytes)}`;
  }
}

const pinned = (range: Constraints['degrees'][keyof Constraints['degrees']]): number | undefined =>
  range && range.min === range.max ? range.min : undefined;

/** Where constraints pin a worker that the engine cannot run: the nearest that it can. */
function pinnedNearest(problem: ServingProblem): Nearest | undefined {
  const { degrees } = problem.constraints;
  const moe = mixtureOf(problem.model) !== undefined;
  const asked = {
    tp: pinned(degrees.tp),
    cp: pinned(degrees.cp) ?? 1,
    dp: pinned(degrees.dp),
    pp: pinned(degrees.pp) ?? 1,
    ep: moe ? pinned(degrees.ep) : 1,
    etp: moe ? pinned(degrees.etp) : 1,
    replicas: pinned(degrees.replicas) ?? 1,
  };
  const fold = (asked.ep ?? 1) * (asked.etp ?? 1);
  const { cp, pp, replicas } = asked;
  const tp = asked.tp ?? (asked.dp === undefined ? (asked.etp ?? 1) : Math.max(1, Math.floor(fold / asked.dp / cp)));
  const dp = asked.dp ?? Math.max(1, Math.floor(fold / (tp * cp)));
  const ep = asked.ep ?? Math.max(1, Math.floor((tp * cp * dp) / (asked.etp ?? 1)));
  const etp = asked.etp ?? Math.max(1, Math.floor((tp * cp * dp) / ep));
  const worker: WorkerShape = { tp, cp, dp, pp, ep, etp, replicas, redundantExperts: 0 };
  const strategyOf = (shape: WorkerShape): ServingStrategy => {
    return { mode: 'aggregated', ...shape, maxConcurrency: shape.dp * shape.replicas };
  };
  if (inexpressible(problem, worker) === undefined) return undefined;
  const rejection = allServingReasons(problem, strategyOf(worker)).find(
    ({ reason }) => reason === 'engine-not-expressible',
  );
  const nearest = nearestExpressible(problem, worker);
  return rejection && nearest && { strategy: strategyOf(nearest), rejection };
}
