/**
 * Whether what is claimed of the steady state holds together: what decodes against what there is room for, the rate of requests
 * against how long each stays (J. D. C. Little, 1961: the mean number in a system is the rate times the mean stay), tokens against
 * requests, TPOT against what the hardware can read, and the objective.
 */
import type { ServingWorkload } from '../../planner/workload.ts';
import type { VerificationCheck } from '../claim.ts';
import { checkOf, type Fault, type Figure } from '../compare.ts';
import { inWords } from '../text.ts';
import { finite, slack } from '../time-claims.ts';
import { leastDecode } from './bounds.ts';
import type { ServingClaim } from './claim.ts';
import type { WorkerGiven } from './derive.ts';
import { shareWithin } from './share-within.ts';
import { prefixOf } from './worker.ts';

/** Means of an iteration that was stopped may be off by so much, and averages over steps of several kinds besides. */
const loose = { most: 1.01, least: 0.9, decoding: 2 } as const;

const count = (value: number) => inWords(Number(value.toPrecision(4)), 'count');

interface Said {
  readonly workload: ServingWorkload;
  readonly claim: ServingClaim;
  readonly workers: readonly WorkerGiven[];
  /** The kind of worker that writes the answers. */
  readonly writing: WorkerGiven;
}

/** What each data-parallel rank has in a mean step follows from how many decode there. */
function loadFigures({ workers }: Said): readonly Figure[] {
  return workers.flatMap(({ worker }): readonly Figure[] => {
    const said = worker.estimate?.load;
    const name = (what: string) => `${prefixOf(worker.role)}${what}`;
    const figure = { unit: 'count', tolerance: 'relative' } as const;
    return [
      { name: name('The mean context'), derived: worker.load.context, claimed: said?.context, ...figure },
      {
        name: name('The prompt tokens of a step'),
        derived: worker.load.promptTokens,
        claimed: said?.promptTokens,
        ...figure,
      },
    ];
  });
}

function loadFaults({ workers }: Said): readonly Fault[] {
  const faults: Fault[] = [];
  for (const { worker } of workers) {
    const said = worker.estimate?.load?.sequences;
    if (said === undefined) continue;
    const { maxConcurrency, replicas, dp } = worker.strategy;
    const most = worker.load.sequences === 0 ? 0 : maxConcurrency / (replicas * dp);
    if (said >= 0 && said * slack <= most) continue;
    const text = `${prefixOf(worker.role)}${count(said)} sequences decode on a data-parallel rank, which has room for ${count(most)}.`;
    faults.push({ expected: most, actual: finite(said), text });
  }
  return faults;
}

/** Requests in the deployment at once, where the load says it: clients, the batch, or every slot. */
function presentOf({ workload, writing }: Said): number | undefined {
  const { load } = workload;
  switch (load.kind) {
    case 'concurrency':
      return load.concurrency;
    case 'static':
      return load.batch;
    case 'saturated':
      // Without answers a request is inside for as long as it is read, and who waits is nowhere counted.
      return workload.outputTokens === 1 ? undefined : writing.worker.strategy.maxConcurrency;
    case 'rate':
      return undefined;
  }
}

function rateFaults(said: Said): readonly Fault[] {
  const { workload, claim, writing } = said;
  const { time, throughput } = claim.estimate ?? {};
  const rate = throughput?.requestsPerSecond;
  const ttft = time?.ttft?.mean;
  const tpot = time?.tpot?.mean;
  if (rate === undefined || tpot === undefined || ttft === undefined) return [];
  const faults: Fault[] = [];
  const answering = rate * tpot * (workload.outputTokens - 1);
  const inside = rate * ttft + answering;
  const present = presentOf(said);
  if (present !== undefined && !(inside <= present * loose.most && inside >= present * loose.least)) {
    const text = `${count(rate)} requests a second that stay ${inWords(ttft + answering / rate, 'seconds')} are ${count(inside)} at once, and there are ${present}.`;
    faults.push({ expected: present, actual: finite(inside), text });
  }
  const { worker } = writing;
  const { replicas, dp, maxConcurrency } = worker.strategy;
  if (answering > maxConcurrency * loose.most) {
    const text = `${count(answering)} requests would be answered at once, of ${maxConcurrency} that run at most.`;
    faults.push({ expected: maxConcurrency, actual: finite(answering), text });
  }
  const decoding = worker.estimate?.load?.sequences;
  // A static batch decodes together, or not at all: its mean step is one with all of it.
  if (decoding === undefined || workload.load.kind === 'static') return faults;
  const all = decoding * replicas * dp;
  // What decodes does so at least alone, on every worker.
  const most = Math.max(replicas, answering * loose.decoding);
  if (!(all <= most / slack && all * loose.decoding >= Math.min(maxConcurrency, answering) * slack)) {
    const text = `${count(all)} sequences are said to decode at once, and by rate and TPOT it is ${count(answering)}.`;
    faults.push({ expected: answering, actual: finite(all), text });
  }
  return faults;
}

