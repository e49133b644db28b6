/** Every figure of a strategy, from the specs alone. What the checks hold claims against. */
import type { MemoryAccount } from '../planner/estimate.ts';
import type { Strategy } from '../planner/strategy.ts';
import { spread, type Weighted } from './balance.ts';
import type { VerifierProblem } from './claim.ts';
import { flopsOf } from './flops.ts';
import { type Layout, layoutOf } from './layout.ts';
import { memoryOf } from './memory.ts';
import { type DerivedUse, messagesOf } from './messages.ts';
import { type Tokens, tokensOf } from './routing.ts';
import { expertsOfStage, type Stage, stagesOf } from './stages.ts';

/** Ranks that are alike in everything. */
export interface RankClass {
  readonly stage: Stage;
  /** The lowest rank of the class. */
  readonly firstRank: number;
  /** Over all replicas. */
  readonly ranks: number;
  readonly memory: MemoryAccount;
  readonly flops: number;
  readonly experts: number;
}

/** What all ranks come to. */
export interface Summary {
  readonly classes: readonly RankClass[];
  /** The class of the lowest rank that needs most memory. */
  readonly largest: RankClass;
  /** The class of a rank with most FLOPs. */
  readonly busiest: RankClass;
  readonly balance: { readonly experts: number; readonly compute: number; readonly memory: number };
}

export interface Derived extends Summary {
  readonly layout: Layout;
  readonly stages: readonly Stage[];
  readonly tokens: Tokens;
  readonly uses: readonly DerivedUse[];
  readonly slots: number;
}

/** Classes stand in the order of their first ranks, so the first of equals is the lowest rank. */
export function summaryOf(classes: readonly RankClass[]): Summary {
  const highest = (value: (item: RankClass) => number): RankClass =>
    classes.reduce((best, item) => (value(item) > value(best) ? item : best));
  const over = (value: (item: RankClass) => number): number =>
    spread(classes.map((item): Weighted => ({ value: value(item), ranks: item.ranks })));
  return {
    classes,
    largest: highest((item) => item.memory.total),
    busiest: highest((item) => item.flops),
    balance: {
      experts: over((item) => item.experts),
      compute: over((item) => item.flops),
      memory: over((item) => item.memory.total),
    },
  };
}

/** @throws RangeError for a strategy with structural faults. */
export function derive(problem: VerifierProblem, strategy: Strategy): Derived {
  const layout = layoutOf(problem, strategy);
  const stages = stagesOf(problem, layout);
  const tokens = tokensOf(problem, layout);
  const classes: RankClass[] = [];
  for (const stage of stages) {
    const accounts = new Map<number, MemoryAccount>();
    const experts = expertsOfStage(stage) / layout.ep;
    for (const run of layout.runs) {
      const { sequences } = run;
      const memory = accounts.get(sequences) ?? memoryOf(problem, layout, { stage, tokens, sequences });
      accounts.set(sequences, memory);
      classes.push({
        stage,
        firstRank: stage.index * layout.inStage + run.first,
        ranks: run.count * layout.replicas,
        memory,
        flops: flopsOf(problem, layout, stage, run),
        experts,
      });
    }
  }
  return {
    ...summaryOf(classes),
    layout,
    stages,
    tokens,
    uses: messagesOf(problem, layout, stages, tokens),
    slots: problem.model.layers.find((run) => run.moe)?.moe?.experts ?? 0,
  };
}
