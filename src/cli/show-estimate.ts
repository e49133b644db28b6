/** A given strategy as text: what it would do, or why it cannot be. Nothing was searched, so nothing is said of others. */
import type { BatchEstimateAnswer } from '../http/schemas/answer.ts';
import type { ServingEstimateAnswer } from '../http/schemas/serving-answer.ts';
import { assumptionLines, warningLines } from './show-notes.ts';
import { batchFigures, servingFigures } from './show-sections.ts';
import { setting } from './show-setting.ts';
import { paragraph, type Section, type Style, sectionsText } from './text.ts';

export type AnyEstimate = BatchEstimateAnswer | ServingEstimateAnswer;

const isServed = (answer: AnyEstimate): answer is ServingEstimateAnswer => answer.resolved.workload.kind === 'serving';

function figures(answer: Extract<AnyEstimate, { status: 'feasible' }>): readonly Section[] {
  return isServed(answer) ? servingFigures(answer) : batchFigures(answer);
}

export function showEstimate(answer: AnyEstimate, style: Style): string {
  const { strategy } = answer;
  const about = paragraph(`${setting(answer)}.`);
  const result: readonly Section[] =
    answer.status === 'feasible'
      ? [[`${strategy.name}: what it would do`, about], ['Mind first', warningLines(answer)], ...figures(answer)]
      : [
          [`${strategy.name}: infeasible`, about],
          ['Why', answer.reasons.flatMap(({ explanation }) => paragraph(explanation))],
          ['Mind first', warningLines(answer)],
        ];
  return sectionsText([...result, ['Assumed: what the request left out', assumptionLines(answer)]], style);
}
