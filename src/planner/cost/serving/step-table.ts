/**
 * Seconds of a worker's steps by the sequences that decode in them, costed at sizes a factor 1.41 apart and interpolated between: a steady
 * state is found by trying many sizes, and a step's time is smooth in them (within half a hundredth of costing each; steady.test.ts).
 */
import type { StepWork } from './step-work.ts';

export interface StepTable {
  /** A step in which `sequences` decode on each data-parallel rank. */
  readonly plain: (sequences: number) => number;
  /** The same with one pass of a prompt beside them, or several at once. */
  readonly mixed: (sequences: number, passes: number) => number;
  /** What these take from the first stage to the last. */
  readonly pass: (sequences: number, passes: number) => number;
}

export interface TableOf {
  readonly plainWork: (sequences: number) => StepWork;
  readonly mixedWork: (sequences: number, passes: number) => StepWork;
  readonly step: (work: StepWork) => number;
  /** None where a step is the whole pass: there is one stage. */
  readonly pass: ((work: StepWork) => number) | undefined;
}

/** Seconds by the sequences that decode. */
type Interpolated = (sequences: number) => number;

const perDoubling = 2;

export function stepTable({ plainWork, mixedWork, step, pass }: TableOf): StepTable {
  const mixed = byPasses((passes) => interpolated((n) => step(mixedWork(n, passes))));
  // Of many workers no more is asked than what they read.
  let plain: Interpolated | undefined;
  return {
    plain: (sequences) => {
      plain ??= interpolated((n) => step(plainWork(n)));
      return plain(sequences);
    },
    mixed,
    pass: pass ? byPasses((passes) => interpolated((n) => pass(mixedWork(n, passes)))) : mixed,
  };
}

/** One table for each power of two of passes, at least one, and lines between. */
function byPasses(table: (passes: number) => Interpolated) {
  let known: Map<number, Interpolated> | undefined;
  const at = (passes: number, sequences: number): number => {
    known ??= new Map();
    let of = known.get(passes);
    if (!of) {
      of = table(passes);
      known.set(passes, of);
    }
    return of(sequences);
  };
  return (sequences: number, passes: number): number => {
    if (passes <= 1) return at(1, sequences);
    const low = 2 ** Math.floor(Math.log2(passes));
    const share = (passes - low) / low;
    const seconds = at(low, sequences);
    return share === 0 ? seconds : seconds + share * (at(2 * low, sequences) - seconds);
  };
}

/** A size of the grid. Twice a size is exactly one further on, so that workers which share out the same sequences ask for the same sizes. */
function sizeOf(index: number): number {
  const whole = Math.floor(index / perDoubling);
  return 2 ** whole * 2 ** ((index - whole * perDoubling) / perDoubling);
}

/** Those of 2^-32 to 2^32 sequences, looked up: a power takes longer than all else that a size between two of them does. */
const sizes = Array.from({ length: 64 * perDoubling + 1 }, (_, i) => sizeOf(i - 32 * perDoubling));
const sizeAt = (index: number): number => sizes[index + 32 * perDoubling] ?? sizeOf(index);

function interpolated(cost: Interpolated): Interpolated {
  const known = new Map<number, number>();
  const at = (index: number): number => {
    let seconds = known.get(index);
    if (seconds === undefined) {
      seconds = cost(sizeAt(index));
      known.set(index, seconds);
    }
    return seconds;
  };
  let empty: number | undefined;
  /** Where it was asked last: who looks for a steady state asks again nearby. */
  let last = { low: 0, high: 0, atLow: 0, atHigh: 0 };
  return (sequences) => {
    if (sequences >= last.low && sequences < last.high) return between(last, sequences);
    if (sequences <= 0) {
      empty ??= cost(0);
      return empty;
    }
    const index = Math.floor(Math.log2(sequences) * perDoubling);
    const low = sizeAt(index);
    // A size of the grid itself needs no neighbour.
    if (sequences <= low) return at(index);
    last = { low, high: sizeAt(index + 1), atLow: at(index), atHigh: at(index + 1) };
    return between(last, sequences);
  };
}

interface Cell {
  readonly low: number;
  readonly high: number;
  readonly atLow: number;
  readonly atHigh: number;
}

function between({ low, high, atLow, atHigh }: Cell, sequences: number): number {
  const share = Math.min(1, (sequences - low) / (high - low));
  return atLow + share * (atHigh - atLow);
}
