/**
 * A plan as one page of HTML: what to run and what to expect, and then, for whoever asks why, memory, time, the map, what else could be had,
 * the checks and the assumptions. It asks for nothing else: no script, no font, no image, so that it can be kept, mailed and printed, and so
 * that its policy can forbid all of them. Equal answers make equal bytes.
 */
import type { Plan } from '../../http/schemas/answer.ts';
import type { AnyFeasiblePlan } from '../served-workers.ts';
import { fillDefinitions } from './fills.ts';
import { kindsOf } from './kinds.ts';
import { html, type Markup, render, verbatim } from './markup.ts';
import type { Accounts } from './memory-classes.ts';
import { alternativesSection } from './section-alternatives.ts';
import { assumptionsSection } from './section-assumptions.ts';
import { checksSection } from './section-checks.ts';
import { expectSection } from './section-expect.ts';
import { frontierSection } from './section-frontier.ts';
import { type AnyInfeasiblePlan, infeasibleSections } from './section-infeasible.ts';
import { mapSection } from './section-map.ts';
import { memorySection } from './section-memory.ts';
import { timeSection } from './section-time.ts';
import { styleSheet } from './style.ts';
import { clusterText, modelText, workloadText } from './words.ts';

interface Link {
  readonly id: string;
  readonly text: string;
}

const feasibleLinks: readonly Link[] = [
  { id: 'run', text: 'Run and expect' },
  { id: 'memory', text: 'Memory' },
  { id: 'time', text: 'Time' },
  { id: 'map', text: 'Map' },
  { id: 'frontier', text: 'What else' },
  { id: 'alternatives', text: 'Alternatives' },
  { id: 'checks', text: 'Checks' },
  { id: 'assumptions', text: 'Assumptions' },
];

const infeasibleLinks: readonly Link[] = [
  { id: 'asked', text: 'What was asked' },
  { id: 'why', text: 'Why nothing fits' },
  { id: 'nearest', text: 'Nearest' },
  { id: 'remedies', text: 'Remedies' },
  { id: 'assumptions', text: 'Assumptions' },
];

export function feasibleReport(plan: AnyFeasiblePlan, accounts: Accounts): string {
  const kinds = kindsOf(plan);
  const { strategy, resolved } = plan;
  return page(plan, {
    title: `${strategy.name} for ${resolved.model.name}`,
    links: feasibleLinks,
    sections: [
      expectSection(plan, kinds),
      memorySection(plan, accounts),
      timeSection(plan, kinds),
      mapSection(plan, kinds, accounts),
      frontierSection(plan),
      alternativesSection(plan),
      checksSection(plan),
      assumptionsSection(plan),
    ],
    more: html`<p class="offline"><a href="/plans/${plan.id}">This plan as JSON</a>, <a href="/plans/${plan.id}/placement">its placement rank by rank</a>, <a href="/plans/${plan.id}/artifacts">its files</a>.</p>`,
  });
}

export function infeasibleReport(plan: AnyInfeasiblePlan): string {
  return page(plan, {
    title: `Nothing fits: ${plan.resolved.model.name}`,
    links: infeasibleLinks,
    sections: [...infeasibleSections(plan), assumptionsSection(plan)],
    more: html`<p class="offline"><a href="/plans/${plan.id}">This result as JSON</a>.</p>`,
  });
}

interface Told {
  readonly title: string;
  readonly links: readonly Link[];
  readonly sections: readonly Markup[];
  readonly more: Markup;
}

function page(plan: Plan, { title, links, sections, more }: Told): string {
  const markup = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title} · Shardwell</title>
<style>${verbatim(styleSheet)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
${fillDefinitions()}
<header>
<h1>${title}</h1>
<p class="subject">${modelText(plan)} on ${clusterText(plan)}</p>
<p class="subject">${workloadText(plan)}</p>
</header>
<nav aria-label="Sections"><ol>${links.map(({ id, text }) => html`<li><a href="#${id}">${text}</a></li>`)}</ol></nav>
<main id="main">
${sections.map((one) => html`${one}\n`)}</main>
<footer>${more}<p>Plan <code>${plan.id}</code>, made by Shardwell. Figures are rounded to three or four digits; the plan itself has all of them.</p></footer>
</body>
</html>
`;
  return render(markup);
}
