import { describe, expect, it } from 'vitest';
import { eventStream } from './event-stream.ts';
import { startCourse } from './plan-course.ts';
import type { JobWatch } from './ports.ts';

/** A course whose end never comes, and who it is told of. */
function begun() {
  let told: JobWatch | undefined;
  const course = startCourse({
    id: 'x',
    requestId: 'r',
    timeoutMs: 1_000,
    work: ({ watch }) => {
      told = watch;
      return new Promise(() => undefined);
    },
  });
  if (!told) throw new Error('the work was not begun');
  let listeners = 0;
  const onEvent = (heard: () => void) => {
    listeners += 1;
    const silence = course.onEvent(heard);
    return () => {
      listeners -= 1;
      silence();
    };
  };
  return { watch: told, course: { ...course, onEvent }, listeners: () => listeners };
}

const counts = (accounted: number) => ({ enumerated: 10, accounted, evaluated: 0 });

describe('a stream of events', () => {
  it('has a sign of life where nothing happens, and nothing of it holds on to the client that left', async () => {
    const { watch, course, listeners } = begun();
    const gone = new AbortController();
    const stream = eventStream(course, { lastEventId: undefined, gone: gone.signal, heartbeatMs: 20 });
    expect((await stream.next()).value).toMatch(/^retry: \d+\n\n$/);
    expect((await stream.next()).value).toBe(': nothing new\n\n');
    watch.started();
    expect((await stream.next()).value).toMatch(/^id: \S+-1\nevent: started\ndata: \{.*\}\n\n$/);
    const last = stream.next();
    expect(listeners()).toBe(1);
    gone.abort();
    expect(await last).toEqual({ done: true, value: undefined });
    expect(listeners()).toBe(0);
  });

  it('spares a slow reader all progress but the latest', async () => {
    const { watch, course } = begun();
    const stream = eventStream(course, { lastEventId: undefined, gone: new AbortController().signal });
    await stream.next();
    watch.started();
    for (let accounted = 0; accounted <= 10; accounted++) watch.progress(counts(accounted));
    expect((await stream.next()).value).toContain('event: started');
    expect((await stream.next()).value).toContain('"accounted":10');
    expect(course.eventsAfter(undefined)).toHaveLength(2);
  });
});
