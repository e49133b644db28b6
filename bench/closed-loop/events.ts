/** Who is on the way to the engine of a simulated loop, and who will have been answered after which step. */

export interface Request {
  readonly sent: number;
  readonly outputTokens: number;
  /** Prompt tokens that are still to be read, and when the first token came. */
  unread: number;
  first: number;
}

interface Lengths {
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly spread: number;
  readonly roundTrip: number;
}

export function createEvents({ promptTokens, outputTokens, spread, roundTrip }: Lengths) {
  const random = randomNumbers(1);
  const length = (mean: number) => Math.max(1, Math.round(mean * (1 + spread * (2 * random() - 1))));
  // All take as long on their way: who was sent first comes first.
  const coming: Request[] = [];
  const finishing = new Map<number, (() => void)[]>();
  let sent = 0;
  return {
    sent: () => sent,
    send: (now: number): void => {
      sent++;
      coming.push({ sent: now, outputTokens: length(outputTokens), unread: length(promptTokens), first: now });
    },
    /** When the next comes, where any is on its way. */
    next: (): number | undefined => (coming[0] ? coming[0].sent + roundTrip : undefined),
    arrived: (by: number): Request[] => {
      const waiting = coming.findIndex((request) => request.sent + roundTrip > by + 1e-12);
      return coming.splice(0, waiting < 0 ? coming.length : waiting);
    },
    finishAt: (step: number, then: () => void): void => {
      const others = finishing.get(step);
      if (others) others.push(then);
      else finishing.set(step, [then]);
    },
    finished: (step: number): readonly (() => void)[] => {
      const ends = finishing.get(step) ?? [];
      finishing.delete(step);
      return ends;
    },
  };
}

/** The same ones each time, uniform in [0, 1): a linear congruential generator (Numerical Recipes, 1992). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
