/**
 * A closed loop, step by step: what the steady state's closed form (planner/cost/serving/steady.ts) is held against.
 *
 * All clients ask at once, and each again when it has been answered. A step decodes one token of whoever runs and reads prompts in the order of
 * their coming, as far as the batch has room; it lasts as long as the cost model says. The ranks of a data-parallel group step together.
 */
import { createEvents, type Request } from './events.ts';

export interface Loop {
  readonly clients: number;
  /** Requests of each client. */
  readonly waves: number;
  readonly ranks: number;
  /** Sequences that a rank runs at once. */
  readonly slots: number;
  readonly batchTokens: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Lengths are uniform in 1 ± spread of the means; 0: all are equal. */
  readonly spread: number;
  /** 1: a step is planned when the one before has ended; 2: when it begins. */
  readonly stepsAhead: 1 | 2;
  /** Seconds from an answer to the client's next request at the engine. */
  readonly roundTrip: number;
  readonly plain: (sequences: number) => number;
  /** With so many tokens of prompts beside them. */
  readonly mixed: (sequences: number, promptTokens: number) => number;
}

export interface LoopFigures {
  readonly ttft: number;
  readonly tpot: number;
  readonly requestsPerSecond: number;
}

export function simulateLoop(loop: Loop): LoopFigures {
  const { clients, waves, slots, batchTokens, stepsAhead, roundTrip } = loop;
  const events = createEvents(loop);
  const ranks = Array.from({ length: loop.ranks }, () => ({ queue: [] as Request[], held: 0, running: 0 }));
  const total = clients * waves;
  const sums = { ttft: 0, tpot: 0 };
  let done = 0;
  let step = 0;
  let began = 0;
  let now = roundTrip;
  for (let i = 0; i < clients; i++) events.send(0);
  while (done < total) {
    // Only what had come when the step was planned is in it.
    for (const request of events.arrived(stepsAhead === 2 ? began : now)) {
      const rank = ranks.reduce((least, other) => (other.held < least.held ? other : least));
      rank.held++;
      rank.queue.push(request);
    }
    let most = 0;
    let running = 0;
    const read: { readonly rank: (typeof ranks)[number]; readonly request: Request }[] = [];
    for (const rank of ranks) {
      let room = Math.max(0, batchTokens - rank.running);
      let tokens = 0;
      let free = slots - rank.running;
      for (let [request] = rank.queue; request && room > 0 && free > 0; [request] = rank.queue) {
        const taken = Math.min(room, request.unread);
        request.unread -= taken;
        room -= taken;
        tokens += taken;
        if (request.unread > 0) break;
        rank.queue.shift();
        read.push({ rank, request });
        free--;
      }
      most = Math.max(most, tokens);
      running = Math.max(running, rank.running);
    }
    if (most === 0 && running === 0) {
      // Nobody is there: the next who comes is let in at once.
      now = Math.max(now, events.next() ?? now);
      began = now;
      continue;
    }
    began = now;
    now += most > 0 ? loop.mixed(running, most) : loop.plain(running);
    step++;
    for (const { rank, request } of read) {
      sums.ttft += now - request.sent;
      request.first = now;
      rank.running++;
      events.finishAt(step + Math.max(0, request.outputTokens - 1), () => {
        rank.running--;
        rank.held--;
        done++;
        sums.tpot += (now - request.first) / Math.max(1, request.outputTokens - 1);
        if (events.sent() < total) events.send(now);
      });
    }
    for (const finish of events.finished(step)) finish();
  }
  return { ttft: sums.ttft / total, tpot: sums.tpot / total, requestsPerSecond: total / now };
}
