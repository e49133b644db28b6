/** The events of a plan's course as server-sent events (WHATWG HTML, section 9.2). */
import type { PlanCourse } from './plan-course.ts';
import type { PlanEvent } from './schemas/plan-status.ts';

export const eventStreamType = 'text/event-stream';

/** What a client waits before it connects again. */
const RETRY_MS = 2_000;
/** Proxies close connections on which nothing happens, most of them after 60 s, some after 30 s. */
export const HEARTBEAT_MS = 15_000;

export interface Listening {
  readonly lastEventId: string | undefined;
  /** Fires when the client is gone. */
  readonly gone: AbortSignal;
  readonly heartbeatMs?: number;
}

/**
 * What has happened since the client's last event, then what happens, and the end with the course. A client that reads slowly finds
 * the latest progress rather than all of it: nothing is kept for anyone.
 */
export async function* eventStream(
  course: Pick<PlanCourse, 'eventsAfter' | 'isOver' | 'onEvent'>,
  { lastEventId, gone, heartbeatMs = HEARTBEAT_MS }: Listening,
): AsyncGenerator<string, void> {
  yield `retry: ${RETRY_MS}\n\n`;
  let last = lastEventId;
  while (!gone.aborted) {
    const [next] = course.eventsAfter(last);
    if (next) {
      last = next.id;
      yield eventText(next);
    } else if (course.isOver()) {
      return;
    } else if (!(await nextEvent(course, { gone, heartbeatMs }))) {
      yield ': nothing new\n\n';
    }
  }
}

/** JSON has no line breaks of its own, so an event is one line of data. */
export function eventText({ id, event, data }: PlanEvent): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Whether something happened before the heartbeat was due. */
function nextEvent(
  course: Pick<PlanCourse, 'onEvent'>,
  { gone, heartbeatMs }: { readonly gone: AbortSignal; readonly heartbeatMs: number },
): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (happened: boolean) => {
      clearTimeout(timer);
      silence();
      gone.removeEventListener('abort', onGone);
      resolve(happened);
    };
    const onGone = () => settle(true);
    const silence = course.onEvent(() => settle(true));
    const timer = setTimeout(() => settle(false), heartbeatMs);
    gone.addEventListener('abort', onGone, { once: true });
  });
}
