/** What a workload makes of steps: the passes that a prompt takes, and the work of a step with and without one. */
import type { Engine } from '../../engine.ts';
import type { ServingWorkload } from '../../workload.ts';
import type { StepWork } from './step-work.ts';

/** Tokens of a prompt that are computed, those found in the prefix cache, and the passes that it takes. */
export interface PromptPasses {
  readonly computed: number;
  readonly cached: number;
  readonly passes: number;
  /** Tokens of a pass. */
  readonly tokens: number;
  /** Mean tokens in the cache before a pass. */
  readonly history: number;
}

export function promptPasses(workload: ServingWorkload, engine: Engine): PromptPasses {
  const computed = Math.max(1, Math.ceil(workload.inputTokens * (1 - workload.prefixCacheHitRate)));
  const cached = workload.inputTokens - computed;
  const passes = Math.ceil(computed / engine.batchTokens);
  const tokens = computed / passes;
  return { computed, cached, passes, tokens, history: cached + ((passes - 1) / 2) * tokens };
}

/** Mean context of a sequence that decodes. */
export function meanContext({ inputTokens, outputTokens }: ServingWorkload): number {
  return inputTokens + outputTokens / 2;
}

/** A step in which `sequences` decode on each data-parallel rank, and nothing else. */
export function plainWork(workload: ServingWorkload, sequences: number): StepWork {
  return {
    sequences,
    tokensEach: 1 + (workload.speculation?.tokens ?? 0),
    context: meanContext(workload),
    answer: workload.outputTokens,
    promptTokens: 0,
    prompts: 0,
    history: 0,
    groupPromptTokens: 0,
  };
}

/** The same with passes of prompts beside them, one unless said, on `together` of the data-parallel ranks. */
export function mixedWork(
  workload: ServingWorkload,
  engine: Engine,
  {
    sequences,
    together,
    passes = 1,
  }: { readonly sequences: number; readonly together: number; readonly passes?: number },
): StepWork {
  const { tokens, history } = promptPasses(workload, engine);
  return {
    sequences,
    tokensEach: 1 + (workload.speculation?.tokens ?? 0),
    context: meanContext(workload),
    answer: workload.outputTokens,
    promptTokens: passes * tokens,
    prompts: passes,
    history,
    groupPromptTokens: passes * together * tokens,
  };
}

/** Ranks that read prompts in the same step: all of dp, but for what the engine cannot arrange. */
export function ranksTogether({ times }: Engine, dp: number): number {
  return dp / (1 + times.scatter * (dp - 1));
}
