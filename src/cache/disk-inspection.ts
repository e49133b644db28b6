/** Has disk-check look at the store before the service opens it, and acts on what it found. */
import { type ChildProcess, spawn } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { CacheLog, CacheRecorder } from './cache-recorder.ts';
import { type SiblingModule, siblingModule } from './sibling-module.ts';

export interface Inspection {
  readonly directory: string;
  readonly log: CacheLog;
  readonly recorder: CacheRecorder;
  readonly timeoutMs?: number;
  /** The program that looks at the store, where it is not the one beside this file. */
  readonly check?: SiblingModule | undefined;
}

interface Finding {
  readonly verdict: 'sound' | 'damaged' | 'unusable';
  readonly why: string;
}

/** The service is to be ready within 10 s of its start: less than half of that is for a store of a gigabyte on a cold disk. */
const TIMEOUT_MS = 4_000;

interface Line {
  readonly step: string;
  readonly message: string;
}

function parseLine(text: string): Line {
  try {
    const line: unknown = JSON.parse(text);
    if (typeof line === 'object' && line !== null && 'step' in line) {
      return { step: String(line.step), message: 'message' in line ? String(line.message) : '' };
    }
  } catch {
    // LMDB prints warnings of its own to the same stream now and then; they are not for us.
  }
  return { step: '', message: text };
}

async function runCheck({ directory, timeoutMs = TIMEOUT_MS, check }: Inspection): Promise<Finding> {
  const { file, execArgv } = check ?? siblingModule(import.meta.url, './disk-check');
  const child: ChildProcess = spawn(process.execPath, [...execArgv, file, directory], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`it could not be checked: ${error.message}`));
    child.once('close', (code, signal) => resolve(`the check ended with ${signal ?? `code ${code}`}`));
  });
  const lines: Line[] = [];
  if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', (text) => lines.push(parseLine(text)));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  const end = await ended;
  clearTimeout(timer);
  const found = (step: string): Line | undefined => lines.find((line) => line.step === step);
  const unusable = found('unusable');
  if (unusable) return { verdict: 'unusable', why: unusable.message };
  const damaged = found('damaged');
  if (damaged) return { verdict: 'damaged', why: damaged.message };
  if (found('checked')) return { verdict: 'sound', why: '' };
  if (late && found('opened')) return { verdict: 'sound', why: `the check was not through after ${timeoutMs} ms` };
  if (late) return { verdict: 'unusable', why: `the store did not open within ${timeoutMs} ms` };
  return { verdict: end.includes('could not') ? 'unusable' : 'damaged', why: end };
}

/** Whether the directory can be opened. A damaged store is renamed to `<directory>.damaged`, and an empty one begun. */
export async function inspectStore(inspection: Inspection): Promise<boolean> {
  const { directory, log, recorder } = inspection;
  const first = await runCheck(inspection);
  if (first.verdict === 'sound') {
    if (first.why !== '') log.warn({ directory }, `plan store: ${first.why}; it is used as it is`);
    return true;
  }
  if (first.verdict === 'damaged') {
    recorder.corruption('disk');
    const aside = `${directory}.damaged`;
    log.error({ directory, aside, why: first.why }, 'plan store is damaged: set aside, starting with an empty one');
    try {
      // One is kept, for whoever wants to look; two would be a disk that fills by itself.
      rmSync(aside, { recursive: true, force: true });
      renameSync(directory, aside);
      const second = await runCheck(inspection);
      if (second.verdict === 'sound') return true;
      log.error({ directory, why: second.why }, 'plan store cannot be begun anew: plans are kept in memory only');
    } catch (error) {
      log.error({ directory, err: error }, 'plan store cannot be set aside: plans are kept in memory only');
    }
  } else {
    log.error({ directory, why: first.why }, 'plan store cannot be used: plans are kept in memory only');
  }
  recorder.failure('disk');
  return false;
}
