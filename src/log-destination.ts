/**
 * Where log lines go: standard output, behind the event loop's back and many at a time. One write a line cost a fifth of the time of
 * an answer from memory. What is fatal is written at once, and what is in the buffer when the process ends is flushed by pino; only a
 * process that is killed loses lines, those of its last tenth of a second.
 */
import { destination } from 'pino';

const BUFFER_BYTES = 4096;
/** A line that is alone is written after so long: whoever follows the log hardly notices. */
const FLUSH_MS = 100;

export function openLogDestination(): ReturnType<typeof destination> {
  return destination({ dest: 1, sync: false, minLength: BUFFER_BYTES, periodicFlush: FLUSH_MS });
}
