/** Stands in for the planning worker in tests of the pool: does what the job's request says, in the ways real jobs go right and wrong. */
const answer = (json) => ({
  kind: 'answer',
  status: 'feasible',
  complete: true,
  json,
  timings: { searchMs: 0, verifyMs: 0 },
});

export default function runScript({ job, remainingMs, abandoned }) {
  const start = performance.now();
  const flag = new Int32Array(abandoned);
  // The pool's own first job has no script.
  const { does = 'answer', ms = 0 } = job.request;
  switch (does) {
    case 'throw':
      throw new Error(`job ${job.id} went wrong`);
    case 'outgrow': {
      const held = [];
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
