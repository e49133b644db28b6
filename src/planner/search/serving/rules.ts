/** What makes a strategy for serving impossible whatever the memory: the rules that hold for every workload, and those of serving. */
import { clusterGpus } from '../../cluster.ts';
import { type Model, mixtureOf } from '../../model.ts';
import { firstGpuAfter, gpuOfRank, ranksPerDomain, roomForRanks } from '../../placement.ts';
import type { Constraints, Range, Reason, Rejection } from '../../result.ts';
import type { ServingSetting } from '../../serving-result.ts';
import {
  type Degrees,
  type ServingStrategy,
  servingGpus,
  stageGpus,
  strategyGpus,
  strategyName,
} from '../../strategy.ts';
import { type DegreeProblem, type DegreeRule, degreeRules, type Level } from '../rules.ts';
import { inexpressible, nearestExpressible, type WorkerShape } from './engine-rules.ts';

export interface ServingRuleProblem extends ServingSetting {
  /** Absent: none. */
  readonly constraints?: Constraints;
}

/** The model as a TP group with redundant experts holds it: its vocabulary padded to a multiple of 64·tp where tp does not divide it. */
export function heldModel(model: Model, { tp, redundantExperts }: { tp: number; redundantExperts: number }): Model {
  const { vocabulary } = model;
  const uneven = vocabulary !== undefined && vocabulary.size % tp !== 0;
  if (!uneven && redundantExperts === 0) return model;
  const layers =
    redundantExperts === 0
      ? model.layers
      : model.layers.map((run) =>
          run.moe ? { ...run, moe: { ...run.moe, experts: run.moe.experts + redundantExperts } } : run,
        );
  const size = uneven ? Math.ceil(vocabulary.size / (64 * tp)) * 64 * tp : 0;
  return { ...model, layers, ...(uneven && { vocabulary: { ...vocabulary, size } }) };
}

/** Constraints on GPUs bind the whole strategy, not each worker. */
const workerRules: readonly DegreeRule[] = degreeRules.filter(({ level }) => level !== 'placement');
const rulesOf = (level: Level): readonly DegreeRule[] => workerRules.filter((rule) => rule.level === level);
const byLevel: Readonly<Record<Level, readonly DegreeRule[]>> = {
  tp: rulesOf('tp'),
  cp: rulesOf('cp'),
  dp: rulesOf('dp'),
  pp: rulesOf('pp'),
  fold: rulesOf('fold'),
  placement: [],
};

/** What rules of degrees read, for workers of one tp and so many redundant experts. */
export function degreeProblem(
  { cluster, model, constraints }: ServingRuleProblem,
  worker: Pick<WorkerShape, 'tp' | 'redundantExperts'>,
): DegreeProblem {
  const degrees = constraints?.degrees ?? {};
  return { cluster, model: heldModel(model, worker), constraints: { degrees, memoryFree: 0 } };
}

/** The first rule of a level that one worker breaks. */
export function firstWorkerReason(level: Level, asked: DegreeProblem, worker: WorkerShape): Reason | undefined {
  for (const rule of byLevel[level]) if (rule.broken(asked, worker)) return rule.reason;
  return undefined;
}

export const outside = (range: Range | undefined, value: number): boolean =>
  range !== undefined && (value < range.min || value > range.max);

/** Whether the placement finds room for all ranks: of two halves, the second goes on where the first ends. */
export function findsRoom({ cluster }: Pick<ServingSetting, 'cluster'>, strategy: ServingStrategy): boolean {
  const { domainGpus } = cluster;
  if (strategy.mode === 'aggregated') {
    return strategyGpus(strategy) <= roomForRanks(cluster, ranksPerDomain(strategy, domainGpus));
  }
  let taken = 0;
  for (const degrees of [strategy.prefill, strategy.decode]) {
    const firstGpu = firstGpuAfter(taken, degrees, domainGpus);
    taken = gpuOfRank(strategyGpus(degrees) - 1, { degrees, firstGpu, domainGpus }) + 1;
  }
  return taken <= clusterGpus(cluster);
}

function workerReasons(problem: ServingRuleProblem, worker: WorkerShape & Degrees): readonly Rejection[] {
  const one = { ...worker, replicas: 1 };
  const asked = degreeProblem(problem, one);
  const rejections: Rejection[] = workerRules
    .filter((rule) => rule.reason !== 'gpus-exceed-cluster' && rule.broken(asked, one))
    .map(({ reason, explain }) => ({ reason, explanation: explain(asked, one) }));
  const { ep, etp, replicas } = worker;
  const cannot = stageGpus(one) % (ep * etp) === 0 ? inexpressible(problem, one) : undefined;
  if (cannot !== undefined) {
    rejections.push({
      reason: 'engine-not-expressible',
      explanation: `${cannot}; the nearest is ${nearestText(problem, worker)}`,
    });
  }
  if (outside(problem.constraints?.degrees.replicas, replicas)) {
    rejections.push({ reason: 'constraint', explanation: `replicas = ${replicas} is outside the constraint` });
  }
  return rejections;
}

function nearestText(problem: ServingRuleProblem, worker: WorkerShape): string {
  const nearest = nearestExpressible(problem, worker) ?? worker;
  const { tp, cp, dp, ep, etp, redundantExperts } = nearest;
  const context = cp > 1 ? `, cp = ${cp}` : '';
  const experts = mixtureOf(problem.model) ? `, ep = ${ep}, etp = ${etp}` : '';
  const copies = redundantExperts > 0 ? ` with ${redundantExperts} redundant experts` : '';
  return `${strategyName(nearest, problem.model)} (tp = ${tp}${context}, dp = ${dp}${experts})${copies}`;
}

/** Every rule that a given strategy breaks, explained; memory and SLO are not looked at. */
export function allServingReasons(problem: ServingRuleProblem, strategy: ServingStrategy): readonly Rejection[] {
  const { cluster, constraints } = problem;
  const rejections: Rejection[] =
    strategy.mode === 'aggregated'
      ? [...workerReasons(problem, strategy)]
      : [
          ...workerReasons(problem, strategy.prefill).map((rejection) => ofHalf('prefill', rejection)),
          ...workerReasons(problem, strategy.decode).map((rejection) => ofHalf('decode', rejection)),
        ];
  const gpus = servingGpus(strategy);
  if (gpus > clusterGpus(cluster)) {
    const explanation = `${gpus} GPUs are more than the ${clusterGpus(cluster)} of the cluster`;
    rejections.push({ reason: 'gpus-exceed-cluster', explanation });
  }
  if (outside(constraints?.gpus, gpus)) {
    rejections.push({ reason: 'constraint', explanation: `${gpus} GPUs are outside the constraint` });
  }
  if (!findsRoom(problem, strategy)) {
    const explanation = `keeping each tensor-parallel group inside a domain of ${cluster.domainGpus} GPUs leaves no room for ${gpus} ranks`;
    rejections.push({ reason: 'placement.tp-group-would-split', explanation });
  }
  return rejections;
}

function ofHalf(half: 'prefill' | 'decode', { reason, explanation }: Rejection): Rejection {
  return { reason, explanation: `${half} workers: ${explanation}` };
}
