/**
 * Concurrent callers with one key share one piece of work.
 *
 * A caller that goes away leaves the flight; the work is told to stop only when nobody waits for it any more. A flight that failed
 * is forgotten like one that succeeded: the next caller starts again.
 */
import { untilAborted } from './until-aborted.ts';

export interface Flown<T> {
  readonly value: T;
  /** Whether another caller's work was waited for. */
  readonly shared: boolean;
}

export interface SingleFlight {
  /** `work` gets a signal that fires once every caller has left. Rejects with the caller's own reason where `caller` fires. */
  run<T>(key: string, work: (abandoned: AbortSignal) => Promise<T>, caller?: AbortSignal): Promise<Flown<T>>;
}

interface Flight {
  readonly result: Promise<unknown>;
  readonly abandon: AbortController;
  callers: number;
}

export function createSingleFlight(): SingleFlight {
  const flights = new Map<string, Flight>();

  const start = (key: string, work: (abandoned: AbortSignal) => Promise<unknown>): Flight => {
    const abandon = new AbortController();
    // `then` first: work that throws before its first await must still be a failed flight, not a flight that never ends.
    const result = Promise.resolve().then(() => work(abandon.signal));
    const flight: Flight = { result, abandon, callers: 0 };
    flights.set(key, flight);
    const land = () => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    result.then(land, land);
    return flight;
  };

  const leave = (key: string, flight: Flight) => {
    flight.callers -= 1;
    if (flight.callers > 0) return;
    // Whoever asks now must not join work that is being given up.
    if (flights.get(key) === flight) flights.delete(key);
    flight.abandon.abort(new Error('nobody waits for this any more'));
  };

  /** One key is one kind of work: the type of a flight under it is the type its first caller gave it. */
  const resultOf = <T>(flight: Flight): Promise<T> => flight.result as Promise<T>;

  return {
    async run<T>(key: string, work: (abandoned: AbortSignal) => Promise<T>, caller?: AbortSignal): Promise<Flown<T>> {
      caller?.throwIfAborted();
      const known = flights.get(key);
      const flight = known ?? start(key, work);
      flight.callers += 1;
      const result = resultOf<T>(flight);
      const value = await (caller === undefined ? result : untilAborted(result, caller, () => leave(key, flight)));
      return { value, shared: known !== undefined };
    },
  };
}
