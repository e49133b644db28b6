/** What guessing adds to a step, on its last stage: the choice of each guess, and the passes of those beyond the first. docs/accounting.md, "Guessed tokens". */
import { addProfile, type Profile } from '../profile.ts';
import { stageProfiles } from './step.ts';
import type { StageSeconds, WorkerShape } from './step-seconds.ts';
import type { Placed, StepContext, StepWork } from './step-work.ts';
import type { Guess, Stage } from './worker.ts';

/** A token of each sequence that decodes. */
function guessing(work: StepWork): StepWork {
  return { ...work, tokensEach: 1, promptTokens: 0, prompts: 0, history: 0, groupPromptTokens: 0 };
}

/** The seconds of each stage, those of guesses included. */
export function withGuesses(
  secondsOf: (shape: WorkerShape) => StageSeconds,
  guesses: readonly Guess[],
): (shape: WorkerShape) => StageSeconds {
  if (guesses.length === 0) return secondsOf;
  const parts = guesses.map(({ stage }) => stage);
  return (shape) => {
    const own = secondsOf(shape);
    const further = secondsOf({ ...shape, stages: parts });
    return (work) => {
      const seconds = own(work);
      if (work.sequences === 0) return seconds;
      const added = further(guessing(work)).reduce((sum, each, i) => sum + each * (guesses[i]?.times ?? 0), 0);
      return seconds.map((each, i) => (i === seconds.length - 1 ? each + added : each));
    };
  };
}

/** The same by parts. */
export function profilesWithGuesses(
  context: StepContext,
  { stages, guesses }: { readonly stages: readonly Stage[]; readonly guesses: readonly Guess[] },
  at: Pick<Placed, 'work' | 'worker' | 'spans'>,
): readonly Profile[] {
  const profiles = stageProfiles(context, stages, at);
  const last = profiles.at(-1);
  if (!last || guesses.length === 0 || at.work.sequences === 0) return profiles;
  const parts = guesses.map(({ stage }) => stage);
  for (const [i, profile] of stageProfiles(context, parts, { ...at, work: guessing(at.work) }).entries()) {
    addProfile(last, profile, guesses[i]?.times ?? 0);
  }
  return profiles;
}
