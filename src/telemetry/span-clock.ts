/**
 * One clock for all spans of the event loop's thread, in milliseconds since the epoch. OpenTelemetry's own starts spans on whole
 * milliseconds, of which an answer from memory takes a fifth: in its traces a child may end after its parent.
 */
let origin = Date.now() - performance.now();

export const now = (): number => origin + performance.now();

/** Follows the machine's clock where that was set. Between requests only: it would move the spans of one apart. */
export function followClock(): void {
  const wall = Date.now();
  if (Math.abs(wall - now()) > 10) origin = wall - performance.now();
}
