/** What stands below the figures: warnings, checks, the account of the search, assumptions. */
import { count } from '../artifacts/markdown.ts';
import type { Plan } from '../http/schemas/answer.ts';
import { paragraph, table } from './text.ts';

type Notes = Pick<Plan, 'warnings' | 'assumptions'>;

interface Verification {
  readonly checks: readonly {
    readonly id: string;
    readonly status: string;
    readonly expected: unknown;
    readonly actual: unknown;
    readonly explanation: string;
  }[];
}

export function warningLines({ warnings }: Pick<Notes, 'warnings'>): string[] {
  return table(warnings.map((warning) => ['!', warning]));
}

/** Those that do not pass first: they are what one reads for. */
export function checkLines({ checks }: Verification): string[] {
  const order = checks.toSorted((a, b) => Number(a.status === 'pass') - Number(b.status === 'pass'));
  return table(
    order.map(({ id, status, expected, actual, explanation }) => [
      status === 'pass' ? 'pass' : status.toUpperCase(),
      id,
      status === 'pass' ? explanation : `expected ${String(expected)}, is ${String(actual)}. ${explanation}`,
    ]),
  );
}

export function searchLines({ enumerated, evaluated, pruned, rejected, exhaustive }: Plan['search']): string[] {
  const reasons = Object.entries(rejected).toSorted(([, a], [, b]) => b - a);
  return [
    ...table(
      [
        [count(enumerated), 'candidates'],
        [count(evaluated), 'costed'],
        [count(pruned), 'shown by a bound not to be among the best'],
        ...reasons.map(([reason, number]) => [count(number), `rejected: ${reason}`]),
      ],
      { right: [0] },
    ),
    ...(exhaustive
      ? []
      : paragraph('Cut short: not every candidate is accounted for. A longer --timeout may find a better plan.')),
  ];
}

/** Under each source all that it is the source of. */
export function assumptionLines({ assumptions }: Pick<Notes, 'assumptions'>): string[] {
  const sources = new Set(assumptions.map(({ why }) => why));
  return [...sources].flatMap((source) => [
    ...table(assumptions.filter(({ why }) => why === source).map(({ path, value }) => [path, `= ${String(value)}`])),
    ...paragraph(source, 6),
  ]);
}
