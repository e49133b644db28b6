/** What went wrong, for standard error, and the exit status that says so to a script. */
import { problemTypes } from '../http/problem-types.ts';
import { UsageError } from './command.ts';
import { InputError } from './input.ts';
import { ProblemWith } from './problem-with.ts';
import { clean, wrap } from './text.ts';

export interface Complaint {
  readonly text: string;
  readonly status: 2 | 3;
}

const tryHelp = 'Try: shardwell --help';

export function complaintOf(error: unknown): Complaint {
  if (error instanceof UsageError) {
    return { text: `${error.faults.map((fault) => `shardwell: ${clean(fault)}`).join('\n')}\n${tryHelp}\n`, status: 2 };
  }
  if (error instanceof InputError)
    return { text: `shardwell: ${clean(error.input)} ${clean(error.message)}\n`, status: 2 };
  if (error instanceof ProblemWith) return problemComplaint(error);
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text: `shardwell: failed, which is a fault of this program\n${told}\n`, status: 3 };
}

/** The faults of a problem, each at its pointer, as the service lists them in `errors`. */
function problemComplaint({ input, problem }: ProblemWith): Complaint {
  const head = `shardwell: ${clean(input)}: ${clean(problem.message)}`;
  const lines = problem.errors.flatMap(({ pointer, detail, allowed }) => {
    const among = allowed ? ` (allowed: ${allowed.map(String).join(', ')})` : '';
    return [`  ${clean(pointer) || '(the whole)'}`, ...wrap(`${detail}${among}`, 94).map((line) => `      ${line}`)];
  });
  const status = problemTypes[problem.slug].status < 500 ? 2 : 3;
  return { text: `${[head, ...lines].join('\n')}\n`, status };
}
