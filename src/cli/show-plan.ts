/** A plan as text: what to run, what to expect of it, why, and how far to trust it. */
import { bytes } from '../artifacts/markdown.ts';
import { isServing } from '../artifacts/served-workers.ts';
import type { FeasiblePlan, InfeasiblePlan, Plan } from '../http/schemas/answer.ts';
import type { FeasibleServingPlan, InfeasibleServingPlan } from '../http/schemas/serving-answer.ts';
import { assumptionLines, checkLines, searchLines, warningLines } from './show-notes.ts';
import { alternativeLines, frontierLines, priceLines, reasonLines, sensitivityLines } from './show-reasons.ts';
import { batchFigures, servingFigures } from './show-sections.ts';
import { setting } from './show-setting.ts';
import { paragraph, type Section, type Style, sectionsText, table } from './text.ts';

type AnyFeasible = FeasiblePlan | FeasibleServingPlan;
type AnyInfeasible = InfeasiblePlan | InfeasibleServingPlan;

export function showPlan(plan: Plan, style: Style): string {
  if (plan.status === 'infeasible') return sectionsText(infeasibleSections(plan), style);
  return sectionsText(isServing(plan) ? servingSections(plan) : batchSections(plan), style);
}

function batchSections(plan: FeasiblePlan): readonly Section[] {
  return [
    [`${plan.strategy.name}: best for ${plan.objective}`, paragraph(`${setting(plan)}.`)],
    ['Mind first', warningLines(plan)],
    ...batchFigures(plan),
    ...closing(plan),
  ];
}

function servingSections(plan: FeasibleServingPlan): readonly Section[] {
  return [
    [`${plan.strategy.name}: best for ${plan.objective}`, paragraph(`${setting(plan)}.`)],
    ['Mind first', warningLines(plan)],
    ...servingFigures(plan),
    ...closing(plan),
  ];
}

function closing(plan: AnyFeasible): readonly Section[] {
  const served: readonly Section[] = isServing(plan)
    ? [
        ['Frontier: throughput of a GPU against the speed that a user sees', frontierLines(plan)],
        ['What the SLO costs', priceLines(plan)],
        ['What would have to be otherwise for another to win', sensitivityLines(plan)],
      ]
    : [];
  return [
    ['Why', reasonLines(plan.rationale)],
    ['Alternatives', alternativeLines(plan.alternatives)],
    ...served,
    [checkHeading(plan.verification), checkLines(plan.verification)],
    ['Search', searchLines(plan.search)],
    ['Assumed: what the request left out', assumptionLines(plan)],
    ['Plan', paragraph(plan.id)],
  ];
}

export function checkHeading({ verdict, checks }: AnyFeasible['verification']): string {
  const passed = checks.filter(({ status }) => status === 'pass').length;
  return `Checks: ${verdict}, ${passed} of ${checks.length} pass`;
}

function infeasibleSections(plan: AnyInfeasible): readonly Section[] {
  const { nearest, remedies } = plan;
  return [
    ['Infeasible: nothing fits and meets what is asked for', paragraph(`${setting(plan)}.`)],
    ['Mind first', warningLines(plan)],
    [
      'What came nearest',
      nearest
        ? [
            ...paragraph(`${nearest.strategy.name}: ${nearest.explanation}`),
            ...(nearest.shortByBytes === undefined ? [] : paragraph(`It lacks ${bytes(nearest.shortByBytes)} a GPU.`)),
          ]
        : [],
    ],
    [
      'What would make it feasible, each planned',
      table(
        remedies.map(({ change, path, from, to, strategy }) => [
          change,
          `${path}: ${String(from)} -> ${String(to)}`,
          `gives ${strategy}`,
        ]),
      ),
    ],
    ['Search', searchLines(plan.search)],
    ['Assumed: what the request left out', assumptionLines(plan)],
    ['Plan', paragraph(plan.id)],
  ];
}
