/**
 * Why the chosen strategy is what it is, dimension by dimension: for each degree, the best strategy that the same objective finds
 * with another value of it, and what that would cost. Every figure is computed; nothing is asserted that was not compared.
 */
import type { BatchCost } from '../cost/batch.ts';
import { estimateOf } from '../cost/estimate.ts';
import { bytesText, changeText, secondsText } from '../figures.ts';
import { mixtureOf } from '../model.ts';
import type { Candidate, Comparison, OutOfTime, Problem, Reasoning } from '../result.ts';
import { type Strategy, strategyGpus, strategyName } from '../strategy.ts';
import { termValue } from './judge.ts';
import { orders, type Term } from './objective.ts';
import { allBroken, firstBroken } from './rules.ts';
import { search } from './search.ts';

type Dimension = 'ep' | 'tp' | 'etp' | 'pp' | 'cp' | 'dp';

export interface RationaleContext {
  readonly problem: Problem;
  readonly cost: BatchCost;
  readonly outOfTime: OutOfTime;
}

/** What another candidate would cost against the chosen one. */
export function versus(chosen: Candidate, other: Candidate, problem: Problem): string {
  const a = chosen.estimate;
  const b = other.estimate;
  const parts = [
    `step ${secondsText(b.time.step)} (${changeText(a.time.step, b.time.step)})`,
    `${bytesText(b.memory.perGpu.total)} a GPU (${changeText(a.memory.perGpu.total, b.memory.perGpu.total)})`,
  ];
  const gpus = strategyGpus(other.strategy);
  if (gpus !== strategyGpus(chosen.strategy)) parts.push(`${gpus} GPUs instead of ${strategyGpus(chosen.strategy)}`);
  const moe = mixtureOf(problem.model);
  if (moe && other.strategy.ep !== chosen.strategy.ep) {
    parts.push(
      `${moe.experts / other.strategy.ep} instead of ${moe.experts / chosen.strategy.ep} experts a GPU and layer`,
    );
  }
  if (other.strategy.pp !== chosen.strategy.pp) {
    parts.push(`${other.strategy.pp} instead of ${chosen.strategy.pp} pipeline stages`);
  }
  return parts.join(', ');
}

function neighbours(value: number): readonly number[] {
  if (value === 1) return [2];
  return value % 2 === 0 ? [value / 2, value * 2] : [1, value * 2];
}

/** Two figures that differ, in words: by their difference where three digits do not tell them apart. */
function apart(other: number, chosen: number, text: (value: number) => string): string {
  return text(other) === text(chosen)
    ? `${text(Math.abs(other - chosen))} ${other > chosen ? 'more' : 'less'} than ${text(chosen)}`
    : `${text(other)} instead of ${text(chosen)}`;
}

/** Of two strategies in one order: the first term in which they differ, as a reason against the other one. */
function decidingTerm(chosen: Candidate, other: Candidate, { problem, cost }: RationaleContext): string {
  for (const term of orders[problem.objective]) {
    const value = ({ strategy, estimate }: Candidate) =>
      termValue(term, strategy, estimate.memory.perGpu, { problem, cost });
    const [a, b] = [value(chosen), value(other)];
    if (a === b) continue;
    // An exhaustive search leaves nothing better behind; one that was cut short may.
    const better = b < a ? 'is better, which the search, cut short, did not reach: it ' : '';
    const words: Readonly<Record<Term, string>> = {
      gpus: `takes ${b} GPUs instead of ${a}`,
      gpusUnused: `uses ${-b} GPUs instead of ${-a}`,
      expertsPerGpu: `puts ${b} experts of a layer on a GPU instead of ${a}`,
      stages: `has ${b} pipeline stages instead of ${a}, which fill and drain`,
      foldDiffers: 'gives attention and experts different tensor-parallel groups',
      totalBytes: `needs ${apart(b, a, bytesText)} on the largest rank`,
      step: `takes ${apart(b, a, secondsText)} a step`,
    };
    return better + words[term];
  }
  return 'is equal in all that the objective looks at, and comes later by the tie-break';
}

