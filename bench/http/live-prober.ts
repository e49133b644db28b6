/** Asks GET /health/live of a server up to a hundred times a second, as a kubelet would if it were impatient, until it is told enough. */
import { Agent, get } from 'node:http';
import { constants, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Probed } from './live-probe.ts';

const EVERY_MS = 10;

const [url] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

const ask = () =>
  new Promise<boolean>((resolve) => {
    get(`${url}/health/live`, { agent }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode === 200));
    }).on('error', () => resolve(false));
  });

/** The load is made on the same cores: without it the time until this process has one would count as the server's. */
function goFirst(): boolean {
  try {
    setPriority(constants.priority.PRIORITY_HIGHEST);
    return true;
  } catch {
    return false;
  }
}

const isFirst = goFirst();
const times: number[] = [];
let failures = 0;
let enough = false;
await ask();
process.once('message', () => {
  enough = true;
});
process.send?.('begun');
while (!enough) {
  const start = performance.now();
  if (!(await ask())) failures += 1;
  times.push(performance.now() - start);
  await sleep(EVERY_MS);
}
agent.destroy();
process.send?.({ sortedMs: Float64Array.from(times).sort(), failures, isFirst } satisfies Probed, () =>
  process.disconnect(),
);
