/**
 * What makes a strategy impossible whatever the memory: a list of small named rules. Each reads only the degrees of its level, so
 * that the search can turn away whole subspaces at once, and count them.
 */

import { clusterGpus } from '../cluster.ts';
import { splitBatch } from '../cost/shape.ts';
import { splitUnits, splitWidths } from '../mixer-parameters.ts';
import type { Model } from '../model.ts';
import { layerCount, mixtureOf } from '../model.ts';
import { ranksPerDomain, roomForRanks } from '../placement.ts';
import type { WeightClass } from '../precision.ts';
import type { Problem, Range, Reason, Rejection } from '../result.ts';
import { type Degrees, type Strategy, stageGpus, strategyGpus } from '../strategy.ts';

/** The degrees a rule reads: its own level's and those of the levels before it, in this order. */
export const levels = ['tp', 'cp', 'dp', 'pp', 'fold', 'placement'] as const;
export type Level = (typeof levels)[number];

/** Those that a layout is judged by before its expert fold is known. */
export const layoutLevels = ['tp', 'cp', 'dp', 'pp'] as const satisfies readonly Level[];

export type RuleProblem = Pick<Problem, 'cluster' | 'model' | 'workload' | 'constraints'>;
/** What rules read that hold for every kind of workload. */
export type DegreeProblem = Omit<RuleProblem, 'workload'>;

interface RuleOf<P, S> {
  readonly reason: Reason;
  readonly level: Level;
  readonly broken: (problem: P, strategy: S) => boolean;
  readonly explain: (problem: P, strategy: S) => string;
}

export interface DegreeRule extends RuleOf<DegreeProblem, Degrees> {
  readonly batchOnly?: never;
}

export interface BatchRule extends RuleOf<RuleProblem, Strategy> {
  readonly batchOnly: true;
}

export type Rule = DegreeRule | BatchRule;

const outside = (range: Range | undefined, value: number): boolean =>
  range !== undefined && (value < range.min || value > range.max);

function constraint(level: Level, name: 'tp' | 'cp' | 'dp' | 'pp' | 'ep' | 'etp'): DegreeRule {
  return {
    reason: 'constraint',
    level,
    broken: ({ constraints }, strategy) => outside(constraints.degrees[name], strategy[name]),
    explain: (_, strategy) => `${name} = ${strategy[name]} is outside the constraint`,
  };
}

const evenly = (whole: number, parts: number): boolean => whole % parts === 0;

function blockSplit(model: Model, weightClass: WeightClass, width: number, parts: number): boolean {
  const { block } = model.precision.weights[weightClass];
  return block !== undefined && parts > 1 && !evenly(width, block);
}

function unevenHeads(model: Model, tp: number): number | undefined {
  return model.layers
    .flatMap(({ mixer }) => (mixer ? splitUnits(mixer).heads : []))
    .find((heads) => !evenly(heads, tp));
}

const anyLayer = (model: Model, test: (layer: Model['layers'][number]) => boolean): boolean => model.layers.some(test);

