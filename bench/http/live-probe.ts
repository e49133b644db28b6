/** Whether GET /health/live is answered in time while something else is done. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Probed {
  readonly sortedMs: Float64Array;
  /** Anything but a 200. */
  readonly failures: number;
  /** Whether the prober went before all others on the machine, as root may: otherwise its waits for a core are in the times. */
  readonly isFirst: boolean;
}

/** The prober is a process of its own: in the one that makes the load it would measure that one. */
export async function probeLive<T>(url: string, during: () => Promise<T>): Promise<{ result: T; live: Probed }> {
  const child = fork(fileURLToPath(new URL('live-prober.ts', import.meta.url)), [url], {
    execArgv: ['--import', 'tsx'],
    serialization: 'advanced',
  });
  await once(child, 'message');
  const result = await during();
  const answer = once(child, 'message');
  child.send('enough');
  const [live]: Probed[] = await answer;
  if (!live) throw new Error('the prober says nothing');
  return { result, live };
}
