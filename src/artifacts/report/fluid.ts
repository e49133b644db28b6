/**
 * Places along a drawing as shares of its width.
 *
 * The scales are d3's (d3-scale: domains, ticks), and so are the marks' outlines (d3-shape). The elements are written by the template of
 * ./markup.ts rather than by a library that draws into a DOM: Observable Plot wants one, and with linkedom twelve bars took 66 ms the first
 * time and 2 to 9 ms from then on, as much as the whole page takes here. Its drawings also have a fixed width, which a phone could only
 * shrink, letters and all.
 */
import { scaleLinear } from 'd3-scale';

/** Two decimals of a percent are less than a tenth of a pixel. */
export function share(value: number): string {
  return `${Math.round(value * 100) / 100}%`;
}

export interface Axis {
  /** Percent of the width, or of the height from the top. */
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
  /** A tick with as many digits as tell it from its neighbours. */
  readonly text: (tick: number) => string;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** From one value to another, with round ticks inside. */
export function axis({ from, to }: Span, { ticks = 5, nice = false, range = { from: 0, to: 100 } } = {}): Axis {
  // A domain without extent would put everything in its middle.
  const end = to > from ? to : from + (Math.abs(from) || 1);
  const scale = scaleLinear([from, end], [range.from, range.to]);
  if (nice) scale.nice(ticks);
  return { at: (value) => scale(value), ticks: scale.ticks(ticks), text: scale.tickFormat(ticks) };
}

export interface Unit {
  readonly name: string;
  /** Of what is measured: milliseconds, bytes. */
  readonly size: number;
}

/** The unit that an axis up to `most` is told in: round ticks are round in it alone. */
export function unitFor(most: number, units: readonly [Unit, ...Unit[]]): Unit {
  return units.find(({ size }) => most >= size) ?? units[units.length - 1] ?? units[0];
}

/** From the largest on. */
export const timeUnits: readonly [Unit, ...Unit[]] = [
  { name: 's', size: 1000 },
  { name: 'ms', size: 1 },
  { name: 'µs', size: 1e-3 },
];

export const byteUnits: readonly [Unit, ...Unit[]] = [
  { name: 'GiB', size: 2 ** 30 },
  { name: 'MiB', size: 2 ** 20 },
  { name: 'KiB', size: 2 ** 10 },
];
