/**
 * dist/, from which tests start programs and threads: as its users do, and in a quarter of the time that the same from src/ would take.
 * A build that is older than what it was made of is refused, since a test of it would judge code that is no longer there.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SiblingModule } from '../../src/cache/sibling-module.ts';

const rootOf = (folder: string) => fileURLToPath(new URL(`../../${folder}`, import.meta.url));
const dist = rootOf('dist');
const src = rootOf('src');
let isChecked = false;

/** `path` is within dist/. */
export function builtFile(path: string): string {
  if (!isChecked) refuseOldBuild();
  isChecked = true;
  return join(dist, path);
}

/** A built module for a thread or a process of its own. */
export const builtModule = (path: string): SiblingModule => ({ file: builtFile(path), execArgv: [] });

/** A thread of test/support, in JavaScript, which takes the service's code from dist/. */
export function threadOfTests(name: string): SiblingModule {
  builtFile('server.js');
  return { file: rootOf(`test/support/${name}`), execArgv: [] };
}

function refuseOldBuild(): void {
  const entry = join(dist, 'server.js');
  if (!existsSync(entry)) throw new Error('dist/server.js is not there: npm run build');
  const builtMs = statSync(entry).mtimeMs;
  const newer = readdirSync(src, { recursive: true, encoding: 'utf8' }).find(
    (path) => /(?<!\.test)\.(ts|py)$/.test(path) && statSync(join(src, path)).mtimeMs > builtMs,
  );
  if (newer !== undefined) throw new Error(`src/${newer} is newer than dist/: npm run build`);
}
