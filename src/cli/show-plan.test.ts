import { expect, it } from 'vitest';
import { exampleNames, exampleRequest, servingExampleNames } from '../../test/support/examples.ts';
import { runJob } from '../http/run-job.ts';
import type { Plan } from '../http/schemas/answer.ts';
import type { PlanRequest } from '../http/schemas/request.ts';
import { progressLine } from './progress.ts';
import { showPlan } from './show-plan.ts';
import { verifyDocument } from './verify-document.ts';

function answerOf(request: PlanRequest): { readonly plan: Plan; readonly json: string } {
  const result = runJob({ kind: 'plan', request, id: 'x'.repeat(64) }, () => false);
  if (result.kind !== 'answer') throw new Error('no answer');
  return { plan: JSON.parse(result.json), json: result.json };
}

const shown = (plan: Plan) => showPlan(plan, (_, text) => text);

/** Each kind of answer once: others are as long, and take longer. */
const names = [...exampleNames, ...servingExampleNames].filter((name) => !/^deepseek|405b/.test(name));

it.each(names)('shows %s whole, in a hundred columns, and its plan verifies again', (name) => {
  const { plan, json } = answerOf(exampleRequest(name));
  if (plan.status !== 'feasible') throw new Error('infeasible');
  const text = shown(plan);
  for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
  for (const heading of ['Strategy', 'What to expect', 'Why', 'Alternatives', 'Search', 'Plan'])
    expect(text).toContain(`\n\n${heading}\n`);
  expect(text).toMatch(/\nMemory of a GPU.*\n.*GiB|MiB/);
  for (const check of plan.verification.checks) expect(text).toContain(check.id);
  for (const { path } of plan.assumptions) expect(text).toContain(path);
  for (const { strategy } of plan.alternatives) expect(text).toContain(strategy.name);

  const verified = JSON.parse(verifyDocument(JSON.parse(json)) ?? 'null');
  expect(verified.verification).toMatchObject({ verdict: 'valid' });
  const [first] = plan.verification.checks;
  // A strategy comes without the files that start it.
  expect(verified.verification.checks.map(({ id }: { id: string }) => id)).toEqual(
    plan.verification.checks.map(({ id }) => id).filter((id) => id !== 'launch-files'),
  );
  expect(first?.id).toBe('divisibility');
});

it('lets no name of a request reach the terminal as a command', () => {
  const request = exampleRequest('reference');
  if (typeof request.model !== 'object') throw new Error('no spec');
  const { plan } = answerOf({ ...request, model: { ...request.model, name: 'x\x1b]0;title\x07\x1b[31m' } });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there
  expect(shown(plan)).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
});

it('refuses a file whose parts contradict each other, or which asks for more than a request may', () => {
  const { json } = answerOf(exampleRequest('reference'));
  const change = (of: 'strategy' | 'resolved', fields: object) => () => {
    const plan = JSON.parse(json);
    verifyDocument({ ...plan, [of]: { ...plan[of], ...fields } });
  };
  expect(change('strategy', { gpus: 64 })).toThrow(/a contradiction/);
  expect(change('strategy', { replicas: 1e7, gpus: 128e7 })).toThrow(/fault/);
  expect(change('strategy', { tp: 'two' })).toThrow(/fault/);
  const { model } = JSON.parse(json).resolved;
  const [run] = model.layers;
  expect(change('resolved', { model: { ...model, layers: [{ ...run, count: 1e15 }] } })).toThrow(/fault/);
  expect(verifyDocument({ cluster: {} })).toBeUndefined();
});

it('says how far a search is in one short line', () => {
  expect(progressLine({ enumerated: 433_784, accounted: 123_504, evaluated: 9, best: 'EP8_DP128' })).toBe(
    'Searching: 123,504 of 433,784 candidates (28 %); best so far EP8_DP128',
  );
  const best = 'x'.repeat(500);
  expect(progressLine({ enumerated: 9e11, accounted: 8e11, evaluated: 9, best }).length).toBeLessThan(80);
});
