/** What the verifier found, and how much was searched. */

import { count, plural } from '../markdown.ts';
import type { AnyFeasiblePlan } from '../served-workers.ts';
import { section, table } from './figure.ts';
import { html, type Markup } from './markup.ts';
import { rejectedTable } from './rejected.ts';
import { scalar } from './scalar.ts';

type Check = AnyFeasiblePlan['verification']['checks'][number];

const marks: Readonly<Record<Check['status'], string>> = { pass: '✓', warn: '!', fail: '✗' };

const verdicts: Readonly<Record<AnyFeasiblePlan['verification']['verdict'], string>> = {
  optimal: 'every check passes, and the strategy is proved the best of the space under the stated cost model',
  valid: 'every check passes; that it is the best was not proved',
  invalid: 'a check fails: do not run this plan',
};

export function checksSection({ verification, search }: AnyFeasiblePlan): Markup {
  const { verdict, checks } = verification;
  const passed = checks.filter(({ status }) => status === 'pass').length;
  return section(
    'checks',
    'What was checked',
    html`<p><strong class="${verdict === 'invalid' ? 'fail' : 'pass'}">${verdict}</strong>: ${verdicts[verdict]}. ${count(passed)} of ${plural(checks.length, 'check')} pass. The verifier shares no formula with the planner.</p>${table(
      {
        caption: 'Checks of the verifier',
        columns: [{ head: 'Check' }, { head: 'Result' }, { head: 'Found' }, { head: 'Explanation' }],
      },
      checks.map(({ id, status, expected, actual, explanation }) => [
        html`<code>${id}</code>`,
        html`<span class="${status}">${marks[status]} ${status}</span>`,
        expected === actual
          ? scalar(actual)
          : html`${scalar(actual)} <small>(${typeof expected === 'string' ? '' : 'expected '}${scalar(expected)})</small>`,
        explanation,
      ]),
    )}${searched(search)}`,
  );
}

export function searched({ enumerated, evaluated, pruned, rejected, exhaustive }: AnyFeasiblePlan['search']): Markup {
  const how = exhaustive
    ? 'every candidate is accounted for'
    : 'the search was cut short: not every candidate is accounted for';
  return html`<h3>How much was searched</h3><p>${count(enumerated)} candidates: ${count(evaluated)} costed, ${count(pruned)} shown by a bound not to be among the best, the others rejected; ${how}.</p>${
    Object.keys(rejected).length > 0 && rejectedTable(rejected)
  }`;
}