export const rules: readonly Rule[] = [
  constraint('tp', 'tp'),
  {
    reason: 'heads-not-divisible',
    level: 'tp',
    broken: ({ model }, { tp }) =>
      anyLayer(
        model,
        ({ mixer }) => mixer !== undefined && splitUnits(mixer).heads.some((heads) => !evenly(heads, tp)),
      ),
    explain: ({ model }, { tp }) => `${unevenHeads(model, tp)} heads do not divide by tp = ${tp}`,
  },
  {
    reason: 'kv-heads-not-divisible',
    level: 'tp',
    broken: ({ model }, { tp }) =>
      anyLayer(
        model,
        ({ mixer }) =>
          mixer !== undefined && splitUnits(mixer).shared.some((heads) => !evenly(heads, tp) && !evenly(tp, heads)),
      ),
    explain: (_, { tp }) => `neither do the key-value heads divide by tp = ${tp}, nor tp by them`,
  },
  {
    reason: 'intermediate-not-divisible',
    level: 'tp',
    broken: ({ model }, { tp }) =>
      anyLayer(
        model,
        ({ dense, moe }) => !evenly(dense?.intermediateSize ?? 0, tp) || !evenly(moe?.sharedIntermediateSize ?? 0, tp),
      ),
    explain: (_, { tp }) =>
      `the intermediate size of a dense FFN or of the shared experts does not divide by tp = ${tp}`,
  },
  {
    reason: 'vocabulary-not-divisible',
    batchOnly: true,
    level: 'tp',
    broken: ({ model }, { tp }) => !evenly(model.vocabulary?.size ?? 0, tp),
    explain: ({ model }, { tp }) => `a vocabulary of ${model.vocabulary?.size} does not divide by tp = ${tp}`,
  },
  {
    reason: 'quantisation-block',
    level: 'tp',
    broken: ({ model }, { tp }) =>
      anyLayer(
        model,
        ({ mixer, dense, moe }) =>
          (mixer ? splitWidths(mixer, tp) : []).some((width) => blockSplit(model, 'attention', width, tp)) ||
          blockSplit(model, 'embedding', (model.vocabulary?.size ?? 0) / tp, tp) ||
          blockSplit(model, 'head', (model.vocabulary?.size ?? 0) / tp, tp) ||
          blockSplit(model, 'dense', (dense?.intermediateSize ?? 0) / tp, tp) ||
          blockSplit(model, 'shared', (moe?.sharedIntermediateSize ?? 0) / tp, tp),
      ),
    explain: (_, { tp }) => `with tp = ${tp} a shard of a block-quantised matrix is no multiple of its block`,
  },
  constraint('cp', 'cp'),
  {
    reason: 'sequence-not-divisible',
    batchOnly: true,
    level: 'cp',
    broken: ({ workload }, { cp }) => cp > 1 && !evenly(workload.sequenceLength, 2 * cp),
    explain: ({ workload }, { cp }) =>
      `a sequence of ${workload.sequenceLength} tokens does not divide into the 2·cp = ${2 * cp} chunks of an even causal split`,
  },
  constraint('dp', 'dp'),
  {
    reason: 'rank-without-sequence',
    batchOnly: true,
    level: 'dp',
    broken: ({ workload }, { dp }) => dp > workload.batchSize,
    explain: ({ workload }, { dp }) => `dp = ${dp} leaves ranks without any of the ${workload.batchSize} sequences`,
  },
  constraint('pp', 'pp'),
  {
    reason: 'stages-exceed-layers',
    level: 'pp',
    broken: ({ model }, { pp }) => pp > layerCount(model),
    explain: ({ model }, { pp }) => `pp = ${pp} stages are more than the ${layerCount(model)} layers`,
  },
  {
    reason: 'gpus-exceed-cluster',
    level: 'pp',
    broken: ({ cluster }, strategy) => strategyGpus(strategy) > clusterGpus(cluster),
    explain: ({ cluster }, strategy) =>
      `${strategyGpus(strategy)} GPUs are more than the ${clusterGpus(cluster)} of the cluster`,
  },
  {
    reason: 'constraint',
    level: 'pp',
    broken: ({ constraints }, strategy) => outside(constraints.gpus, strategyGpus(strategy)),
    explain: (_, strategy) => `${strategyGpus(strategy)} GPUs are outside the constraint`,
  },
  {
    reason: 'one-replica-only',
    batchOnly: true,
    level: 'pp',
    broken: ({ workload }, { replicas }) => workload.kind === 'batch' && replicas > 1,
    explain: (_, { replicas }) => `one batch is split over dp: ${replicas} replicas would have nothing to do`,
  },
  {
    reason: 'micro-batch-exceeds-batch',
    batchOnly: true,
    level: 'pp',
    broken: ({ workload }, { dp, microBatchSize }) => microBatchSize > splitBatch(workload.batchSize, dp).most,
    explain: ({ workload }, { dp, microBatchSize }) =>
      `a micro-batch of ${microBatchSize} is more than the ${splitBatch(workload.batchSize, dp).most} sequences of a rank`,
  },
  {
    reason: 'no-experts',
    level: 'fold',
    broken: ({ model }, { ep, etp }) => mixtureOf(model) === undefined && ep * etp > 1,
    explain: () => 'a dense model has no experts to spread',
  },
  constraint('fold', 'ep'),
  constraint('fold', 'etp'),
  {
    reason: 'expert-fold-not-integer',
    level: 'fold',
    broken: (_, strategy) => !evenly(stageGpus(strategy), strategy.ep * strategy.etp),
    explain: (_, strategy) =>
      `the ${stageGpus(strategy)} GPUs of a stage are no multiple of ep·etp = ${strategy.ep * strategy.etp}`,
  },
  {
    reason: 'experts-not-divisible',
    level: 'fold',
    broken: ({ model }, { ep }) => !evenly(mixtureOf(model)?.experts ?? ep, ep),
    explain: ({ model }, { ep }) => `${mixtureOf(model)?.experts} experts do not divide by ep = ${ep}`,
  },
  {
    reason: 'intermediate-not-divisible',
    level: 'fold',
    broken: ({ model }, { etp }) => anyLayer(model, ({ moe }) => !evenly(moe?.intermediateSize ?? 0, etp)),
    explain: ({ model }, { etp }) =>
      `an expert's intermediate size of ${mixtureOf(model)?.intermediateSize} does not divide by etp = ${etp}`,
  },
  {
    reason: 'quantisation-block',
    level: 'fold',
    broken: ({ model }, { etp }) =>
      anyLayer(model, ({ moe }) => blockSplit(model, 'expert', (moe?.intermediateSize ?? 0) / etp, etp)),
    explain: (_, { etp }) => `with etp = ${etp} a shard of a block-quantised expert is no multiple of its block`,
  },
  {
    reason: 'placement.tp-group-would-split',
    level: 'placement',
    broken: ({ cluster }, strategy) =>
      strategyGpus(strategy) > roomForRanks(cluster, ranksPerDomain(strategy, cluster.domainGpus)),
    explain: ({ cluster }, strategy) =>
      `keeping each tensor-parallel group inside a domain of ${cluster.domainGpus} GPUs leaves room for ` +
      `${roomForRanks(cluster, ranksPerDomain(strategy, cluster.domainGpus))} of the ${strategyGpus(strategy)} ranks`,
  },
];

/** Those that hold for every kind of workload. */
export const degreeRules: readonly DegreeRule[] = rules.flatMap((rule) => (rule.batchOnly ? [] : [rule]));

const byLevel = new Map<Level, readonly Rule[]>(levels.map((level) => [level, rules.filter((r) => r.level === level)]));

/** The first rule of a level that a strategy breaks. */
export function firstBroken(level: Level, problem: RuleProblem, strategy: Strategy): Reason | undefined {
  for (const rule of byLevel.get(level) ?? []) if (rule.broken(problem, strategy)) return rule.reason;
  return undefined;
}

/** Every rule that a strategy breaks, explained. */
export function allBroken(problem: RuleProblem, strategy: Strategy): readonly Rejection[] {
  return rules
    .filter((rule) => rule.broken(problem, strategy))
    .map(({ reason, explain }) => ({ reason, explanation: explain(problem, strategy) }));
}
