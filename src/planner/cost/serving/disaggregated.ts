/**
 * The steady state where prompts are read by some workers and answers written by others: two servers in a row, with the move of a prompt's
 * KV between them. Neither waits for the other's steps, so TPOT is a plain decode step, and of decoding TTFT has only the steps that an
 * arrived cache waits for.
 */
import type { Cluster } from '../../cluster.ts';
import { clusterGpus } from '../../cluster.ts';
import type { Engine } from '../../engine.ts';
import type { Model } from '../../model.ts';
import type { DisaggregatedStrategy, WorkerStrategy } from '../../strategy.ts';
import { decodeSteps, type ServingWorkload } from '../../workload.ts';
import { cacheBytes } from '../layer.ts';
import type { WorkerCost } from './cost.ts';
import { draftOf } from './draft.ts';
import { promptPasses } from './passes.ts';
import type { StepWork } from './step-work.ts';
import { requestSeconds, stepsAhead, waiting } from './waiting.ts';
import { firstWave, wavesOfLoop } from './waves.ts';

export interface HalvesContext {
  readonly cluster: Cluster;
  readonly model: Model;
  readonly workload: ServingWorkload;
  readonly engine: Engine;
}

/** A worker that reads prompts, at full load: as many on each data-parallel rank at a time as a step has room for. */
export interface PrefillSide {
  readonly work: StepWork;
  /** Steps of this work that a prompt of each rank takes: all its passes, or its share of a step that reads several. */
  readonly steps: number;
  /** Seconds of a prompt by itself. */
  readonly seconds: number;
  readonly requestsPerSecond: number;
}

export function prefillSide({ workload, engine }: HalvesContext, cost: WorkerCost): PrefillSide {
  const { dp } = cost.worker;
  const { passes } = promptPasses(workload, engine);
  const { work, alone, together, full } = cost.prompts();
  const seconds = passes * alone;
  // Stages of a pipeline work on different prompts: a step is the slowest stage's.
  const one = { work, steps: passes, seconds, requestsPerSecond: dp / (passes * together) };
  if (!full) return one;
  const several = {
    work: full.work,
    steps: 1 / full.prompts,
    seconds,
    requestsPerSecond: (dp * full.prompts) / full.seconds,
  };
  return several.requestsPerSecond > one.requestsPerSecond ? several : one;
}

/** A worker that writes answers, at `sequences` on each data-parallel rank. */
export interface DecodeSide {
  readonly step: number;
  readonly tpot: number;
  /** Seconds that an arrived cache waits for steps. */
  readonly joining: number;
  /** Answers it finishes. */
  readonly requestsPerSecond: number;
}

export function decodeSide({ workload, engine }: HalvesContext, cost: WorkerCost, sequences: number): DecodeSide {
  const steps = decodeSteps(workload);
  const tokens = workload.outputTokens - 1;
  const step = steps > 0 ? cost.table.plain(sequences) : 0;
  const tpot = tokens > 0 ? (step * steps) / tokens : 0;
  const requestsPerSecond = (sequences * cost.worker.dp) / Math.max(steps * step, 1e-9);
  return { step, tpot, joining: stepsAhead({ engine, cost }) * step, requestsPerSecond };
}

/**
 * Seconds to move one prompt's KV: every element once, over as many links as the narrower worker has ranks of one data-parallel group, the
 * network unless one fast domain holds all. It errs slow where engines send layer by layer while the prompt is still computed.
 */
export function transferSeconds(
  { cluster, model, workload }: HalvesContext,
  { prefill, decode }: { readonly prefill: WorkerStrategy; readonly decode: WorkerStrategy },
): number {
  const links = Math.min(prefill.tp * prefill.cp * prefill.pp, decode.tp * decode.cp * decode.pp);
  let bytes = 0;
  for (const { count, mixer } of [...model.layers, ...(draftOf(model, workload)?.runs ?? [])]) {
    bytes += count * cacheBytes(mixer, model, { tokens: workload.inputTokens, tp: 1, cp: 1 });
  }
  const link = clusterGpus(cluster) <= cluster.domainGpus ? cluster.fast : cluster.slow;
  return link.latency + bytes / links / link.bandwidth;
}

