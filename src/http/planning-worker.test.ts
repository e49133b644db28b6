import { execFileSync } from 'node:child_process';
import { getPriority } from 'node:os';
import { expect, it } from 'vitest';
import { builtFile } from '../../test/support/built.ts';

/** The niceness of a planning thread in a process that was started with `niceness` more than this one has. */
function planningNiceness(niceness: number): number {
  const inThread = `import(${JSON.stringify(builtFile('http/planning-worker.js'))})
    .then(() => console.log(require('node:os').getPriority()))`;
  const program = `new (require('node:worker_threads').Worker)(${JSON.stringify(inThread)}, { eval: true })`;
  return Number(execFileSync('nice', ['-n', String(niceness), process.execPath, '-e', program], { encoding: 'utf8' }));
}

it.runIf(process.platform === 'linux')('a planning thread gives way by as much wherever its process stands', () => {
  expect(planningNiceness(3)).toBe(Math.min(getPriority() + 3 + 5, 19));
  expect(planningNiceness(19)).toBe(19);
});
