/**
 * How clients of a closed loop meet. All begin at once, and each asks again when it has been answered: those who began together come together
 * again, spread by as much as their answers' lengths differ, wave after wave. Held against a simulation of the loop (`npm run closed-loop`).
 */
import type { Engine } from '../../engine.ts';
import { decodeSteps, type ServingWorkload, usualLengthSpread } from '../../workload.ts';
import type { Steps } from './mean-step.ts';
import type { PromptPasses } from './passes.ts';
import type { WaitContext } from './waiting.ts';
import { furtherPass } from './waiting.ts';

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
  readonly group: Group;
  /** Prompts that come together where any comes, over all waves. */
  readonly grouped: number;
}

/** Of who comes whenever there is room. */
export const scattered: Waves = { density: 1, together: 0, group: { prompts: 1, steps: 1, count: 1 }, grouped: 1 };

/** Answers of fewer steps are taken as of so many, so that the spread which is assumed where none is said is never taken for none. */
const fewestSteps = 1 / (2 * usualLengthSpread);

/** Share of the waves in which nobody comes apart: lengths differ by less than a step. */
export function togetherShare(
  workload: Pick<ServingWorkload, 'lengthSpread' | 'outputTokens' | 'speculation'>,
): number {
  const steps = Math.max(decodeSteps(workload), fewestSteps);
  let together = 0;
  while (together < wavesOfLoop - 1 && width(workload.lengthSpread, together + 1) * steps < 1) together++;
  return together / (wavesOfLoop - 1);
}

/**
 * How far apart the answers of a wave end, as a share of one: lengths are uniform in 1 ± spread, and what they differ by adds up as in a
 * random walk, √12 deviations wide.
 */
const width = (spread: number, wave: number): number => 2 * spread * Math.sqrt(wave);

export function wavesOf(
  workload: ServingWorkload,
  engine: Engine,
  { prompt, perRank }: { readonly prompt: PromptPasses; readonly perRank: number },
): Waves {
  // A wave begins as wide as the steps that its first prompts took.
  const first = stepsFilled(engine, prompt, perRank) / decodeSteps(workload);
  const together = togetherShare(workload);
  const group = groupOf(engine, prompt, perRank);
  let density = 0;
  let apart = 0;
  for (let wave = 1 + Math.round(together * (wavesOfLoop - 1)); wave < wavesOfLoop; wave++) {
    density += 1 / Math.min(1, first + width(workload.lengthSpread, wave));
    apart++;
  }
  return {
    density: apart > 0 ? density / apart : 1,
    together,
    group,
    grouped: 1 + together * (group.prompts - 1),
  };
}

function groupOf({ batchTokens }: Engine, { computed }: PromptPasses, perRank: number): Group {
  const prompts = Math.max(1, Math.min(perRank, batchTokens / computed));
  return { prompts, steps: Math.max(1, computed / batchTokens), count: Math.max(1, perRank / prompts) };
}

/** The steps that a request meets, and the share of the sequences on the worker that are not its own. */
export interface Crowd {
  readonly steps: Steps;
  readonly others: number;
  readonly promptTokens: number;
}

/** Seconds of a request's own passes, and of the steps before. */
export interface Met {
  readonly own: number;
  readonly wait: number;
}

/** `ahead` steps are waited for in full where anybody runs. */
export function meetingIn(
  { density, together, group }: Waves,
  context: WaitContext,
  { prompt, ahead }: { readonly prompt: PromptPasses; readonly ahead: number },
): (sequences: number, crowd: Crowd) => Met {
  const { table } = context.cost;
  const further = furtherPass(context);
  // A client asks when it has been answered, and so do those whose answers end in the same steps.
  const apart = ({ steps, others, promptTokens }: Crowd): Met => {
    const { share, passes, decodeStep, mixedStep, pass } = steps;
    const beside = density * others;
    const extra = Math.min(1, beside * share) * (mixedStep - decodeStep);
    const more = Math.max(0, (beside * promptTokens) / prompt.tokens - passes) * further;
    return {
      own: prompt.passes * (pass + beside * (promptTokens / prompt.tokens) * further),
      wait: ahead * (decodeStep + extra + more),
    };
  };
  if (together === 0) return (_, crowd) => apart(crowd);
  const reads = readsAhead(group, ahead);
  return (sequences, crowd) => {
    const { decodeStep } = crowd.steps;
    const met = apart(crowd);
    const mixed = table.mixed(sequences, group.prompts);
    // Who ends with all others finds nothing running.
    const wait = group.count > 1 ? ahead * decodeStep + reads * (mixed - decodeStep) : 0;
    return {
      own: (1 - together) * met.own + together * prompt.passes * table.pass(sequences, group.prompts),
      wait: (1 - together) * met.wait + together * wait,
    };
  };
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
function stepsFilled(engine: Engine, prompt: PromptPasses, together: number): number {
  return (together * prompt.computed) / engine.batchTokens;
}

/** Mean seconds until the first token of `together` requests on a rank that all come at once: their prompts fill steps, one after another. */
export function firstWave({ engine, cost }: WaitContext, prompt: PromptPasses, together: number): number {
  const steps = stepsFilled(engine, prompt, together);
  if (steps <= 1) return cost.table.pass(0, Math.max(1, together));
  return (cost.table.pass(0, Math.max(1, engine.batchTokens / prompt.tokens)) * (steps + 1)) / 2;
}
