/** What a report says where nothing fits: why, what came nearest, what would help. */
import type { InfeasiblePlan } from '../../http/schemas/answer.ts';
import type { InfeasibleServingPlan } from '../../http/schemas/serving-answer.ts';
import { bytes, count } from '../markdown.ts';
import { section, table } from './figure.ts';
import { type Content, html, type Markup } from './markup.ts';
import { reasonText, rejectedTable } from './rejected.ts';
import { scalar } from './scalar.ts';
import { clusterText, engineText, modelText, objectiveText, workloadText } from './words.ts';

export type AnyInfeasiblePlan = InfeasiblePlan | InfeasibleServingPlan;

export function infeasibleSections(plan: AnyInfeasiblePlan): readonly Markup[] {
  return [asked(plan), why(plan), nearest(plan), remedies(plan)];
}

function bound(name: string, ms: number | undefined): readonly string[] {
  return ms === undefined ? [] : [`${name} at most ${count(ms)} ms`];
}

function asked(plan: AnyInfeasiblePlan): Markup {
  const { resolved } = plan;
  const rows: (readonly [string, Content])[] = [
    ['Model', modelText(plan)],
    ['Cluster', `${clusterText(plan)}, ${bytes(resolved.cluster.gpu.memoryGiB * 2 ** 30)} each`],
    ['Workload', workloadText(plan)],
    ['Best for', objectiveText(plan)],
  ];
  if ('engine' in resolved) {
    const { ttftMs, tpotMs, confidence } = resolved.workload.slo;
    const sure = confidence === undefined ? [] : [`kept with ${count(100 * confidence)} %`];
    const bounds = [...bound('TTFT', ttftMs), ...bound('TPOT', tpotMs), ...sure];
    rows.push(['Engine', engineText(resolved.engine.name)], ['SLO', bounds.length > 0 ? bounds.join(', ') : 'none']);
  }
  return section(
    'asked',
    'What was asked',
    html`<p class="lead"><strong class="fail">✗ Nothing fits.</strong> ${summary(plan)}</p><dl class="facts">${rows.map(
      ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
    )}</dl>`,
  );
}

function summary({ nearest: near, remedies: found }: AnyInfeasiblePlan): string {
  const short = near ? ` ${near.strategy.name} came nearest: ${near.explanation}.` : '';
  const [first] = found;
  const help = first ? ` It would fit with ${first.change}.` : '';
  return `No strategy for this request can be run.${short}${help}`;
}

function why({ search, rejected, warnings }: AnyInfeasiblePlan): Markup {
  const whole = search.exhaustive
    ? 'All are accounted for.'
    : 'The search was cut short: not all are accounted for, and another try may find more.';
  return section(
    'why',
    'Why nothing fits',
    html`<p>${count(search.enumerated)} candidates were looked at, and none can be run. ${whole}</p>${
      Object.keys(rejected).length > 0 && rejectedTable(rejected)
    }${warnings.length > 0 && html`<ul class="reasons">${warnings.map((warning) => html`<li>${warning}</li>`)}</ul>`}`,
  );
}

function nearest({ nearest: near }: AnyInfeasiblePlan): Markup {
  const content = near
    ? html`<p><code>${near.strategy.name}</code> on ${count(near.strategy.gpus)} GPUs came nearest: ${near.explanation}.${
        // Most explanations say it themselves.
        near.shortByBytes !== undefined &&
        !near.explanation.includes('lacks') &&
        html` It lacks <strong>${bytes(near.shortByBytes)}</strong> on a GPU.`
      }</p><p class="model">Reason <code>${near.reason}</code>: ${reasonText(near.reason)}.</p>`
    : html`<p>No candidate came near enough to say by how much it fails.</p>`;
  return section('nearest', 'What came nearest', content);
}

function remedies({ remedies: found }: AnyInfeasiblePlan): Markup {
  const content =
    found.length === 0
      ? html`<p>No single change that was tried makes it fit.</p>`
      : html`<p>Each of these changes alone was planned, and fits.</p>${table(
          {
            caption: 'Changes that make it fit',
            columns: [
              { head: 'Change' },
              { head: 'Where' },
              { head: 'From' },
              { head: 'To' },
              { head: 'Strategy then' },
            ],
          },
          found.map(({ change, path, from, to, strategy }) => [
            change,
            html`<code>${path}</code>`,
            scalar(from),
            scalar(to),
            html`<code>${strategy}</code>`,
          ]),
        )}`;
  return section('remedies', 'What would make it fit', content);
}
