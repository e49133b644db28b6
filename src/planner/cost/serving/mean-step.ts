/** Steps with prompts and without: how often each comes, how long it takes, and what it computes. */
import { mixedWork, type PromptPasses, plainWork, ranksTogether } from './passes.ts';
import type { SteadyContext } from './steady.ts';

/** The two kinds of steps of a worker that reads prompts beside the answers it writes. */
export interface Steps {
  /** Passes of prompts in a step that has any, and the share of the steps that do. */
  readonly passes: number;
  readonly share: number;
  /** Seconds of a step without prompts and with them, and of a prompt's pass through all stages. */
  readonly decodeStep: number;
  readonly mixedStep: number;
  readonly pass: number;
}

interface Crowd {
  /** Sequences that decode on each rank, and prompt tokens to be computed a step and rank on average. */
  readonly sequences: number;
  readonly promptTokens: number;
  /** Prompts that come together where any comes, at least; one unless said. */
  readonly grouped?: number;
}

/** The steps of a worker on whose ranks so many decode and so many prompt tokens come. */
export function stepsOf(
  { engine, cost }: SteadyContext,
  prompt: PromptPasses,
  { sequences, promptTokens, grouped = 1 }: Crowd,
): Steps {
  const { table, worker } = cost;
  const perRank = Math.min(1, promptTokens / prompt.tokens / grouped);
  // Ranks read prompts in the same steps where the engine can arrange it, since everyone waits for anyone's.
  const apart = 1 - (1 - perRank) ** worker.dp;
  const share = perRank + engine.times.scatter * (apart - perRank);
  // More than one pass a step is one of several prompts, and a step has room for so many tokens.
  const passes = Math.max(grouped, Math.min(promptTokens, engine.batchTokens) / prompt.tokens);
  return {
    passes,
    share,
    decodeStep: table.plain(sequences),
    mixedStep: table.mixed(sequences, passes),
    pass: table.pass(sequences, 1),
  };
}

/** Requests a second whose prompts a worker reads, at most: in steps full of them, however few decode beside them. */
export function readsAtMost(
  { engine, cost }: Pick<SteadyContext, 'engine' | 'cost'>,
  { passes, tokens }: PromptPasses,
): number {
  const full = Math.max(1, engine.batchTokens / tokens);
  return (cost.worker.dp * full) / (passes * cost.table.mixed(0, full));
}

/** What such steps compute. */
export function worksOf({ workload, engine, cost }: SteadyContext, sequences: number, passes: number) {
  const together = ranksTogether(engine, cost.worker.dp);
  return {
    plain: plainWork(workload, sequences),
    mixed: mixedWork(workload, engine, { sequences, together, passes }),
  };
}
