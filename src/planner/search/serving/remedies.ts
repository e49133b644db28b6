/** What would make an infeasible problem feasible. Each remedy changes one thing, and was planned before it is offered. */
import { clusterGpus } from '../../cluster.ts';
import { askedBounds } from '../../cost/serving/interval.ts';
import type { ServingCost } from '../../cost/serving/serving-cost.ts';
import { secondsText } from '../../figures.ts';
import { dtypeBytes } from '../../precision.ts';
import type { Constraints, OutOfTime, Remedy } from '../../result.ts';
import type { ServingProblem } from '../../serving-result.ts';
import { degreeNames, type ServingStrategy, servingName } from '../../strategy.ts';
import type { ServingLoad } from '../../workload.ts';
import { narrowed } from '../remedies.ts';
import type { Judged } from './objective.ts';
import { searchServing } from './search.ts';

/** How many times the nodes are tried, and what share of the load: beyond that neither is the remedy. */
const doublings: readonly number[] = [2, 4, 8, 16];

interface Change extends Omit<Remedy, 'strategyName'> {
  readonly problem: ServingProblem;
}

export interface Remedying {
  readonly costOf: (problem: ServingProblem) => ServingCost;
  readonly outOfTime: OutOfTime;
}

export function servingRemedies(problem: ServingProblem, { costOf, outOfTime }: Remedying): readonly Remedy[] {
  // The progress of these searches is not that of the one that is answered.
  const untold = () => outOfTime();
  const attempt = (changed: ServingProblem, anyFit = false): Judged | undefined =>
    outOfTime()
      ? undefined
      : searchServing({ ...changed, top: 0 }, { cost: costOf(changed), outOfTime: untold, anyFit }).best[0];
  const fits = (change: Change): boolean => attempt(change.problem, true) !== undefined;
  const remedyOf = ({ problem: changed, ...told }: Change): Remedy | undefined => {
    const best = attempt(changed);
    return best && { ...told, strategyName: servingName(best.strategy, changed.model) };
  };
  const remedies: Remedy[] = [];
  const offer = (change: Change | undefined): boolean => {
    const remedy = change && remedyOf(change);
    if (remedy) remedies.push(remedy);
    return remedy !== undefined;
  };
  for (const word of ['fp8', 'fp4'] as const) if (offer(narrowerPrecision(problem, word))) break;
  for (const bound of ['tpot', 'ttft'] as const) offer(looserSlo(problem, bound, attempt));
  offer(lessConfidence(problem));
  const lightened = firstOfDoubled(lessLoads(problem), { remedyOf, fits });
  if (lightened) remedies.push(lightened);
  for (const change of looserConstraints(problem)) offer(change);
  if (problem.modes.length === 1) {
    const [from = 'aggregated'] = problem.modes;
    const other = from === 'aggregated' ? 'disaggregated' : 'aggregated';
    const changed: ServingProblem = { ...problem, modes: [other] };
    offer({
      change: `${other} instead of ${from} serving`,
      path: '/constraints/mode',
      from,
      to: other,
      problem: changed,
    });
  }
  // The longest searches come last, so that a deadline leaves the others; they are told first.
  const grown = doublings.map((times) => moreNodes(problem, problem.cluster.nodes * times));
  const larger = firstOfDoubled(grown, {
    remedyOf: (change) => firstRemedy(inFewestModes(change), remedyOf),
    fits: (change) => inFewestModes(change).some(fits),
  });
  return larger ? [larger, ...remedies] : remedies;
}

/**
 * The remedy of the first change that is one, where each is one if the one before is: what runs on some nodes runs on more of them, and who
 * answers a load in time answers half of it. Where the first is none and not even the last is, none is. Nodes that take a KV cache out of its
 * fast domain are the exception: what would run within it, on more than the first and fewer than the last, goes unnamed.
 */
function firstOfDoubled(
  changes: readonly Change[],
  {
    remedyOf,
    fits,
  }: { readonly remedyOf: (change: Change) => Remedy | undefined; readonly fits: (change: Change) => boolean },
): Remedy | undefined {
  const [first, ...others] = changes;
  const remedy = first && remedyOf(first);
  const last = others.at(-1);
  return remedy ?? (last && fits(last) ? firstRemedy(others, remedyOf) : undefined);
}

/** Pairs of halves are many more than workers that do all, and seldom the only ones that an SLO is met by. */
function inFewestModes(change: Change): readonly Change[] {
  const { modes } = change.problem;
  if (modes.length === 1 || !modes.includes('aggregated')) return [change];
  const only = (mode: ServingStrategy['mode']): Change => ({
    ...change,
    problem: { ...change.problem, modes: [mode] },
  });
  return [only('aggregated'), only('disaggregated')];
}

function firstRemedy(changes: readonly Change[], remedyOf: (change: Change) => Remedy | undefined): Remedy | undefined {
  for (const change of changes) {
    const remedy = remedyOf(change);
    if (remedy) return remedy;
  }
  return undefined;
}

function moreNodes(problem: ServingProblem, nodes: number): Change {
  const cluster = { ...problem.cluster, nodes };
  const from = problem.cluster.nodes;
  const change = `${nodes} nodes instead of ${from} (${clusterGpus(cluster)} GPUs instead of ${clusterGpus(problem.cluster)})`;
  return { change, path: '/cluster/nodes', from, to: nodes, problem: { ...problem, cluster } };
}