export interface DisaggregatedSteady {
  readonly prefill: PrefillSide;
  readonly decode: DecodeSide;
  /** Sequences on each data-parallel rank of the decode workers. */
  readonly sequences: number;
  readonly ttft: number;
  readonly queueing: number;
  readonly transfer: number;
  readonly tpot: number;
  readonly requestsPerSecond: number;
  readonly utilization: number;
}

export type HalvesLoad =
  /** `together`: all begin at once, as the clients of a closed loop. */
  | { readonly kind: 'clients'; readonly clients: number; readonly together: boolean }
  | { readonly kind: 'rate'; readonly requestsPerSecond: number };

/** Where requests come faster than they are answered `requestsPerSecond` is less than the rate, as in openLoop. */
export function disaggregated(
  context: HalvesContext,
  strategy: DisaggregatedStrategy,
  costs: { readonly prefill: WorkerCost; readonly decode: WorkerCost; readonly slots: number },
  load: HalvesLoad,
): DisaggregatedSteady {
  const { workload, engine } = context;
  const answers = strategy.decode.replicas * strategy.decode.dp;
  const prefill = prefillSide(context, costs.prefill);
  const reading = prefill.requestsPerSecond * strategy.prefill.replicas;
  const transfer = transferSeconds(context, strategy);
  const tokens = workload.outputTokens - 1;
  const base = prefill.seconds + transfer + requestSeconds(workload, engine);
  const readers = strategy.prefill.replicas * strategy.prefill.dp;
  const most = costs.slots * answers;
  const clients = load.kind === 'clients' ? load.clients : Number.POSITIVE_INFINITY;
  const wave =
    load.kind === 'clients' && load.together
      ? firstWave({ engine, cost: costs.prefill }, promptPasses(workload, engine), Math.min(clients, most) / readers)
      : 0;
  let writing = Math.min(clients, most);
  let result: DisaggregatedSteady | undefined;
  for (let round = 0; round < 4; round++) {
    const sequences = Math.max(writing / answers, 1 / answers);
    const decode = decodeSide(context, costs.decode, sequences);
    const answer = decode.tpot * tokens;
    if (load.kind === 'rate') {
      const rate = load.requestsPerSecond;
      const queueing =
        waiting({ load: rate / reading, servers: readers, spread: workload.lengthSpread }) * prefill.seconds;
      const ttft = base + queueing + decode.joining;
      result = {
        prefill,
        decode,
        sequences,
        ttft,
        queueing,
        transfer,
        tpot: decode.tpot,
        requestsPerSecond: Math.min(rate, reading, answer > 0 ? most / answer : Number.POSITIVE_INFINITY),
        utilization: Math.min(1, rate / reading),
      };
      writing = Math.min(most, rate * answer);
      continue;
    }
    // Closed: reading may be what everyone waits for.
    const { joining } = decode;
    const free = clients / (base + joining + answer);
    const held = answer > 0 ? most / answer : Number.POSITIVE_INFINITY;
    const requestsPerSecond = Math.min(free, reading, held);
    const busy = Math.min(1, requestsPerSecond / reading);
    const burst = Math.max(0, wave - prefill.seconds) / wavesOfLoop;
    const waited = Number.isFinite(clients) ? Math.max(0, clients / requestsPerSecond - answer - base - joining) : 0;
    const queueing = waited + burst;
    const ttft = base + joining + queueing;
    result = {
      prefill,
      decode,
      sequences,
      ttft,
      queueing,
      transfer,
      tpot: decode.tpot,
      requestsPerSecond: Number.isFinite(clients)
        ? Math.min(requestsPerSecond, clients / (ttft + answer))
        : requestsPerSecond,
      utilization: busy,
    };
    writing = Math.min(most, result.requestsPerSecond * answer);
  }
  if (!result) throw new RangeError('no round');
  return result;
}
