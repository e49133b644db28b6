/** A planning worker that goes wrong where the request's model is named for it, and plans everything else as the real one does. */
import runPlanningTask, { type PlanningTask } from '../../src/http/planning-worker.ts';
import type { JobResult } from '../../src/http/ports.ts';

export type FaultName = 'throws' | 'exits' | 'outgrows' | 'never-ends';

const nameOf = (request: unknown): unknown => {
  const model = typeof request === 'object' && request !== null && 'model' in request ? request.model : undefined;
  return typeof model === 'object' && model !== null && 'name' in model ? model.name : undefined;
};

export default function runFaultyTask(task: PlanningTask): JobResult {
  switch (nameOf(task.job.request)) {
    case 'throws':
      throw new Error('the planner went wrong');
    case 'exits':
      return process.exit(3);
    case 'outgrows': {
      const held: unknown[] = [];
      for (;;) held.push(new Array(100_000).fill(task.job.id));
    }
    case 'never-ends':
      for (;;) Math.random();
    default:
      return runPlanningTask(task);
  }
}
