/**
 * Whether memory stays flat over many distinct requests: nothing may be kept of a request that is over, but for the caches. Those are
 * full before it is judged: the plans' limits are set low, and the map of known bodies (65,536) is filled first.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import type { Bodies } from './bodies.ts';
import { type Load, load, median, quantile, type Request } from './load.ts';

/** Of fewer, the holes of a few collections are taken for growth. */
const LEAST_REQUESTS = 100_000;
const CHUNK = 5_000;
const SAMPLE_MS = 250;
const WINDOWS = 14;

const measures = ['heapMiB', 'anonymousMiB', 'fileMiB', 'rssMiB', 'diskMiB'] as const;
export type Measure = (typeof measures)[number];

/** What is sent, and what is judged of it. */
export interface Course {
  /** Sent before, so that caches are full, and not judged. */
  readonly filling?: { readonly requests: number; readonly next: () => Request };
  readonly requests: number;
  readonly next: () => Request;
  readonly connections: number;
  readonly mostSeconds: number;
  /** Of the requests: code is compiled and heaps grow to their size before; the slope is of what follows. */
  readonly warmShare: number;
}

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

/**
 * Every kind of request: of a hundred 45 are other bytes of a known plan (a new body each time, which the store remembers), 40 contradict
 * themselves, 9 are of no valid shape, 5 are estimates (a planning thread each), and 1 is a plan to be searched for or an infeasible one.
 */
export function mixedCourse(bodies: Bodies, known: string): Course {
  let turn = 0;
  const next = () => {
    turn += 1;
    const place = turn % 100;
    if (place === 0) return turn % 200 === 0 ? bodies.coldPlan() : bodies.infeasible();
    if (place % 20 === 0) return bodies.estimate();
    if (place % 11 === 0) return bodies.invalid();
    return place % 2 === 0 ? bodies.rewritten(known) : bodies.contradictory();
  };
  const filling = { requests: 70_000, next: () => bodies.rewritten(known) };
  return { filling, requests: 200_000, next, connections: 24, mostSeconds: 540, warmShare: 0.2 };
}

/**
 * Distinct plans alone, each searched for, verified and stored, the cheapest that there are. Before the slope begins 80,000 have filled every cache.
 * As many callers as there are threads: it is memory that is judged, not the queue.
 */
export function distinctCourse(bodies: Bodies): Course {
  return { requests: 200_000, next: bodies.cheapest, connections: 2, mostSeconds: 5_400, warmShare: 0.4 };
}

/**
 * The heap of the thread that answers, as the service tells it, and the process's memory as Linux does: anonymous memory, which is where
 * leaks are, the planning threads' heaps among it, apart from mapped files, of which LMDB's grows as it is read; and the store's file. Undefined fields of
 * other systems become NaN.
 */
async function memoryOf({ url, pid, store }: Watched): Promise<Readonly<Record<Measure, number>>> {
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
    diskMiB: existsSync(store) ? statSync(store).size / 2 ** 20 : Number.NaN,
  };
}

interface Watched {
  readonly url: string;
  readonly pid: number | undefined;
  /** The file that plans are stored in. */
  readonly store: string;
}

/** `onTenth` is told as each tenth of the requests is through: a course may take half an hour. */
export async function runMemory(
  server: Watched,
  course: Course,
  onTenth: (sample: Sample) => void,
): Promise<MemoryReport> {
  const { url } = server;
  const { filling, connections, warmShare } = course;
  const end = performance.now() + course.mostSeconds * 1000;
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
      onLoad(await load({ url, connections, amount, next: counted }));
      sent = before + amount;
    }
    return sent;
  };

  const filled = filling ? await send(filling.requests, { next: filling.next, onLoad() {}, onSent() {} }) : 0;
  const samples: Sample[] = [];
  const parts: Load[] = [];
  let requests = 0;
  let over = false;
  let tenths = 0;
  const sampling = (async () => {
    while (!over) {
      const sample = { requests, ...(await memoryOf(server)) };
      samples.push(sample);
      if (requests >= (tenths * course.requests) / 10) {
        tenths += 1;
        onTenth(sample);
      }
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    }
  })();
  const sent = await send(course.requests, {
    next: course.next,
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
    isEnough: filled === (filling?.requests ?? 0) && sent >= LEAST_REQUESTS,
    slope: (of) => slopeOf(samples, of, warmShare),
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

export function slopeOf(samples: readonly Sample[], of: Measure, warmShare = 0.2): number {
  const most = samples.at(-1)?.requests ?? 0;
  const from = warmShare * most;
  const width = (most - from) / WINDOWS;
  const lows = Array.from({ length: WINDOWS }, (_, i) => {
    const inside = samples.filter(({ requests }) => requests >= from + i * width && requests < from + (i + 1) * width);
    const sorted = inside.map((sample) => sample[of]).sort((a, b) => a - b);
    return { x: from + (i + 0.5) * width, y: quantile(sorted, 0) };
  }).filter(({ y }) => Number.isFinite(y));
  return 1e5 * median(lows.flatMap((a, i) => lows.slice(i + 1).map((b) => (b.y - a.y) / (b.x - a.x))));
}
