/** A planning worker that goes wrong where the request's model is named for it, and plans everything else as the real one does. */
import runPlanningTask from '../../dist/http/planning-worker.js';

export default function runFaultyTask(task) {
  switch (task.job.request?.model?.name) {
    case 'throws':
      throw new Error('the planner went wrong');
    case 'throws-late':
      // So late that everybody who asks for the same is there.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
      throw new Error('the planner went wrong');
    case 'exits':
      return process.exit(3);
    case 'outgrows': {
      const held = [];
      for (;;) held.push(new Array(100_000).fill(task.job.id));
    }
    default:
      return runPlanningTask(task);
  }
}
