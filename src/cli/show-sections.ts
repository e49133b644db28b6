/** A strategy and its figures, a section each: of a plan, or of a strategy that was given. */
import type { FeasiblePlan } from '../http/schemas/answer.ts';
import type { FeasibleServingPlan } from '../http/schemas/serving-answer.ts';
import { batchExpectations, memoryLines, servingExpectations, timeLines } from './show-figures.ts';
import { batchStrategy, servingStrategy } from './show-strategy.ts';
import type { Section } from './text.ts';

export type BatchFigures = Pick<FeasiblePlan, 'strategy' | 'estimate' | 'resolved'>;
export type ServingFigures = Pick<FeasibleServingPlan, 'strategy' | 'estimate' | 'resolved'>;

export function batchFigures(told: BatchFigures): readonly Section[] {
  const { estimate, resolved } = told;
  return [
    ['Strategy', batchStrategy(told)],
    ['What to expect', batchExpectations(told)],
    ['Memory of a GPU', memoryLines(estimate.memory, resolved.cluster)],
    ['Time of a step', timeLines(estimate.time)],
  ];
}

export function servingFigures(told: ServingFigures): readonly Section[] {
  const { estimate, resolved } = told;
  const { halves } = estimate;
  const each = (
    title: string,
    of: (
      worker: Pick<typeof estimate, 'memory'> & {
        readonly time: typeof estimate.time | NonNullable<typeof halves>['decode']['time'];
      },
    ) => string[],
  ): readonly Section[] =>
    halves
      ? [
          [`${title}, prefill workers`, of(halves.prefill)],
          [`${title}, decode workers`, of(halves.decode)],
        ]
      : [[title, of(estimate)]];
  return [
    ['Strategy', servingStrategy(told)],
    ['What to expect', servingExpectations(told)],
    ...each('Memory of a GPU', ({ memory }) => memoryLines(memory, resolved.cluster)),
    ...each('Time of the mean step', ({ time }) => timeLines(time)),
  ];
}
