/** A verification as text: the verdict, and every check with what it found. */
import type { Static } from 'typebox';
import type { VerificationAnswer } from '../http/schemas/answer.ts';
import { assumptionLines, checkLines, warningLines } from './show-notes.ts';
import { checkHeading } from './show-plan.ts';
import { paragraph, type Style, sectionsText } from './text.ts';

export type AnyVerification = Static<typeof VerificationAnswer>;

export function showVerification(answer: AnyVerification, style: Style): string {
  const { strategy, verification, resolved } = answer;
  const { cluster, model } = resolved;
  const verdict = verification.verdict === 'invalid' ? 'invalid: a check does not pass' : 'valid: every check passes';
  return sectionsText(
    [
      [
        `${strategy.name} is ${verdict}`,
        paragraph(`${model.name} on ${strategy.gpus} of ${cluster.gpus} GPUs (${cluster.gpu.name}).`),
      ],
      ['Mind first', warningLines(answer)],
      [checkHeading(verification), checkLines(verification)],
      ['Assumed: what the request left out', assumptionLines(answer)],
    ],
    style,
  );
}
