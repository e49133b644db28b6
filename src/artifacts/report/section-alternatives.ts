/** What was not chosen, and what it would cost. */
import type { FeasiblePlan } from '../../http/schemas/answer.ts';
import type { FeasibleServingPlan } from '../../http/schemas/serving-answer.ts';
import { amount, bytes, count, duration, percent } from '../markdown.ts';
import { type AnyFeasiblePlan, isServing } from '../served-workers.ts';
import { section, table } from './figure.ts';
import { type Content, html, type Markup } from './markup.ts';

export function alternativesSection(plan: AnyFeasiblePlan): Markup {
  const content = isServing(plan)
    ? html`${servingAlternatives(plan)}${modes(plan)}${prices(plan)}${sensitivity(plan)}`
    : batchAlternatives(plan);
  return section('alternatives', 'The alternatives, and what each would cost', html`${content}${reasons(plan)}`);
}

function code(name: string): Markup {
  return html`<code>${name}</code>`;
}

function batchAlternatives({ alternatives }: FeasiblePlan): Markup {
  if (alternatives.length === 0) return html`<p>There is no other strategy that fits.</p>`;
  const columns = [
    { head: 'Strategy' },
    { head: 'Against the chosen one' },
    { head: 'Step', figures: true },
    { head: 'Memory', figures: true },
    { head: 'Tokens/s', figures: true },
    { head: 'GPUs', figures: true },
  ];
  return table(
    { caption: 'Next best, best first', columns },
    alternatives.map(({ strategy, estimate, versusChosen }, i) => [
      html`${count(i + 1)}. ${code(strategy.name)}`,
      versusChosen,
      duration(estimate.time.stepMs),
      bytes(estimate.memory.perGpu.totalBytes),
      amount(estimate.throughput.tokensPerSecond),
      count(strategy.gpus),
    ]),
  );
}

const servingColumns = [
  { head: 'TTFT', figures: true },
  { head: 'TPOT', figures: true },
  { head: 'Tokens/s', figures: true },
  { head: 'Tokens/s/GPU', figures: true },
  { head: 'GPUs', figures: true },
];

function servingFigures({
  strategy,
  estimate,
}: Pick<FeasibleServingPlan, 'strategy' | 'estimate'>): readonly Content[] {
  const { time, throughput } = estimate;
  return [
    duration(time.ttftMs),
    duration(time.tpotMs),
    amount(throughput.tokensPerSecond),
    amount(throughput.tokensPerSecondPerGpu),
    count(strategy.gpus),
  ];
}

function servingAlternatives({ alternatives }: FeasibleServingPlan): Markup {
  if (alternatives.length === 0) return html`<p>There is no other strategy that fits and meets the SLO.</p>`;
  return table(
    {
      caption: 'Next best, best first',
      columns: [{ head: 'Strategy' }, { head: 'Against the chosen one' }, ...servingColumns],
    },
    alternatives.map((one) => [code(one.strategy.name), one.versusChosen, ...servingFigures(one)]),
  );
}

function modes({ bestOfMode, strategy }: FeasibleServingPlan): Markup | false {
  if (bestOfMode.length < 2) return false;
  return table(
    { caption: 'The best of each mode', columns: [{ head: 'Mode' }, { head: 'Strategy' }, ...servingColumns] },
    bestOfMode.map((one) => [
      one.mode === strategy.mode ? `${one.mode} (chosen)` : one.mode,
      code(one.strategy.name),
      ...servingFigures(one),
    ]),
  );
}

function prices({ sloPrices, strategy }: FeasibleServingPlan): Markup | false {
  if (sloPrices.length === 0) return false;
  return table(
    {
      caption: 'What the bounds of the SLO cost',
      columns: [
        { head: 'Bound' },
        { head: 'Instead of', figures: true },
        { head: 'Change', figures: true },
        { head: 'Strategy' },
        { head: 'Effect' },
      ],
    },
    sloPrices.map(({ bound, fromMs, toMs, strategy: best, changePercent, effect }) => [
      `${bound === 'ttftMs' ? 'TTFT' : 'TPOT'} ${duration(toMs)}`,
      duration(fromMs),
      changePercent === undefined ? 'cannot be met' : signed(changePercent),
      best === undefined ? '' : best.name === strategy.name ? 'the same' : code(best.name),
      effect,
    ]),
  );
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${percent(value)}`.replace('-', '−');
}

function sensitivity({ sensitivity: changes }: FeasibleServingPlan): Markup {
  if (changes.length === 0)
    return html`<p>No change of a single input by up to 20 % that was tried makes another strategy win.</p>`;
  return table(
    {
      caption: 'What would make another strategy win',
      columns: [
        { head: 'Input' },
        { head: 'Is', figures: true },
        { head: 'Would be', figures: true },
        { head: 'Winner then' },
        { head: 'The chosen one then loses', figures: true },
      ],
    },
    changes.map(({ input, from, to, changePercent, winner, lossPercent }) => [
      code(input),
      amount(from),
      `${amount(to)} (${signed(changePercent)})`,
      code(winner.name),
      percent(lossPercent),
    ]),
  );
}

function reasons({ rationale }: Pick<AnyFeasiblePlan, 'rationale'>): Markup | false {
  if (rationale.length === 0) return false;
  return html`<h3>Why not another degree</h3><ul class="reasons">${rationale.map(
    ({ dimension, chosen, why, compared }) => {
      // What the sentence has said already is not listed once more.
      const others = compared.filter(({ effect }) => !why.includes(effect));
      const told = why.startsWith(`${chosen} `) || why.startsWith(`${dimension} = `) ? '' : `${dimension} ${chosen}: `;
      return html`<li>${told}${why}${
        others.length > 0 &&
        html`<ul>${others.map(({ value, effect }) => html`<li>${dimension} ${value}: ${effect}</li>`)}</ul>`
      }</li>`;
    },
  )}</ul>`;
}
