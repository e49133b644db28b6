/** Servers of the benchmarks: processes of their own, which say on their output where they listen. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface Listening {
  readonly url: string;
  readonly child: ChildProcess;
  /** CPU time that it has used, all threads, in milliseconds; NaN where the system has no /proc. */
  cpuMs(): number;
  /** Ends it, and resolves with its exit code. */
  stop(): Promise<number | null>;
}

const START_MS = 20_000;

/** Its output goes to a file, as a container's does: a pipe that this process reads would take time from the client. */
export async function listen(
  args: readonly string[],
  options: { readonly log: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Listening> {
  const output = openSync(options.log, 'w');
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', output, output],
  });
  const ended = once(child, 'exit').then(([code]): number | null => code);
  for (let waited = 0; waited < START_MS; waited += 50) {
    await sleep(50);
    const url = /listening on (http:\/\/[^\s"]+)/.exec(readFileSync(options.log, 'utf8'))?.[1];
    if (url === undefined) continue;
    return {
      url,
      child,
      cpuMs: () => cpuMsOf(child.pid),
      stop() {
        child.kill('SIGTERM');
        return ended;
      },
    };
  }
  child.kill('SIGKILL');
  throw new Error(`no server: ${readFileSync(options.log, 'utf8')}`);
}

/** By a clock that ticks a hundred times a second on every Linux. */
function cpuMsOf(pid: number | undefined): number {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return Number.NaN;
  // After the name, which is in brackets and may hold anything: utime is the 12th field, stime the 13th.
  const fields = readFileSync(file, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

/** The built service, with its logs and metrics on, ready to plan. */
export async function listenBuilt(directory: string, env: Readonly<Record<string, string>> = {}): Promise<Listening> {
  const server = await listen([fileURLToPath(new URL('../dist/server.js', import.meta.url))], {
    log: `${directory}/server.log`,
    env: { PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'info', DATA_DIR: directory, ...env },
  });
  for (let waited = 0; waited < START_MS; waited += 50) {
    if ((await fetch(`${server.url}/health/ready`)).ok) return server;
    await sleep(50);
  }
  server.child.kill('SIGKILL');
  throw new Error('the server did not become ready');
}

/** A bare route that answers with the bytes of a file. */
export function listenBare(directory: string, file: string): Promise<Listening> {
  const entry = fileURLToPath(new URL('bare-server.ts', import.meta.url));
  return listen(['--import', 'tsx', entry, file], { log: `${directory}/bare.log` });
}
