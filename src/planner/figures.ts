/** Figures in words, for explanations: units a person reads, three digits. */

const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

export function bytesText(bytes: number): string {
  let value = Math.abs(bytes);
  let unit = 0;
  while (value >= 1024 && unit < binary.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${digits(value)} ${binary[unit]}`;
}

export function secondsText(seconds: number): string {
  if (seconds >= 1) return `${digits(seconds)} s`;
  return seconds >= 1e-3 ? `${digits(seconds * 1e3)} ms` : `${digits(seconds * 1e6)} us`;
}

/** Three significant digits, no exponent. */
export function digits(value: number): string {
  return value >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/** How much more or less, in percent, or as a factor where it is far: "+12 %", "−4 %", "the same", "3.2 times". */
export function changeText(from: number, to: number): string {
  if (from === to) return 'the same';
  const ratio = to / from;
  if (ratio >= 2) return `${digits(ratio)} times`;
  const percent = 100 * (ratio - 1);
  const size = digits(Math.abs(percent));
  return size === '0' ? 'the same' : `${percent > 0 ? '+' : '−'}${size} %`;
}
