/**
 * Why the chosen strategy is what it is, dimension by dimension: the best that the same objective finds with another value, and what it
 * loses. Every figure is computed; nothing is asserted that was not compared.
 */
import { mixtureOf } from '../../model.ts';
import type { ServingReasoning } from '../../serving-result.ts';
import { type ServingStrategy, servingName, type WorkerStrategy } from '../../strategy.ts';
import { type ModeSearch, searchAggregated } from './aggregated.ts';
import { counting } from './counts.ts';
import { searchDisaggregated } from './disaggregated.ts';
import { judgeAggregated } from './judge.ts';
import type { Judged } from './objective.ts';
import type { FoundServing } from './search.ts';
import { versusServing } from './versus.ts';
import type { Worker } from './workers.ts';

type Dimension = 'tp' | 'cp' | 'dp' | 'pp' | 'ep' | 'redundantExperts';

interface Asked {
  readonly chosen: Judged;
  readonly found: FoundServing;
  readonly search: Omit<ModeSearch, 'count' | 'keep' | 'fits'>;
}

/** Of aggregated strategies the workers; of disaggregated ones those that write answers, which most of the GPUs are. */
const writers = (strategy: ServingStrategy): WorkerStrategy =>
  strategy.mode === 'aggregated' ? strategy : strategy.decode;

const sameWorker = (worker: Worker, { tp, cp, dp, pp, ep, etp, redundantExperts }: WorkerStrategy): boolean => {
  const { layout } = worker;
  return (
    layout.tp === tp &&
    layout.cp === cp &&
    layout.dp === dp &&
    layout.pp === pp &&
    layout.ep === ep &&
    layout.etp === etp &&
    layout.redundantExperts === redundantExperts
  );
};

/** The best with a property; of disaggregated strategies with the same prefill workers. */
function bestWith({ chosen, found, search }: Asked, property: (worker: Worker) => boolean): Judged | undefined {
  const { strategy } = chosen;
  const { context, outOfTime } = search;
  const own: ModeSearch = { context, sides: found.sides, count: counting({ told: false }), keep: 1, outOfTime };
  if (strategy.mode === 'aggregated') {
    return searchAggregated(found.listing.workers.filter(property), own).best.list[0];
  }
  const only = { prefill: (worker: Worker) => sameWorker(worker, strategy.prefill), decode: property };
  return searchDisaggregated(found.listing, found.layouts, own, only).best.list[0];
}

/** The next value below and above that any layout of the listing has. */
function nextValues(workers: readonly Worker[], dimension: Dimension, value: number): readonly number[] {
  let below = Number.NEGATIVE_INFINITY;
  let above = Number.POSITIVE_INFINITY;
  for (const { layout } of workers) {
    const other = layout[dimension];
    if (other < value) below = Math.max(below, other);
    if (other > value) above = Math.min(above, other);
  }
  return [below, above].filter(Number.isFinite);
}

export function servingRationale(asked: Asked): readonly ServingReasoning[] {
  const { chosen, found, search } = asked;
  const { problem } = search.context;
  const { model, objective } = problem;
  const at = writers(chosen.strategy);
  const half = chosen.strategy.mode === 'aggregated' ? '' : 'decode.';
  const against = (other: Judged | undefined): { readonly strategy?: ServingStrategy; readonly effect: string } =>
    other
      ? {
          strategy: other.strategy,
          effect: `${servingName(other.strategy, model)}: ${versusServing(chosen, other, problem)}`,
        }
      : {
          effect: search.outOfTime() ? 'not compared: out of time' : 'nothing with it fits and meets what is asked for',
        };
  const reasons: ServingReasoning[] = [];
  const dimensions: readonly Dimension[] = mixtureOf(model)
    ? ['ep', 'tp', 'pp', 'dp', 'cp', 'redundantExperts']
    : ['tp', 'pp', 'cp'];
  for (const dimension of dimensions) {
    const value = at[dimension];
    const pin = dimension === 'redundantExperts' ? undefined : problem.constraints.degrees[dimension];
    if (pin && pin.min === pin.max) {
      const why = `The request pins ${dimension} = ${pin.min}.`;
      reasons.push({ dimension: `${half}${dimension}`, chosen: value, why, compared: [] });
      continue;
    }
    const compared = nextValues(found.listing.workers, dimension, value).map((other) => ({
      value: other,
      ...against(search.outOfTime() ? undefined : bestWith(asked, ({ layout }) => layout[dimension] === other)),
    }));
    if (compared.length === 0 && (dimension === 'cp' || dimension === 'redundantExperts')) continue;
    reasons.push({
      dimension: `${half}${dimension}`,
      chosen: value,
      why: whyText(`${half}${dimension} = ${value}`, objective, compared),
      compared,
    });
  }
  reasons.push(modeReason(asked, against));
  if (chosen.strategy.mode === 'aggregated') reasons.push(...numberReasons(asked, against));
  return reasons;
}

function whyText(
  what: string,
  objective: string,
  compared: readonly { readonly value: number | string; readonly effect: string }[],
): string {
  if (compared.length === 0) return `${what} for ${objective}: no layout of the space has another value.`;
  return `${what} for ${objective}: ${compared.map(({ value, effect }) => `with ${value}, ${effect}`).join('; ')}.`;
}

type Against = (other: Judged | undefined) => { readonly strategy?: ServingStrategy; readonly effect: string };

function modeReason({ chosen, found, search }: Asked, against: Against): ServingReasoning {
  const { mode } = chosen.strategy;
  const other = mode === 'aggregated' ? 'disaggregated' : 'aggregated';
  const { problem } = search.context;
  const compared = problem.modes.includes(other) ? [{ value: other, ...against(found.byMode[other][0]) }] : [];
  const why =
    compared.length === 0 ? `The request allows ${mode} serving only.` : whyText(mode, problem.objective, compared);
  return { dimension: 'mode', chosen: mode, why, compared };
}

/** The same layout in fewer and in more workers. */
function numberReasons({ chosen, search, found }: Asked, against: Against): readonly ServingReasoning[] {
  const at = writers(chosen.strategy);
  const worker = found.listing.workers.find((candidate) => sameWorker(candidate, at));
  if (!worker) return [];
  const { problem } = search.context;
  const { replicas } = at;
  const room = Math.floor((found.layouts.length - 1) / worker.gpus);
  const compared = [Math.floor(replicas / 2), replicas * 2]
    .filter((other) => other >= 1 && other <= room)
    .map((other) => {
      const verdict = judgeAggregated(search.context, worker, other);
      const told = verdict.kind === 'fits' ? against(verdict.judged) : { effect: `not possible: ${verdict.reason}` };
      return { value: other, ...told };
    });
  const why = whyText(`${replicas} workers`, problem.objective, compared);
  return [{ dimension: 'replicas', chosen: replicas, why, compared }];
}