function narrowerPrecision(problem: ServingProblem, word: 'fp8' | 'fp4'): Change | undefined {
  const { model } = problem;
  const { weights } = model.precision;
  const widest = (['attention', 'dense', 'expert', 'shared'] as const).reduce((a, b) =>
    weights[b].bytesPerParameter > weights[a].bytesPerParameter ? b : a,
  );
  const from = weights[widest].dtype;
  if (dtypeBytes[word] >= weights[widest].bytesPerParameter) return undefined;
  const changed = { ...problem, model: { ...model, precision: narrowed(model.precision, word) } };
  const change = `${word} instead of ${from}, where the GPUs and the model's quality allow it`;
  return { change, path: '/model/precision', from, to: word, problem: changed };
}

/** The bound that the best without it just meets, rounded up to three digits. */
function looserSlo(
  problem: ServingProblem,
  bound: 'tpot' | 'ttft',
  attempt: (problem: ServingProblem) => Judged | undefined,
): Change | undefined {
  const { workload } = problem;
  const from = workload.slo[bound];
  if (from === undefined) return undefined;
  const { [bound]: _, ...others } = workload.slo;
  const free = attempt({ ...problem, objective: 'latency', workload: { ...workload, slo: others } });
  if (!free) return undefined;
  const margin = workload.slo.margins?.[bound] ?? 1;
  const met = free.steady[bound] * 1.001 * margin;
  const unit = 10 ** (Math.floor(Math.log10(met)) - 2);
  const to = Math.ceil(met / unit) * unit;
  const ms = (seconds: number) => Number((seconds * 1e3).toPrecision(4));
  return {
    change: `${bound.toUpperCase()} of ${secondsText(to)} instead of ${secondsText(from * margin)}`,
    path: `/workload/slo/${bound}Ms`,
    from: ms(from * margin),
    to: ms(to),
    problem: { ...problem, workload: { ...workload, slo: { ...others, [bound]: to / margin } } },
  };
}

/** Bounds that predicted means keep, and nothing beyond: when measured they are broken about as often as kept. */
function lessConfidence(problem: ServingProblem): Change | undefined {
  const { workload } = problem;
  const { confidence } = workload.slo;
  if (confidence === undefined || confidence <= evenly) return undefined;
  return {
    change: `bounds that are kept with ${Math.round(100 * evenly)} % instead of ${Number((100 * confidence).toPrecision(4))} %`,
    path: '/workload/slo/confidence',
    from: confidence,
    to: evenly,
    problem: { ...problem, workload: { ...workload, slo: askedBounds(workload.slo) } },
  };
}

const evenly = 0.5;

function lessLoads(problem: ServingProblem): readonly Change[] {
  return doublings.flatMap((share) => lessLoad(problem, share) ?? []);
}

function lessLoad(problem: ServingProblem, share: number): Change | undefined {
  const { workload } = problem;
  const { load } = workload;
  const withLoad = (changed: ServingLoad): ServingProblem => ({ ...problem, workload: { ...workload, load: changed } });
  switch (load.kind) {
    case 'concurrency': {
      const concurrency = Math.floor(load.concurrency / share);
      if (concurrency < 1) return undefined;
      const change = `${concurrency} requests at once instead of ${load.concurrency}`;
      const told = { change, path: '/workload/concurrency', from: load.concurrency, to: concurrency };
      return { ...told, problem: withLoad({ ...load, concurrency }) };
    }
    case 'rate': {
      const requestsPerSecond = load.requestsPerSecond / share;
      const change = `${requestsPerSecond} requests a second instead of ${load.requestsPerSecond}`;
      const told = { change, path: '/workload/requestsPerSecond', from: load.requestsPerSecond, to: requestsPerSecond };
      return { ...told, problem: withLoad({ ...load, requestsPerSecond }) };
    }
    case 'static': {
      const batch = Math.floor(load.batch / share);
      if (batch < 1) return undefined;
      const change = `a batch of ${batch} instead of ${load.batch}`;
      const told = { change, path: '/workload/staticBatch', from: load.batch, to: batch };
      return { ...told, problem: withLoad({ ...load, batch }) };
    }
    case 'saturated':
      return undefined;
  }
}

function looserConstraints(problem: ServingProblem): readonly Change[] {
  const { constraints } = problem;
  const { degrees, gpus, memoryFree } = constraints;
  const without = (key: string, from: string, changed: Constraints): Change => ({
    change: `no constraint on ${key}`,
    path: `/constraints/${key}`,
    from,
    to: 'absent',
    problem: { ...problem, constraints: changed },
  });
  const changes = degreeNames.flatMap((name) => {
    const range = degrees[name];
    if (!range) return [];
    const { [name]: _, ...others } = degrees;
    return [without(name, `${range.min} to ${range.max}`, { ...constraints, degrees: others })];
  });
  if (gpus) {
    const { gpus: _, ...others } = constraints;
    changes.push(without('gpus', `${gpus.min} to ${gpus.max}`, others));
  }
  if (memoryFree > 0)
    changes.push(without('memoryFreeGiB', String(memoryFree / 2 ** 30), { ...constraints, memoryFree: 0 }));
  return changes;
}
