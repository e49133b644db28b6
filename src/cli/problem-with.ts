/** A problem with the name of what it is about: a command has read it from somewhere. */
import type { ProblemError } from '../http/problem.ts';

export class ProblemWith extends Error {
  readonly input: string;
  readonly problem: ProblemError;

  constructor(input: string, problem: ProblemError) {
    super(problem.message);
    this.name = 'ProblemWith';
    this.input = input;
    this.problem = problem;
  }
}
