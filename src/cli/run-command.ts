/** A command, run. The composition is that of a planning thread: read, put in one form, resolve, search, verify, tell. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stderr, stdout } from 'node:process';
import { artifactsOf } from '../artifacts/artifacts.ts';
import { answeringVersion, planId } from '../http/plan-id.ts';
import type { Job, JobResult } from '../http/ports.ts';
import { contradictions, outOfTime, ProblemError } from '../http/problem.ts';
import { parseJson } from '../http/read-request.ts';
import { readEstimateRequest, readPlanRequest, readVerificationRequest } from '../http/request-readers.ts';
import { runJob } from '../http/run-job.ts';
import type { Plan } from '../http/schemas/answer.ts';
import { packageVersion } from '../http/version-route.ts';
import { type Command, usage } from './command.ts';
import { InputError, readInput, readingFault } from './input.ts';
import { ProblemWith } from './problem-with.ts';
import { createProgress } from './progress.ts';
import { type AnyEstimate, showEstimate } from './show-estimate.ts';
import { showPlan } from './show-plan.ts';
import { type AnyVerification, showVerification } from './show-verification.ts';
import { styleOf } from './text.ts';
import { verifyDocument } from './verify-document.ts';

/** @returns the exit status. */
export async function runCommand(command: Command): Promise<number> {
  switch (command.kind) {
    case 'help':
      stdout.write(usage);
      return 0;
    case 'version':
      stdout.write(`${packageVersion()}\n`);
      return 0;
    case 'plan':
      return plan(command);
    case 'estimate':
      return estimate(command);
    case 'verify':
      return verify(command);
  }
}

async function plan({ file, json, folder, timeoutMs }: Extract<Command, { kind: 'plan' }>): Promise<number> {
  const input = await readInput(file);
  // Before the search: nobody waits a minute to be told that there is nowhere to write to.
  if (folder !== undefined) await writing(folder, () => mkdir(folder, { recursive: true }));
  const answer = await about(input.name, () => {
    const request = readPlanRequest(parseJson(input.bytes));
    return run({ kind: 'plan', request, id: planId(request, answeringVersion()) }, timeoutMs);
  });
  const found = parsePlan(answer);
  if (folder !== undefined && found.status === 'feasible') {
    for (const { name, executable, content } of artifactsOf(found)) {
      const path = join(folder, name);
      await writing(path, () => writeFile(path, content(), { mode: executable ? 0o777 : 0o666 }));
    }
  }
  stdout.write(json ? answer : showPlan(found, styleOf(stdout, process.env)));
  if (folder !== undefined && found.status === 'infeasible')
    stderr.write('shardwell: an infeasible plan has no files\n');
  return found.status === 'feasible' ? 0 : 1;
}

interface Given {
  readonly file: string | undefined;
  readonly json: boolean;
}

async function estimate({ file, json }: Given): Promise<number> {
  const input = await readInput(file);
  const answer = await about(input.name, () => {
    const request = readEstimateRequest(parseJson(input.bytes));
    return run({ kind: 'estimate', request, id: 'none' }, Number.POSITIVE_INFINITY);
  });
  const found = parseEstimate(answer);
  stdout.write(json ? answer : showEstimate(found, styleOf(stdout, process.env)));
  return found.status === 'feasible' ? 0 : 1;
}

async function verify({ file, json }: Given): Promise<number> {
  const input = await readInput(file);
  const answer = await about(input.name, () => {
    const value = parseJson(input.bytes);
    // A request has no such field, and an artifact or a plan no request.
    return (
      verifyDocument(value) ??
      run({ kind: 'verify', request: readVerificationRequest(value), id: 'none' }, Number.POSITIVE_INFINITY)
    );
  });
  const found = parseVerification(answer);
  stdout.write(json ? answer : showVerification(found, styleOf(stdout, process.env)));
  return found.verification.verdict === 'invalid' ? 1 : 0;
}

/** @throws ProblemError where the request contradicts itself, or nothing was found in time. */
function run(job: Job, timeoutMs: number): string {
  const end = performance.now() + timeoutMs;
  const progress = createProgress({ isTTY: stderr.isTTY, env: process.env });
  try {
    return toldOf(
      runJob(job, (tell) => {
        if (tell) progress.tell(tell);
        return performance.now() >= end;
      }),
    );
  } finally {
    progress.clear();
  }
}

function toldOf(result: JobResult): string {
  if (result.kind === 'invalid') throw contradictions(result.errors);
  if (result.kind === 'out-of-time') throw outOfTime();
  return result.json;
}

async function about<T>(input: string, work: () => T): Promise<T> {
  try {
    return work();
  } catch (error) {
    throw error instanceof ProblemError ? new ProblemWith(input, error) : error;
  }
}

async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new InputError(path, `cannot be written: ${readingFault(error)}`);
  }
}

/** Boundaries: the text was written from such values a moment ago. */
function parsePlan(json: string): Plan {
  return JSON.parse(json);
}

function parseEstimate(json: string): AnyEstimate {
  return JSON.parse(json);
}

function parseVerification(json: string): AnyVerification {
  return JSON.parse(json);
}
