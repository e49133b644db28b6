/**
 * What no numbers of two halves get below in TTFT, from a look at either half: which of them cannot meet the SLO need not be judged, in
 * numbers by the hundred.
 *
 * A first token takes its prompt by itself, the request's own seconds and the steps that its cache waits for. Arrivals at a rate queue
 * least before as many prefill workers as there is room for. Of C clients that begin at once m are let in: the others wait (C/m − 1)
 * answers, which bounds m from below, and the prompts of the m come in one wave, of which a run's mean has its share.
 */
import { requestSeconds, waiting } from '../../cost/serving/waiting.ts';
import { wavesOfLoop } from '../../cost/serving/waves.ts';
import { slightlyLess } from './floors.ts';
import type { Halves, JudgeContext } from './judge.ts';
import { clientsOf } from './load.ts';
import { gpuRange } from './range.ts';
import type { Sides } from './sides.ts';
import type { Worker } from './workers.ts';

export interface FirstToken {
  /** Seconds until the first token, at least, if these are no more than `within`, with any of such decode workers. */
  readonly read: (prefill: Worker, writers: readonly Worker[], within: number) => number;
  readonly pair: (halves: Halves, within: number) => number;
}

/** What a prompt meets of the half that writes, at least: seconds of the steps that its cache waits for and of an answer, and its GPUs. */
interface Other {
  readonly joining: number;
  readonly answer: number;
  readonly gpus: number;
}

/** Of what exceeds a bound, by a floor that assumes it kept: no less in truth. */
export function lateBy(within: number, floor: (within: number) => number): number {
  return Math.max(within, floor(floor(within)));
}

export function firstTokenOf({ problem, cost }: JudgeContext, sides: Sides): FirstToken {
  const { workload, engine } = problem;
  const { load, outputTokens, lengthSpread } = workload;
  const { max: gpusAtMost } = gpuRange(problem);
  const request = requestSeconds(workload, engine);
  const clients = clientsOf(load);
  /** Clients that are let in at once, at least, where the others wait no longer than `within`. */
  const letIn = (answer: number, within: number): number => {
    if (load.kind === 'static') return clients;
    return answer > 0 ? clients / (1 + within / answer) : 0;
  };
  /** Seconds that a prompt waits for others, at least. */
  const queued = (prefill: Worker, { answer, gpus }: Other, within: number): number => {
    if (load.kind === 'saturated') return 0;
    const { seconds, requestsPerSecond } = sides.prefill(prefill);
    const workers = Math.max(1, Math.floor((gpusAtMost - gpus) / prefill.gpus));
    const servers = workers * prefill.layout.dp;
    if (load.kind === 'rate') {
      const busy = load.requestsPerSecond / (workers * requestsPerSecond);
      return waiting({ load: busy, servers, spread: lengthSpread }) * seconds;
    }
    return Math.max(0, cost.firstWave(prefill.layout, letIn(answer, within) / servers) - seconds) / wavesOfLoop;
  };
  const atLeast = (prefill: Worker, other: Other, within: number) =>
    (sides.prefill(prefill).seconds + request + other.joining + queued(prefill, other, within)) * slightlyLess;
  const others = new Map<Worker, Other>();
  const otherOf = (decode: Worker): Other => {
    let other = others.get(decode);
    if (!other) {
      const { joining, tpot } = sides.decode(decode, decode.gpus / gpusAtMost / decode.layout.dp);
      other = { joining, answer: tpot * (outputTokens - 1), gpus: decode.gpus };
      others.set(decode, other);
    }
    return other;
  };
  let any: { readonly writers: readonly Worker[]; readonly least: Other } | undefined;
  const leastOf = (writers: readonly Worker[]): Other => {
    if (any?.writers !== writers) {
      const all = writers.map(otherOf);
      const least = (key: keyof Other) =>
        all.reduce((sum, other) => Math.min(sum, other[key]), Number.POSITIVE_INFINITY);
      any = { writers, least: { joining: least('joining'), answer: least('answer'), gpus: least('gpus') } };
    }
    return any.least;
  };
  return {
    read: (prefill, writers, within) => atLeast(prefill, leastOf(writers), within),
    pair: ({ prefill, decode }, within) => atLeast(prefill, otherOf(decode), within),
  };
}
