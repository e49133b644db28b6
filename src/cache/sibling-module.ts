/**
 * Where a module that runs in its own thread or process is. Built, it is a `.js` beside this one. Under vitest and `npm run dev`
 * it is a `.ts`, which Node 20 reads only through tsx; that package is a development dependency and is named here alone.
 */
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

export interface SiblingModule {
  readonly file: string;
  readonly execArgv: string[];
}

/** `from` is the asking module's `import.meta.url`, `path` is relative to it and has no suffix. */
export function siblingModule(from: string, path: string): SiblingModule {
  const source = from.endsWith('.ts');
  return {
    file: fileURLToPath(new URL(`${path}.${source ? 'ts' : 'js'}`, from)),
    execArgv: source ? ['--import', pathToFileURL(createRequire(from).resolve('tsx')).href] : [],
  };
}
