/**
 * Whether memory stays flat over many distinct requests: nothing may be kept of a request that is over, but for the caches, whose
 * limits are set so low here that they are full long before the end.
 *
 * Of a hundred requests 45 are other bytes of a known plan (a new body each time, which the store remembers), 40 contradict
 * themselves, 9 are of no valid shape, 5 are estimates (a planning thread each), and 1 is a plan to be searched for or an infeasible one.
 */
import type { Bodies } from './bodies.ts';
import { type Load, load, quantile, type Request } from './load.ts';

const REQUESTS = 200_000;
const MOST_SECONDS = 150;
const CONNECTIONS = 24;
const SAMPLE_MS = 250;
/** Caches fill and code is compiled before; the slope is of what follows. */
const WARM_SHARE = 0.3;
const WINDOWS = 14;

interface Sample {
  readonly requests: number;
  readonly rssMiB: number;
  readonly heapMiB: number;
}

export interface MemoryReport {
  readonly load: Load;
  readonly samples: readonly Sample[];
  /** MiB a 100,000 requests, by the least squares of the lowest of each window: what a collection leaves. */
  readonly slope: (of: 'rssMiB' | 'heapMiB') => number;
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

async function memoryOf(url: string): Promise<{ rssMiB: number; heapMiB: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]) / 2 ** 20;
  return { rssMiB: value('process_resident_memory_bytes'), heapMiB: value('nodejs_heap_size_used_bytes') };
}

export async function runMemory(
  url: string,
  { bodies, known }: { bodies: Bodies; known: string },
): Promise<MemoryReport> {
  const samples: Sample[] = [];
  const next = mixed(bodies, known);
  const end = performance.now() + MOST_SECONDS * 1000;
  let sent = 0;
  let over = false;
  const sampling = (async () => {
    while (!over) {
      samples.push({ requests: sent, ...(await memoryOf(url)) });
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    }
  })();
  const parts: Load[] = [];
  while (sent < REQUESTS && performance.now() < end) {
    const amount = Math.min(10_000, REQUESTS - sent);
    const before = sent;
    let made = 0;
    parts.push(
      await load({
        url,
        connections: CONNECTIONS,
        amount,
        next: () => {
          made += 1;
          sent = before + Math.min(made, amount);
          return next();
        },
      }),
    );
    sent = before + amount;
  }
  over = true;
  await sampling;
  return { load: together(parts), samples, slope: (of) => slopeOf(samples, of) };
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

function slopeOf(samples: readonly Sample[], of: 'rssMiB' | 'heapMiB'): number {
  const most = samples.at(-1)?.requests ?? 0;
  const from = WARM_SHARE * most;
  const width = (most - from) / WINDOWS;
  const lows = Array.from({ length: WINDOWS }, (_, i) => {
    const inside = samples.filter(({ requests }) => requests >= from + i * width && requests < from + (i + 1) * width);
    const sorted = inside.map((sample) => sample[of]).sort((a, b) => a - b);
    return { x: from + (i + 0.5) * width, y: quantile(sorted, 0) };
  }).filter(({ y }) => Number.isFinite(y));
  const mean = (value: (point: { x: number; y: number }) => number) =>
    lows.reduce((sum, point) => sum + value(point), 0) / lows.length;
  const meanX = mean(({ x }) => x);
  const meanY = mean(({ y }) => y);
  return (1e5 * mean(({ x, y }) => (x - meanX) * (y - meanY))) / mean(({ x }) => (x - meanX) ** 2);
}
