/** The built service as its users start it: a process of its own, a free port, a real socket. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { builtFile } from './built.ts';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface BuiltServer {
  readonly url: string;
  readonly pid: number;
  /** Everything that it has written, line by line. */
  readonly lines: readonly string[];
  /** From the start of the process to the first 200 of /health/ready. */
  readonly readyAfterMs: number;
  readonly ended: Promise<Ended>;
  stop(signal: NodeJS.Signals): Promise<Ended>;
}

export interface Run {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly ended: Promise<Ended>;
}

/** Starts the process, and waits for nothing. */
export function run(env: Readonly<Record<string, string>>): Run {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [builtFile('server.js')], {
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => lines.push(line));
  }
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal }));
  return { child, lines, ended };
}

/** Ready sooner than usual: its threads have made one plan each, not as many as they can in a second. */
export async function startServer(env: Readonly<Record<string, string>>): Promise<BuiltServer> {
  const start = performance.now();
  const brief = { PORT: '0', HOST: '127.0.0.1', PLANNER_THREADS: '1', PLANNER_WARM_UP_MS: '0' };
  const { child, lines, ended } = run({ ...brief, ...env });
  let gone = false;
  ended.then(() => {
    gone = true;
  });
  const isReady = async (url: string | undefined) =>
    url !== undefined &&
    (await fetch(`${url}/health/ready`)
      .then(({ ok }) => ok)
      .catch(() => false));
  const address = () => lines.map((line) => /listening on (http:\/\/[^\s"]+)/.exec(line)?.[1]).find(Boolean);
  while (!(await isReady(address()))) {
    if (gone || performance.now() - start > 60_000) {
      child.kill('SIGKILL');
      throw new Error(`the server did not become ready:\n${lines.join('\n')}`);
    }
    await sleep(25);
  }
  return {
    url: address() ?? '',
    pid: child.pid ?? 0,
    lines,
    readyAfterMs: performance.now() - start,
    ended,
    stop(signal) {
      child.kill(signal);
      return ended;
    },
  };
}