/** A token comes no faster than every stage has read its weights; a client waits at least for what it is said to wait for. */
function latencyFaults({ workload, claim, writing }: Said): readonly Fault[] {
  const { time } = claim.estimate ?? {};
  const faults: Fault[] = [];
  const least = leastDecode(writing) / writing.worker.gained;
  const tpot = time?.tpot?.mean;
  if (tpot !== undefined && workload.outputTokens > 1 && !(tpot >= least * slack)) {
    const text = `A TPOT of ${inWords(tpot, 'seconds')} is shorter than the ${inWords(least, 'seconds')} that reading weights and cache takes.`;
    faults.push({ expected: least, actual: finite(tpot), text });
  }
  for (const [name, said] of [
    ['TTFT', time?.ttft],
    ['TPOT', time?.tpot],
  ] as const) {
    const { mean, p50, p95, interval } = said ?? {};
    if (mean !== undefined && !(mean >= 0 && Number.isFinite(mean))) {
      faults.push({ expected: 0, actual: finite(mean), text: `A ${name} of ${mean} s is no time.` });
    }
    if (p50 !== undefined && p95 !== undefined && !(p50 <= p95 / slack)) {
      faults.push({ expected: p95, actual: p50, text: `Half of the ${name}s are longer than 95 % of them.` });
    }
    const [low, high] = interval ?? [];
    if (mean !== undefined && low !== undefined && high !== undefined && !(low <= mean && mean <= high)) {
      faults.push({ expected: mean, actual: low, text: `The mean ${name} lies outside of its own interval.` });
    }
  }
  const waits = (time?.queueing ?? 0) + (time?.transfer ?? 0);
  const ttft = time?.ttft?.mean;
  if (ttft !== undefined && !(waits >= 0 && waits * slack <= ttft)) {
    faults.push({
      expected: ttft,
      actual: finite(waits),
      text: 'Queueing and transfer are longer than the TTFT that they are part of.',
    });
  }
  return faults;
}

interface Promised {
  readonly name: string;
  readonly bound: number | undefined;
  readonly confidence: number | undefined;
  readonly said:
    | { readonly mean?: number; readonly interval?: readonly number[]; readonly boundKept?: number }
    | undefined;
}

/** A bound is kept by the mean; and, where the request asks for that, as probably as it asks. */
function promiseFaults({ name, bound, confidence = 0, said = {} }: Promised): readonly Fault[] {
  const { mean, interval, boundKept } = said;
  if (bound === undefined || mean === undefined) {
    if (boundKept === undefined) return [];
    const text = `A bound of ${name} is said to be kept, and there is none.`;
    return [{ expected: 0, actual: finite(boundKept), text }];
  }
  const faults: Fault[] = [];
  if (!(mean * slack <= bound)) {
    const text = `A mean ${name} of ${inWords(mean, 'seconds')} misses the objective of ${inWords(bound, 'seconds')}.`;
    faults.push({ expected: bound, actual: finite(mean), text });
  }
  const [least, most] = interval ?? [];
  if (least === undefined || most === undefined) return faults;
  const share = shareWithin(bound, { mean, least, most });
  if (boundKept !== undefined && !(Math.abs(boundKept - share) <= nearly)) {
    const text = `${name} is said to be within ${inWords(bound, 'seconds')} with a probability of ${inWords(boundKept, 'share')}, and by its interval it is with one of ${inWords(share, 'share')}.`;
    faults.push({ expected: share, actual: finite(boundKept), text });
  }
  if (!(share >= confidence - nearly)) {
    const text = `${name} is within ${inWords(bound, 'seconds')} with a probability of ${inWords(share, 'share')}, and ${inWords(confidence, 'share')} are asked for.`;
    faults.push({ expected: confidence, actual: finite(share), text });
  }
  return faults;
}

