/** Figures as a reader wants them: three significant digits and a unit. */

const figures = [2, 3, 4].map((digits) => new Intl.NumberFormat('en-US', { maximumSignificantDigits: digits }));

/** @param {number} value */
export function digits(value) {
  const format = figures[Math.abs(value) >= 1000 ? 2 : 1];
  return format ? format.format(value) : String(value);
}

/** @param {number} value */
export function count(value) {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/**
 * @param {number} value
 * @param {string} noun
 */
export function plural(value, noun) {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/**
 * @param {number} value
 * @param {readonly (readonly [size: number, unit: string])[]} units
 */
function scaled(value, units) {
  const [size, unit] = units.find(([least]) => Math.abs(value) >= least) ?? units.at(-1) ?? [1, ''];
  return `${digits(value / size)} ${unit}`.trimEnd();
}

/** @param {number} value */
export function bytes(value) {
  return scaled(value, [
    [2 ** 40, 'TiB'],
    [2 ** 30, 'GiB'],
    [2 ** 20, 'MiB'],
    [2 ** 10, 'KiB'],
    [1, 'B'],
  ]);
}

/** @param {number} ms */
export function duration(ms) {
  if (Math.abs(ms) < 1e-6) return '0 ms';
  return scaled(ms, [
    [1000, 's'],
    [1, 'ms'],
    [1e-3, 'µs'],
    [1e-6, 'ns'],
  ]);
}

/** @param {number} value */
export function amount(value) {
  return scaled(value, [
    [1e12, 'T'],
    [1e9, 'B'],
    [1e6, 'M'],
    [1, ''],
  ]);
}

/** @param {number} value */
export function percent(value) {
  return `${digits(value)} %`;
}
