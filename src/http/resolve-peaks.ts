/** Peak rates of a GPU: those that are given, and the others filled in from them. */
import type { ComputeDtype } from '../planner/precision.ts';
import { tera } from './contract-units.ts';
import type { Findings } from './resolve-findings.ts';

/** TFLOP/s by rate. */
export type Peaks = Partial<Record<ComputeDtype, number>>;

/**
 * Every rate from those that the datasheet gives. A narrower format that the GPU has no rate for is converted to a wider
 * one on the way in, so it runs at the wider one's rate. A wider rate is taken as half of the next narrower, as tensor
 * cores have had it for generations.
 */
export function resolvePeaks(given: Peaks, findings: Findings): Record<ComputeDtype, number> {
  const peaks: Peaks = { ...given };
  const bf16 = fill('bf16', peaks, findings, [
    ['fp8', 1 / 2, 'half of the fp8 rate: tensor cores double the rate as they halve the width'],
    ['int8', 1 / 2, 'half of the int8 rate: tensor cores double the rate as they halve the width'],
    ['fp4', 1 / 4, 'a quarter of the fp4 rate: tensor cores double the rate as they halve the width'],
  ]);
  // bf16 as filled in must not pass for a rate that was given, or int8 alone would make fp8 half as fast as int8.
  const fp8 = fill('fp8', peaks, findings, [
    ['bf16', 1, 'the bf16 rate: no fp8 rate is given, so fp8 is converted on the way in'],
    ['int8', 1, 'the int8 rate, the other 8-bit format’s'],
    ['fp4', 1 / 2, 'half of the fp4 rate: tensor cores double the rate as they halve the width'],
  ]);
  const int8 = fill('int8', peaks, findings, [
    ['bf16', 1, 'the bf16 rate: no int8 rate is given, so int8 is converted on the way in'],
    ['fp8', 1, 'the fp8 rate, the other 8-bit format’s'],
    ['fp4', 1 / 2, 'half of the fp4 rate: tensor cores double the rate as they halve the width'],
  ]);
  const fp4 = fill('fp4', peaks, findings, [
    ['fp8', 1, 'the fp8 rate: no fp4 rate is given, so fp4 is converted on the way in'],
    ['bf16', 1, 'the bf16 rate: no fp4 rate is given, so fp4 is converted on the way in'],
    ['int8', 1, 'the int8 rate: no fp4 rate is given, nor any other that fp4 could be converted to'],
  ]);
  return { bf16: bf16 * tera, fp8: fp8 * tera, fp4: fp4 * tera, int8: int8 * tera };
}

function fill(
  rate: ComputeDtype,
  given: Peaks,
  findings: Findings,
  sources: readonly (readonly [from: ComputeDtype, factor: number, why: string])[],
): number {
  const own = given[rate];
  if (own !== undefined) return own;
  for (const [from, factor, why] of sources) {
    const source = given[from];
    if (source === undefined) continue;
    findings.assume(`/cluster/gpu/peakTflops/${rate}`, source * factor, why);
    return source * factor;
  }
  // The schema demands one rate at least, and each list has all the others.
  throw new RangeError('a GPU without any rate');
}