/** What stays as chosen while one degree changes: all others but dp at first, then ever fewer, since G must fold into ep·etp. */
const held: readonly (readonly Dimension[])[] = [
  ['tp', 'cp', 'pp', 'ep', 'etp'],
  ['tp', 'cp', 'pp', 'ep'],
  ['tp', 'cp', 'pp'],
  ['cp', 'pp'],
  [],
];

interface Compared {
  readonly comparison: Comparison;
  readonly against?: string;
}

/** The strategy most like the chosen one with another value of one degree; the objective's best of those. */
function compare(chosen: Candidate, dimension: Dimension, value: number, context: RationaleContext): Compared {
  const { problem, cost, outOfTime } = context;
  const allowed = problem.constraints.degrees[dimension];
  if (allowed && (value < allowed.min || value > allowed.max)) {
    return { comparison: { value, effect: 'outside the constraint of the request' } };
  }
  const impossible = brokenAlone(dimension, value, problem);
  if (impossible) return { comparison: { value, effect: `not possible: ${impossible}` } };
  let tooLarge = false;
  for (const names of held) {
    if (outOfTime()) return { comparison: { value, effect: 'not compared: out of time' } };
    const pins = Object.fromEntries(
      names
        .filter((name) => name !== dimension)
        .map((name) => [name, { min: chosen.strategy[name], max: chosen.strategy[name] }]),
    );
    const degrees = { ...problem.constraints.degrees, ...pins, [dimension]: { min: value, max: value } };
    const pinned: Problem = { ...problem, top: 0, constraints: { ...problem.constraints, degrees } };
    const found = search(pinned, { cost, outOfTime, uncounted: true });
    const first = found.best[0];
    if (first) {
      const best = { strategy: first.strategy, estimate: estimateOf(problem, cost, first.strategy) };
      const name = strategyName(best.strategy, problem.model);
      const comparison = { value, best, effect: `${name}: ${versus(chosen, best, problem)}` };
      return { comparison, against: `${name} ${decidingTerm(chosen, best, context)}` };
    }
    if (!found.report.exhaustive) return { comparison: { value, effect: 'not compared: out of time' } };
    tooLarge ||= found.tooLarge;
  }
  if (tooLarge) return { comparison: { value, effect: 'not possible: no strategy with it fits in the memory' } };
  return { comparison: { value, effect: 'not possible: no candidate of the space has it' } };
}

const levelOf = { tp: 'tp', cp: 'cp', dp: 'dp', pp: 'pp', ep: 'fold', etp: 'fold' } as const;

/** Why no strategy whatever can have a degree of this value, if its own rules say so. */
function brokenAlone(dimension: Dimension, value: number, problem: Problem): string | undefined {
  const one: Strategy = { tp: 1, cp: 1, dp: 1, pp: 1, ep: 1, etp: 1, replicas: 1, microBatchSize: 1 };
  // Experts fold over a stage that is at least as large.
  const stage = levelOf[dimension] === 'fold' ? { dp: value } : {};
  const strategy = { ...one, ...stage, [dimension]: value };
  const reason = firstBroken(levelOf[dimension], problem, strategy);
  return reason && allBroken(problem, strategy).find((rejection) => rejection.reason === reason)?.explanation;
}

export function rationaleOf(chosen: Candidate, context: RationaleContext): readonly Reasoning[] {
  const { problem } = context;
  const dimensions: readonly Dimension[] = mixtureOf(problem.model)
    ? ['ep', 'tp', 'etp', 'pp', 'cp', 'dp']
    : ['tp', 'pp', 'cp', 'dp'];
  return dimensions.map((dimension) => {
    const value = chosen.strategy[dimension];
    const pin = problem.constraints.degrees[dimension];
    if (pin && pin.min === pin.max) {
      return { dimension, chosen: value, why: `The request pins ${dimension} = ${value}.`, compared: [] };
    }
    const all = neighbours(value).map((other) => compare(chosen, dimension, other, context));
    const against = all.flatMap((one) => one.against ?? []);
    const others = all
      .filter((one) => one.against === undefined)
      .map((one) => `${dimension} = ${one.comparison.value} is ${one.comparison.effect}`);
    return {
      dimension,
      chosen: value,
      why: `${dimension} = ${value} for ${problem.objective}: ${[...against, ...others].join('; ')}.`,
      compared: all.map((one) => one.comparison),
    };
  });
}
