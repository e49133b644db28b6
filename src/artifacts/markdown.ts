/** Figures and tables as a reader wants them: three significant digits and a unit. Exact figures are in the JSON beside it. */

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n');
}

export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/** Made once: a formatter costs some 0.3 ms to make, and a file has hundreds of figures. */
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const threeDigits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });
const fourDigits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 });

/** A whole number with separators: 1,048,576. */
export function count(value: number): string {
  return whole.format(value);
}

/** `1 GPU`, `8 GPUs`. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

function digits(value: number): string {
  if (value === 0) return '0';
  return (Math.abs(value) >= 1000 ? fourDigits : threeDigits).format(value);
}

function scaled(value: number, units: readonly (readonly [number, string])[]): string {
  const unit = units.find(([size]) => Math.abs(value) >= size) ?? units.at(-1) ?? [1, ''];
  return `${digits(value / unit[0])} ${unit[1]}`.trimEnd();
}

export function bytes(value: number): string {
  return scaled(value, [
    [2 ** 40, 'TiB'],
    [2 ** 30, 'GiB'],
    [2 ** 20, 'MiB'],
    [2 ** 10, 'KiB'],
    [1, 'B'],
  ]);
}

/** What is shorter than a picosecond is what rounding left of a difference. */
export function duration(ms: number): string {
  return scaled(Math.abs(ms) < 1e-9 ? 0 : ms, [
    [1000, 's'],
    [1, 'ms'],
    [1e-3, 'µs'],
    [1e-6, 'ns'],
  ]);
}

/** 27.9 million. */
export function amount(value: number): string {
  return scaled(value, [
    [1e12, 'trillion'],
    [1e9, 'billion'],
    [1e6, 'million'],
    [1, ''],
  ]);
}

export function percent(value: number): string {
  return `${digits(value)} %`;
}

/** Ranks 0 to 7, or rank 5 where it is one. */
export function span(first: number, length: number): string {
  return length === 1 ? String(first) : `${first}–${first + length - 1}`;
}
