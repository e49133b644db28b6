/**
 * Whether memory stays flat over many distinct requests: nothing may be kept of a request that is over, but for the caches. Those are
 * full before it is judged: the plans' limits are set low, and the map of known bodies (65,536) is filled first.
 *
 * Of a hundred requests 45 are other bytes of a known plan (a new body each time, which the store remembers), 40 contradict
 * themselves, 9 are of no valid shape, 5 are estimates (a planning thread each), and 1 is a plan to be searched for or an infeasible one.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { Bodies } from './bodies.ts';
import { type Load, load, median, quantile, type Request } from './load.ts';

const FILLING = 70_000;
const REQUESTS = 200_000;
/** Of fewer, the holes of a few collections are taken for growth. */
const LEAST_REQUESTS = 100_000;
const MOST_SECONDS = 540;
const CHUNK = 5_000;
const CONNECTIONS = 24;
const SAMPLE_MS = 250;
/** Code is compiled and heaps grow to their size before; the slope is of what follows. */
const WARM_SHARE = 0.2;
const WINDOWS = 14;

const measures = ['heapMiB', 'anonymousMiB', 'fileMiB', 'rssMiB'] as const;
export type Measure = (typeof measures)[number];

export interface Sample extends Readonly<Record<Measure, number>> {
  readonly requests: number;
}

export interface MemoryReport {
  readonly load: Load;
  /** After the filling. */
  readonly samples: readonly Sample[];
  /** Whether enough was sent within the time for a slope to say something. */
  readonly isEnough: boolean;
  /**
   * MiB a 100,000 requests: of the lowest of each window, which is what a collection leaves, the median of the slopes between each two
   * (Theil and Sen), which a few windows out of line do not move.
   */
  readonly slope: (of: Measure) => number;
}

export function mixed(bodies: Bodies, known: string): () => Request {
  let turn = 0;
  return () => {
    turn += 1;
    const place = turn % 100;
    if (place === 0) return turn % 200 === 0 ? bodies.coldPlan() : bodies.infeasible();
    if (place % 20 === 0) return bodies.estimate();
    if (place % 11 === 0) return bodies.invalid();
    return place % 2 === 0 ? bodies.rewritten(known) : bodies.contradictory();
  };
}

/**
 * The heap of the thread that answers, as the service tells it, and the process's memory as Linux does: anonymous memory, which is where
 * leaks are, apart from mapped files, of which LMDB's grows as it is read. Undefined fields of other systems become NaN.
 */
async function memoryOf({ url, pid }: Watched): Promise<Readonly<Record<Measure, number>>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]) / 2 ** 20;
  const file = `/proc/${pid}/status`;
  const status = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 2 ** 10;
  return {
    heapMiB: value('nodejs_heap_size_used_bytes'),
    anonymousMiB: kibibytes('RssAnon'),
    fileMiB: kibibytes('RssFile') + kibibytes('RssShmem'),
    rssMiB: value('process_resident_memory_bytes'),
  };
}

interface Watched {
  readonly url: string;
  readonly pid: number | undefined;
}

export async function runMemory(
  server: Watched,
  { bodies, known }: { readonly bodies: Bodies; readonly known: string },
): Promise<MemoryReport> {
  const { url } = server;
  const end = performance.now() + MOST_SECONDS * 1000;
  /** In chunks, so that the time is kept on a slow machine too. Resolves with how many were sent. */
  const send = async (
    total: number,
    { next, onLoad, onSent }: { next: () => Request; onLoad: (part: Load) => void; onSent: (count: number) => void },
  ): Promise<number> => {
    let sent = 0;
    while (sent < total && performance.now() < end) {
      const before = sent;
      const amount = Math.min(CHUNK, total - sent);
      let made = 0;
      const counted = () => {
        made += 1;
        onSent(before + Math.min(made, amount));
        return next();
      };
      onLoad(await load({ url, connections: CONNECTIONS, amount, next: counted }));
      sent = before + amount;
    }
    return sent;
  };

  const filled = await send(FILLING, { next: () => bodies.rewritten(known), onLoad: () => {}, onSent: () => {} });
  const samples: Sample[] = [];
  const parts: Load[] = [];
  let requests = 0;
  let over = false;
  const sampling = (async () => {
    while (!over) {
      samples.push({ requests, ...(await memoryOf(server)) });
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    }
  })();
  const sent = await send(REQUESTS, {
    next: mixed(bodies, known),
    onLoad: (part) => parts.push(part),
    onSent: (count) => {
      requests = count;
    },
  });
  over = true;
  await sampling;
  return {
    load: together(parts),
    samples,
    isEnough: filled === FILLING && sent >= LEAST_REQUESTS,
    slope: (of) => slopeOf(samples, of),
  };
}

function together(parts: readonly Load[]): Load {
  const byStatus = new Map<number, number>();
  for (const part of parts)
    for (const [status, count] of part.byStatus) byStatus.set(status, (byStatus.get(status) ?? 0) + count);
  const answers = parts.reduce((sum, part) => sum + part.answers, 0);
  const seconds = parts.reduce((sum, part) => sum + part.answers / part.perSecond, 0);
  const worst = (share: number) => Math.max(...parts.map(({ latencyMs }) => latencyMs(share)));
  return {
    answers,
    byStatus,
    perSecond: answers / seconds,
    errors: parts.reduce((sum, { errors }) => sum + errors, 0),
    latencyMs: worst,
  };
}

export function slopeOf(samples: readonly Sample[], of: Measure): number {
  const most = samples.at(-1)?.requests ?? 0;
  const from = WARM_SHARE * most;
  const width = (most - from) / WINDOWS;
  const lows = Array.from({ length: WINDOWS }, (_, i) => {
    const inside = samples.filter(({ requests }) => requests >= from + i * width && requests < from + (i + 1) * width);
    const sorted = inside.map((sample) => sample[of]).sort((a, b) => a - b);
    return { x: from + (i + 0.5) * width, y: quantile(sorted, 0) };
  }).filter(({ y }) => Number.isFinite(y));
  return 1e5 * median(lows.flatMap((a, i) => lows.slice(i + 1).map((b) => (b.y - a.y) / (b.x - a.x))));
}
