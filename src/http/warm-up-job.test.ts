import { expect, it } from 'vitest';
import { runJob } from './run-job.ts';
import { warmUpJob } from './warm-up-job.ts';

it('the warm-up is a request that has a plan, so that a thread that answers it can plan', () => {
  expect(runJob(warmUpJob, () => false)).toMatchObject({ kind: 'answer', status: 'feasible', complete: true });
});
