/** A Redis of the test's own, since it is to be killed, paused and filled: in memory alone, on 127.0.0.1, ended with the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly process: ChildProcess;
  /** Redis's own client, without timeouts. */
  readonly client: Redis;
  stop(): Promise<void>;
}

/** `port` is that of a server that was stopped, to be started again. */
export async function startRedis({ port: given = 0, args = [] as readonly string[] } = {}): Promise<RedisServer> {
  const port = given === 0 ? await freePort() : given;
  const all = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...args];
  const child = spawn('redis-server', all, { stdio: 'ignore' });
  const password = args[args.indexOf('--requirepass') + 1];
  const client = new Redis({
    port,
    host: '127.0.0.1',
    maxRetriesPerRequest: null,
    retryStrategy: () => 50,
    ...(args.includes('--requirepass') && password !== undefined && { password }),
  });
  client.on('error', () => {});
  for (let waited = 0; client.status !== 'ready'; waited += 50) {
    if (waited > 10_000 || child.exitCode !== null) throw new Error('redis-server did not start');
    await sleep(50);
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    process: child,
    client,
    async stop() {
      client.disconnect();
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
