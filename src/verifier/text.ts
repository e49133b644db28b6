/** Figures as a person reads them. */

export type Unit = 'bytes' | 'flop' | 'flops' | 'seconds' | 'share' | 'tokens/s' | 'count';

const binary = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
const decimal = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z'] as const;
const fine = ['s', 'ms', 'us', 'ns'] as const;

/** Three to six digits, without trailing zeros and without an exponent. */
function digits(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  return String(Number(value.toPrecision(Math.abs(value) < 1 ? 3 : 6)));
}

function scaled(value: number, step: number, units: readonly string[]): string {
  let index = 0;
  let rest = value;
  while (Math.abs(rest) >= step && index < units.length - 1) {
    rest /= step;
    index += 1;
  }
  return `${digits(rest)} ${units[index] ?? ''}`;
}

export function inWords(value: number | boolean, unit: Unit): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (!Number.isFinite(value)) return String(value);
  switch (unit) {
    case 'bytes':
      return scaled(value, 1024, binary);
    case 'flop':
      return `${scaled(value, 1000, decimal)}FLOP`;
    case 'flops':
      return `${scaled(value, 1000, decimal)}FLOP/s`;
    case 'tokens/s':
      return `${digits(value)} tokens/s`;
    case 'share':
      return `${digits(value * 100)} %`;
    case 'seconds': {
      let index = 0;
      let rest = value;
      while (Math.abs(rest) < 1 && rest !== 0 && index < fine.length - 1) {
        rest *= 1000;
        index += 1;
      }
      return `${digits(rest)} ${fine[index] ?? 's'}`;
    }
    case 'count':
      return digits(value);
  }
}

/** "a, b and c"; long lists end in how many more there are. */
export function listed(items: readonly string[], limit = 6): string {
  const shown = items.slice(0, limit);
  const more = items.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more`;
  const last = shown.at(-1);
  return shown.length < 2 || last === undefined ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${last}`;
}
