/**
 * Opens the plan store in a process of its own, reads every page of it and writes once, before the service does.
 *
 * LMDB maps its file into memory and trusts it: a truncated file ends the process that reads it with SIGBUS, a damaged page with
 * SIGSEGV, and no try/catch sees either. Here that ends this process alone; the service sets the damaged store aside and starts.
 * Prints one line of JSON for each thing it got past, so that whoever waits can tell a slow check from a stuck one.
 */
import { mkdirSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { type DiskEnvironment, neededBytesOf, openEnvironment } from './disk-environment.ts';

/** `unusable`: nothing can be stored there. `damaged`: what is stored there cannot be trusted. */
export type CheckLine =
  | { readonly step: 'opened' | 'checked' }
  | { readonly step: 'unusable' | 'damaged'; readonly message: string };

const say = (line: CheckLine): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

/** The file system's own numbers are positive and LMDB's negative; EINVAL is what a header full of nonsense comes to. */
function verdictOn(error: unknown): 'unusable' | 'damaged' {
  const number = error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : 0;
  return number > 0 && number !== constants.errno.EINVAL ? 'unusable' : 'damaged';
}

const fail = (step: 'unusable' | 'damaged', error: unknown): void => {
  say({ step, message: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
};

async function check(directory: string): Promise<void> {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    return fail('unusable', error);
  }
  let environment: DiskEnvironment;
  try {
    environment = openEnvironment(directory);
  } catch (error) {
    return fail(verdictOn(error), error);
  }
  const { root, plans, order } = environment;
  try {
    if (statSync(join(directory, 'data.mdb')).size < neededBytesOf(environment))
      throw new Error('the file is shorter than its pages');
    say({ step: 'opened' });
    let bytes = 0;
    for (const { value } of plans.getRange()) bytes += value.length;
    for (const { value } of order.getRange()) bytes += value[1];
    if (!Number.isFinite(bytes)) throw new Error('the order of writes is not readable');
  } catch (error) {
    return fail('damaged', error);
  }
  try {
    // Number keys sort by value and writes count from 1: this one is nobody's.
    root.transactionSync(() => order.putSync(-1, ['', 0]));
    root.transactionSync(() => order.removeSync(-1));
  } catch (error) {
    return fail(verdictOn(error), error);
  }
  await root.close();
  say({ step: 'checked' });
}

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('usage: disk-check <directory>');
await check(directory);
