/** The words of the command line as a command, or all that is wrong with them at once. */
import { parseArgs } from 'node:util';
import { nearNames } from '../catalog/near-names.ts';

export type Command =
  | {
      readonly kind: 'plan';
      /** Undefined: standard input. */
      readonly file: string | undefined;
      readonly json: boolean;
      /** Where the plan's files are to be written. */
      readonly folder: string | undefined;
      readonly timeoutMs: number;
    }
  | { readonly kind: 'estimate' | 'verify'; readonly file: string | undefined; readonly json: boolean }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' };

/** The command line cannot be made sense of. */
export class UsageError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('; '));
    this.name = 'UsageError';
    this.faults = faults;
  }
}

/** As long as the service gives a plan whose caller does not wait for it. */
const DEFAULT_TIMEOUT_SECONDS = 60;
const MAX_TIMEOUT_SECONDS = 86_400;

const options = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'V' },
  json: { type: 'boolean' },
  output: { type: 'string', short: 'o' },
  timeout: { type: 'string' },
} as const;

const optionsOf: Readonly<Record<'plan' | 'estimate' | 'verify', readonly string[]>> = {
  plan: ['json', 'output', 'timeout'],
  estimate: ['json'],
  verify: ['json'],
};

/** @throws UsageError */
export function readCommand(args: readonly string[]): Command {
  const { tokens } = parseArgs({ args: [...args], options, allowPositionals: true, strict: false, tokens: true });
  const words: string[] = [];
  const given = new Map<string, { readonly raw: string; readonly value: string | undefined }>();
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind === 'option') given.set(token.name, { raw: token.rawName, value: token.value });
  }
  const [word, file, ...others] = words;
  if (given.has('help') || word === 'help') return { kind: 'help' };
  if (given.has('version')) return { kind: 'version' };
  const faults = [...optionFaults(word, given)];
  if (word === undefined) faults.unshift('a command is wanted: plan, estimate or verify');
  else if (!isKnown(word)) faults.unshift(`unknown command ${quoted(word)}${nearest(word, Object.keys(optionsOf))}`);
  if (others.length > 0) faults.push(`one file at most, and there is ${others.map(quoted).join(', ')} beside it`);
  const seconds = secondsOf(given.get('timeout')?.value, faults);
  if (faults.length > 0 || word === undefined || !isKnown(word)) throw new UsageError(faults);
  const common = { file: file === '-' ? undefined : file, json: given.has('json') };
  if (word !== 'plan') return { kind: word, ...common };
  return { kind: 'plan', ...common, folder: given.get('output')?.value, timeoutMs: seconds * 1000 };
}

function isKnown(word: string): word is keyof typeof optionsOf {
  return Object.hasOwn(optionsOf, word);
}

function* optionFaults(
  word: string | undefined,
  given: ReadonlyMap<string, { readonly raw: string; readonly value: string | undefined }>,
): Generator<string> {
  for (const [name, { raw, value }] of given) {
    const known = Object.entries(options).find(([key]) => key === name)?.[1];
    if (!known) yield `unknown option ${raw}${nearest(name, Object.keys(options), '--')}`;
    else if (word !== undefined && isKnown(word) && !optionsOf[word].includes(name)) yield `${raw} is not for ${word}`;
    else if (known.type === 'string' && !value) yield `${raw} wants a value`;
    else if (known.type === 'boolean' && value !== undefined) yield `${raw} takes no value`;
  }
}

function nearest(word: string, known: readonly string[], before = ''): string {
  const [near] = nearNames(
    word,
    known.map((name) => [name, name] as const),
    1,
  );
  return near === undefined ? '' : `: did you mean ${before}${near}?`;
}

function secondsOf(text: string | undefined, faults: string[]): number {
  if (!text) return DEFAULT_TIMEOUT_SECONDS;
  const seconds = Number(text);
  if (text.trim() !== '' && seconds > 0 && seconds <= MAX_TIMEOUT_SECONDS) return seconds;
  faults.push(`--timeout ${quoted(text)} is no number of seconds above 0 and up to ${MAX_TIMEOUT_SECONDS}`);
  return DEFAULT_TIMEOUT_SECONDS;
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

export const usage = `Usage: shardwell plan [REQUEST.json] [--json] [-o DIR] [--timeout SECONDS]
       shardwell estimate [REQUEST.json] [--json]
       shardwell verify [STRATEGY.json] [--json]

  plan      Finds the best strategy for a request, the body of POST /plans, checks it, and says why.
  estimate  Says what a given strategy would do, or why it cannot be: the body of POST /estimates.
  verify    Checks a strategy: the body of POST /verifications, a plan as JSON, or the
            optimal_parallel_strategy.json of a plan.

Without a file, or with "-", standard input is read.

  --json               Print the answer as JSON, in the bytes that the service answers with.
  -o, --output DIR     Write the plan's files into DIR, which is made if it is not there.
  --timeout SECONDS    Answer with the best found by then (default ${DEFAULT_TIMEOUT_SECONDS}).
  -h, --help           Print this.
  -V, --version        Print the version.

Exit status: 0 feasible or valid; 1 infeasible or invalid; 2 the input or the command line is wrong;
3 nothing was found in time, or the program failed; 130 interrupted.
`;
