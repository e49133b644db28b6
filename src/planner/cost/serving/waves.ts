/**
 * How clients of a closed loop meet. All begin at once, and each asks again when it has been answered: those who began together come together
 * again, spread by as much as their answers' lengths differ, wave after wave. Held against a simulation of the loop (`npm run closed-loop`).
 */
import type { Engine } from '../../engine.ts';
import { decodeSteps, type ServingWorkload, usualLengthSpread } from '../../workload.ts';
import type { PromptPasses } from './passes.ts';
import type { WaitContext } from './waiting.ts';

/** Requests of each client in a closed loop, all of which begin at once: the mean TTFT of a run contains that burst. */
export const wavesOfLoop = 10;

/** Requests of a rank that are read, and answered, in the same steps. */
export interface Group {
  /** As many prompts as a step has room for, or one that takes several steps; and how many such groups a rank has. */
  readonly prompts: number;
  readonly steps: number;
  readonly count: number;
}

/** The waves after the first. */
export interface Waves {
  /** How much denser prompts come in the steps that a request sees than over all steps, where requests come apart. */
  readonly density: number;
  /** Share of the waves in which they do not: who was read in one step is answered in one, and read in one again. */
  readonly together: number;
}

/** Of who comes whenever there is room. */
export const scattered: Waves = { density: 1, together: 0 };

/** Answers of fewer steps are taken as of so many, so that the spread which is assumed where none is said is never taken for none. */
const fewestSteps = 1 / (2 * usualLengthSpread);

/** Share of the waves in which nobody comes apart: lengths differ by less than a step. */
export function togetherShare(
  workload: Pick<ServingWorkload, 'lengthSpread' | 'outputTokens' | 'speculation'>,
): number {
  return wavesTogether(workload.lengthSpread, decodeSteps(workload)) / (wavesOfLoop - 1);
}

function wavesTogether(spread: number, steps: number): number {
  const atLeast = Math.max(steps, fewestSteps);
  let together = 0;
  while (together < wavesOfLoop - 1 && width(spread, together + 1) * atLeast < 1) together++;
  return together;
}

/**
 * How far apart the answers of a wave end, as a share of one: lengths are uniform in 1 ± spread, and what they differ by adds up as in a
 * random walk, √12 deviations wide.
 */
const width = (spread: number, wave: number): number => 2 * spread * Math.sqrt(wave);

/** A wave begins as wide as the steps that its first prompts took. */
export function wavesOf(spread: number, decodeSteps: number, firstSteps: number): Waves {
  const first = firstSteps / decodeSteps;
  const together = wavesTogether(spread, decodeSteps);
  const apart = wavesOfLoop - 1 - together;
  let density = 0;
  for (let wave = 1 + together; wave < wavesOfLoop; wave++) density += 1 / Math.min(1, first + width(spread, wave));
  return { density: apart > 0 ? density / apart : 1, together: together / (wavesOfLoop - 1) };
}

export function groupOf({ batchTokens }: Engine, { computed }: PromptPasses, perRank: number): Group {
  const prompts = Math.max(1, Math.min(perRank, batchTokens / computed));
  return { prompts, steps: Math.max(1, computed / batchTokens), count: Math.max(1, perRank / prompts) };
}

/** What a request in a group meets with so many sequences on each rank: seconds of its own passes, and of the `ahead` steps before. */
export function metInGroup(
  { cost: { table } }: WaitContext,
  group: Group,
  { sequences, passes, ahead }: { readonly sequences: number; readonly passes: number; readonly ahead: number },
): { readonly own: number; readonly wait: number } {
  const own = passes * table.pass(sequences, group.prompts);
  // Who ends with all others finds nothing running.
  if (group.count <= 1) return { own, wait: 0 };
  const decodeStep = table.plain(sequences);
  const mixedStep = table.mixed(sequences, group.prompts);
  return { own, wait: ahead * decodeStep + readsAhead(group, ahead) * (mixedStep - decodeStep) };
}

/**
 * Steps with prompts among the `ahead` that a group waits for, on average. Groups end as far apart as they were read, and each is read
 * ahead + 1 steps after it has ended: the first waits for decoding alone, the others for what those before them are read in.
 */
function readsAhead({ count, steps }: Group, ahead: number): number {
  let seen = 0;
  let group = 0;
  for (; group < count && group * steps < ahead; group++) seen += Math.min(1, count - group) * group * steps;
  return (seen + Math.max(0, count - group) * ahead) / count;
}

/** Groups that are read while one decodes: each of the others once, but for those that it waits for before its own prompt is read. */
export function groupsBeside(group: Group, ahead: number): number {
  return group.count - 1 - readsAhead(group, ahead) / group.steps;
}

/** Steps that the prompts of so many requests on a rank fill. */
export function stepsFilled(engine: Engine, prompt: PromptPasses, together: number): number {
  return (together * prompt.computed) / engine.batchTokens;
}

/** Mean seconds until the first token of `together` requests on a rank that all come at once: their prompts fill steps, one after another. */
export function firstWave({ engine, cost }: WaitContext, prompt: PromptPasses, together: number): number {
  const steps = stepsFilled(engine, prompt, together);
  if (steps <= 1) return cost.table.pass(0, Math.max(1, together));
  return (cost.table.pass(0, Math.max(1, engine.batchTokens / prompt.tokens)) * (steps + 1)) / 2;
}
