/** Stands in for the planning worker in tests of the pool: does what the job's request says, in the ways real jobs go right and wrong. */
import type { PlanningTask } from '../../src/http/planning-worker.ts';
import type { JobResult } from '../../src/http/ports.ts';

const scriptOf = (request: unknown): { does: string; ms: number } => {
  const script = typeof request === 'object' && request !== null ? request : {};
  return {
    does: 'does' in script ? String(script.does) : 'answer',
    ms: 'ms' in script ? Number(script.ms) : 0,
  };
};

const answer = (json: string): JobResult => ({
  kind: 'answer',
  status: 'feasible',
  complete: true,
  json,
  timings: { searchMs: 0, verifyMs: 0 },
});

export default function runScript({ job, remainingMs, abandoned }: PlanningTask): JobResult {
  const start = performance.now();
  const flag = new Int32Array(abandoned);
  const { does, ms } = scriptOf(job.request);
  switch (does) {
    case 'throw':
      throw new Error(`job ${job.id} went wrong`);
    case 'outgrow': {
      const held: unknown[] = [];
      for (;;) held.push(new Array(100_000).fill(job.id));
    }
    case 'die':
      return process.exit(3);
    case 'ignore-deadline':
      for (;;) if (performance.now() - start > ms) return answer('late');
    default:
      while (performance.now() - start < ms) {
        if (Atomics.load(flag, 0) !== 0) return answer('abandoned');
        if (performance.now() - start >= remainingMs) return { kind: 'out-of-time' };
      }
      return answer(job.id);
  }
}
