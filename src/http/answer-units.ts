/** SI figures in the units of the contract, which stand last in a field's name. */

/** Twelve digits: more than any figure is good for, and few enough that 0.1 + 0.2 reads as 0.3. Whole numbers stay whole. */
export function figure(value: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`a figure of an answer is ${value}`);
  return Number.isInteger(value) ? value : Number(value.toPrecision(12));
}

export const percent = (share: number): number => figure(share * 100);
export const ms = (seconds: number): number => figure(seconds * 1e3);
export const us = (seconds: number): number => figure(seconds * 1e6);
export const tera = (perSecond: number): number => figure(perSecond / 1e12);
export const giga = (perSecond: number): number => figure(perSecond / 1e9);
export const gib = (bytes: number): number => figure(bytes / 2 ** 30);

const units: readonly (readonly [suffix: string, told: (value: number) => number])[] = [
  ['GBps', giga],
  ['GiB', gib],
  ['Ms', ms],
  ['Us', us],
];

/** A value in the unit that stands last in the name of its field; in SI where none does. */
export function inUnitOf(field: string, value: number): number {
  const unit = units.find(([suffix]) => field.endsWith(suffix));
  return unit ? unit[1](value) : figure(value);
}
