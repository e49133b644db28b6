/**
 * The search that plans for serving are made with: the same answer as ./exhaustive.ts, from a small part of the work.
 *
 * 1. Worker layouts that no rule turns away are listed (./workers.ts); whole subspaces fall by one rule and are counted by the closed forms
 *    of ./space.ts.
 * 2. Each mode is searched by bounds (./aggregated.ts, ./disaggregated.ts): most candidates need no more than what is known of a worker
 *    like them.
 * 3. Both modes compete in one order.
 *
 * enumerated = evaluated + pruned + Σ rejected whenever the search was not cut short.
 */
import { clusterGpus } from '../../cluster.ts';
import type { ServingCost } from '../../cost/serving/serving-cost.ts';
import type { OutOfTime, SearchReport } from '../../result.ts';
import type { ServingProblem } from '../../serving-result.ts';
import { type ServingStrategy, servingName } from '../../strategy.ts';
import { type ModeFound, type ModeSearch, searchAggregated } from './aggregated.ts';
import { counting } from './counts.ts';
import { searchDisaggregated } from './disaggregated.ts';
import type { Unjudged } from './floors.ts';
import type { JudgeContext, Rejected } from './judge.ts';
import { nearerOn } from './nearer.ts';
import { compareServing, type Judged, type Measured } from './objective.ts';
import { type Sides, sidesOf } from './sides.ts';
import { aggregatedCount, type ByGpus, disaggregatedCount, servingSpace } from './space.ts';
import { type Listing, listWorkers } from './workers.ts';

export interface FoundServing {
  /** Best first, of distinct layouts: of each mode as many as asked for and one more, or fewer. */
  readonly byMode: Readonly<Record<ServingStrategy['mode'], readonly Judged[]>>;
  /** Both modes in one order. */
  readonly best: readonly Judged[];
  readonly report: SearchReport;
  /** The nearest of each mode of the candidates that passed every rule and were turned away by memory, rate or SLO. */
  readonly rejections: readonly Rejected[];
  readonly unjudged: readonly Unjudged[];
  /** Layouts that passed every rule. */
  readonly listing: Listing;
  /** Layouts of the whole space, by GPUs of a worker. */
  readonly layouts: ByGpus;
  readonly sides: Sides;
}

export interface ServingSearchOptions {
  readonly cost: ServingCost;
  readonly outOfTime?: OutOfTime;
  readonly heard?: (measured: Measured) => void;
  /** Whether the search ends with the first that fits, best or not. */
  readonly anyFit?: boolean;
}

const nothing: ModeFound = {
  best: { list: [], beyond: () => true, insert: () => undefined },
  exhaustive: true,
  nearer: nearerOn(0),
  unjudged: [],
};

export function searchServing(
  problem: ServingProblem,
  { cost, outOfTime = () => false, heard, anyFit = false }: ServingSearchOptions,
): FoundServing {
  const { cluster, model, workload, engine, modes, top } = problem;
  const space = servingSpace({ gpus: clusterGpus(cluster), model, workload, engine });
  const listing = listWorkers(problem, space, outOfTime);
  const layouts = space.layouts();
  const count = counting();
  const context: JudgeContext = { problem, cost, ...(heard && { heard }) };
  const sides = sidesOf(context);
  const wanted = { aggregated: modes.includes('aggregated'), disaggregated: modes.includes('disaggregated') };
  const enumerated =
    (wanted.aggregated ? aggregatedCount(layouts) : 0) +
    (wanted.disaggregated ? disaggregatedCount(layouts, layouts) : 0);
  let leader: Judged | undefined;
  const progress = () => ({
    enumerated,
    ...count.soFar(),
    ...(leader && { best: servingName(leader.strategy, model) }),
  });
  const search: ModeSearch = {
    context,
    sides,
    count,
    keep: top + 1,
    outOfTime: () => (anyFit && leader !== undefined) || outOfTime(progress),
    fits: (judged) => {
      if (!leader || compareServing(judged, leader, model) < 0) leader = judged;
    },
    nothingFits: () => leader === undefined,
  };
  let aggregated = nothing;
  if (wanted.aggregated) {
    for (const [reason, counts] of listing.turnedAway.entries()) count.reject(reason, aggregatedCount(counts));
    count.prune(aggregatedCount(listing.redundant));
    aggregated = searchAggregated(listing.workers, search);
  }
  let disaggregated = nothing;
  if (wanted.disaggregated) {
    disaggregated = searchDisaggregated(listing, layouts, search);
  }
  const exhaustive = listing.complete && aggregated.exhaustive && disaggregated.exhaustive;
  const byMode = { aggregated: aggregated.best.list, disaggregated: disaggregated.best.list };
  return {
    byMode,
    best: [...byMode.aggregated, ...byMode.disaggregated].sort((a, b) => compareServing(a, b, model)),
    report: count.report(enumerated, exhaustive),
    rejections: [aggregated, disaggregated].flatMap(({ nearer }) =>
      [nearer.missing() ?? [], nearer.lacking() ?? []].flat(),
    ),
    unjudged: [...aggregated.unjudged, ...disaggregated.unjudged],
    listing,
    layouts,
    sides,
  };
}
