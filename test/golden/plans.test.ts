/** The plans of examples/ as text. After a change that is meant to move them: UPDATE_GOLDEN=1 npx vitest run test/golden */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { exampleNames, exampleRequest } from '../support/examples.ts';
import { planOf } from '../support/plan-of.ts';
import { renderPlan } from '../support/render-plan.ts';

it('has six examples', () => {
  expect(exampleNames).toEqual([
    'deepseek-by-name',
    'deepseek-many-nodes',
    'dense-8-gpus',
    'mixtral-one-node',
    'qwen3-config-json',
    'reference',
  ]);
});

it.each(exampleNames)('plans %s as before', (name) => {
  const file = new URL(`./${name}.txt`, import.meta.url);
  const text = renderPlan(planOf(exampleRequest(name)));
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, text);
  expect(existsSync(file), `${name}.txt is missing: make it with UPDATE_GOLDEN=1`).toBe(true);
  expect(text).toBe(readFileSync(file, 'utf8'));
});
