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
  /** Seconds until the first token, at least, where the other half takes so many GPUs and is not known but for that. */
  readonly read: (prefill: Worker, otherGpus: number) => number;
  readonly pair: (halves: Halves) => number;
}

export function firstTokenOf({ problem, cost }: JudgeContext, sides: Sides): FirstToken {
  const { workload, engine } = problem;
  const { load, slo, outputTokens, lengthSpread } = workload;
  const { max: gpusAtMost } = gpuRange(problem);
  const request = requestSeconds(workload, engine);
  const clients = clientsOf(load);
  /** Clients that are let in at once, at least, where the others do not wait for longer than the SLO allows. */
  const letIn = (answer: number): number => {
    if (load.kind === 'static') return clients;
    const { ttft = Number.POSITIVE_INFINITY } = slo;
    return answer > 0 ? clients / (1 + ttft / answer) : 0;
  };
  /** Seconds that a prompt waits for others, at least, where so long answers are written on so many GPUs. */
  const queued = (prefill: Worker, answer: number, otherGpus: number): number => {
    if (load.kind === 'saturated') return 0;
    const { seconds, requestsPerSecond } = sides.prefill(prefill);
    const workers = Math.max(1, Math.floor((gpusAtMost - otherGpus) / prefill.gpus));
    const servers = workers * prefill.layout.dp;
    if (load.kind === 'rate') {
      const busy = load.requestsPerSecond / (workers * requestsPerSecond);
      return waiting({ load: busy, servers, spread: lengthSpread }) * seconds;
    }
    return Math.max(0, cost.firstWave(prefill.layout, letIn(answer) / servers) - seconds) / wavesOfLoop;
  };
  const atLeast = (
    prefill: Worker,
    other: { readonly joining: number; readonly answer: number; readonly gpus: number },
  ) =>
    (sides.prefill(prefill).seconds + request + other.joining + queued(prefill, other.answer, other.gpus)) *
    slightlyLess;
  return {
    read: (prefill, gpus) => atLeast(prefill, { joining: 0, answer: 0, gpus }),
    pair: ({ prefill, decode }) => {
      const { joining, tpot } = sides.decode(decode, decode.gpus / gpusAtMost / decode.layout.dp);
      return atLeast(prefill, { joining, answer: tpot * (outputTokens - 1), gpus: decode.gpus });
    },
  };
}