/** Probabilities are integrated numerically. */
const nearly = 1e-6;

function objectiveFaults({ workload, claim }: Said): readonly Fault[] {
  const { time, throughput } = claim.estimate ?? {};
  const { slo } = workload;
  const faults: Fault[] = [];
  for (const [name, bound, said] of [
    ['TTFT', slo.ttft, time?.ttft],
    ['TPOT', slo.tpot, time?.tpot],
  ] as const) {
    faults.push(...promiseFaults({ name, bound, said, confidence: slo.confidence }));
  }
  const used = throughput?.utilization;
  if (used !== undefined && !(used > 0 && used <= 1)) {
    faults.push({ expected: 1, actual: finite(used), text: 'The share of time in use lies above 0 and is at most 1.' });
  }
  return faults;
}

/** Requests that come faster than they are read or answered wait ever longer: there is no steady state then. */
function keepingUpFaults({ workload, claim, workers }: Said): readonly Fault[] {
  const faults: Fault[] = [];
  const { load } = workload;
  const rate = claim.estimate?.throughput?.requestsPerSecond;
  if (rate === undefined) return faults;
  if (load.kind === 'rate' && rate < load.requestsPerSecond * slack) {
    const come = load.requestsPerSecond;
    const text = `${come} requests come a second, and ${count(rate)} are answered, ${count((100 * rate) / come)} % of them: the queue grows without end, and the figures are of workers that are full.`;
    faults.push({ expected: come, actual: finite(rate), text });
  }
  for (const { worker } of workers) {
    const step = worker.estimate?.time?.step;
    if (worker.role !== 'prefill' || step === undefined) continue;
    const { replicas, dp } = worker.strategy;
    const most = (replicas * dp) / step;
    if (rate <= most * loose.most) continue;
    const text = `${count(rate)} prompts a second are more than the ${count(most)} that the prefill workers read: the queue before them grows without end.`;
    faults.push({ expected: most, actual: finite(rate), text });
  }
  return faults;
}

export function checkSteadyState(
  { claim, workers, writing }: Pick<Said, 'claim' | 'workers' | 'writing'>,
  workload: ServingWorkload,
): VerificationCheck {
  const said: Said = { workload, claim, workers, writing };
  const { throughput, time } = claim.estimate ?? {};
  const rate = throughput?.requestsPerSecond;
  const tpot = time?.tpot?.mean;
  const gpus = workers.reduce((sum, { worker }) => sum + worker.grid.world, 0);
  const tokens = { unit: 'tokens/s', tolerance: 'relative' } as const;
  const figures: Figure[] = [...loadFigures(said)];
  if (rate !== undefined) {
    const all = rate * workload.outputTokens;
    figures.push(
      { name: 'The throughput', derived: all, claimed: throughput?.tokensPerSecond, ...tokens },
      { name: 'The throughput of a GPU', derived: all / gpus, claimed: throughput?.tokensPerSecondPerGpu, ...tokens },
    );
  }
  if (tpot !== undefined) {
    const user = tpot > 0 ? 1 / tpot : 0;
    figures.push({
      name: 'The tokens a user sees',
      derived: user,
      claimed: throughput?.tokensPerSecondPerUser,
      ...tokens,
    });
  }
  const { load, sequences } = writing.worker;
  const notes = [
    `${writing.worker.strategy.maxConcurrency} requests run at most, ${sequences} on a data-parallel rank; ${load.sequences.toPrecision(4)} of them decode in a mean step, beside ${load.promptTokens.toPrecision(4)} prompt tokens.`,
  ];
  const headline: Figure = {
    name: 'The requests that decode',
    unit: 'count',
    derived: load.sequences,
    claimed: writing.worker.estimate?.load?.sequences,
    tolerance: 'relative',
  };
  const faults = [
    ...keepingUpFaults(said),
    ...loadFaults(said),
    ...rateFaults(said),
    ...latencyFaults(said),
    ...objectiveFaults(said),
  ];
  return checkOf('steady-state', { headline, figures, faults, notes });
}
