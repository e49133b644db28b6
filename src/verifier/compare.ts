/** How a claimed figure is held against the derived one, and how the outcome of a family of figures becomes one check. */
import type { Scalar, VerificationCheck } from './claim.ts';
import { inWords, type Unit } from './text.ts';

/**
 * exact: whole bytes and counts, compared as integers while doubles hold them. relative: 1e-9, for what sums in another order
 * may differ in. share: the same, and 1e-12 absolute, since a spread of nothing may come out as 1e-17. byte: less than one
 * byte apart, for the reserve, whose hundredths of a GiB are no whole bytes.
 */
export type Tolerance = 'exact' | 'relative' | 'share' | 'byte';

export interface Figure {
  readonly name: string;
  readonly unit: Unit;
  readonly derived: number | boolean;
  readonly claimed: number | boolean | undefined;
  readonly tolerance: Tolerance;
  /** What exact figures and shares may differ in besides, where the specs themselves are not exact. */
  readonly within?: number;
}

/** A rule that does not hold, with what was wanted and what is there. */
export interface Fault {
  readonly expected: Scalar;
  readonly actual: Scalar;
  readonly text: string;
}

const relativeTolerance = 1e-9;

export function near(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) <= relativeTolerance * Math.max(Math.abs(a), Math.abs(b));
}

export function agrees({ derived, claimed, tolerance, within = 0 }: Figure): boolean {
  if (claimed === undefined) return true;
  if (typeof derived === 'boolean' || typeof claimed === 'boolean') return derived === claimed;
  if (!Number.isFinite(derived) || !Number.isFinite(claimed)) return false;
  switch (tolerance) {
    case 'exact':
      if (Math.abs(derived - claimed) <= within) return true;
      return derived === claimed || (Math.abs(derived) > Number.MAX_SAFE_INTEGER && near(derived, claimed));
    case 'relative':
      return near(derived, claimed);
    case 'share':
      return near(derived, claimed) || Math.abs(derived - claimed) <= Math.max(1e-12, within);
    case 'byte':
      return Math.abs(derived - claimed) < 1 + within;
  }
}

function finite(value: number | boolean): Scalar {
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
}

function disagreement({ name, unit, derived, claimed }: Figure): Fault {
  const said = claimed ?? Number.NaN;
  const exactly = (v: number | boolean) => (unit === 'count' || typeof v === 'boolean' ? '' : ` (${v})`);
  return {
    expected: finite(derived),
    actual: finite(said),
    text: `${name} comes to ${inWords(derived, unit)}${exactly(derived)}, and ${inWords(said, unit)}${exactly(said)} is claimed.`,
  };
}

/**
 * One check. It fails for every fault and every figure that disagrees, all told in the explanation; `expected` and `actual`
 * are then those of the first, and otherwise those of the headline.
 */
export function checkOf(
  id: string,
  parts: {
    readonly headline: Figure;
    readonly figures?: readonly Figure[];
    readonly faults?: readonly Fault[];
    readonly notes: readonly string[];
  },
): VerificationCheck {
  const figures = [parts.headline, ...(parts.figures ?? [])];
  const faults = [...(parts.faults ?? []), ...figures.filter((figure) => !agrees(figure)).map(disagreement)];
  const first = faults[0];
  const told = faults.slice(0, 8).map((fault) => fault.text);
  if (faults.length > told.length) told.push(`There are ${faults.length - told.length} more faults of this kind.`);
  if (first) {
    return {
      id,
      status: 'fail',
      expected: first.expected,
      actual: first.actual,
      explanation: [...told, ...parts.notes].join(' '),
    };
  }
  const silent = figures.every((figure) => figure.claimed === undefined);
  return {
    id,
    status: 'pass',
    expected: finite(parts.headline.derived),
    actual: finite(parts.headline.claimed ?? parts.headline.derived),
    explanation: [...parts.notes, ...(silent ? ['Not claimed: the figure is the verifier’s own.'] : [])].join(' '),
  };
}

/** The check of a figure that cannot be derived because the strategy does not stand. */
export function underivable(id: string, reasons: readonly Fault[]): VerificationCheck {
  const first = reasons[0];
  return {
    id,
    status: 'fail',
    expected: first?.expected ?? null,
    actual: first?.actual ?? null,
    explanation: `Cannot be derived: ${reasons.map((reason) => reason.text).join(' ')}`,
  };
}
