/** What a plan is turned into: the files that one takes to the cluster. */
import { readFileSync } from 'node:fs';
import { implementationGuide } from './guide.ts';
import { servingGuide } from './guide-serving.ts';
import { type AnyFeasiblePlan, isServing } from './served-workers.ts';
import { strategyJson, verificationJson } from './strategy-json.ts';

export interface Artifact {
  readonly name: string;
  readonly mediaType: string;
  readonly description: string;
  /** The whole file. Made when it is asked for: a list of files renders none of them. */
  readonly content: () => string;
}

/** The same bytes for every plan, read once. It stands beside this module in the source and in the build. */
const verifyStrategy = readFileSync(new URL('./verify_strategy.py', import.meta.url), 'utf8');

export function artifactsOf(plan: AnyFeasiblePlan): readonly Artifact[] {
  return [
    {
      name: 'optimal_parallel_strategy.json',
      mediaType: 'application/json',
      description: 'The strategy, every figure of it, and the specifications from which they can be computed again.',
      content: () => strategyJson(plan),
    },
    {
      name: 'implementation_guide.md',
      mediaType: 'text/markdown; charset=utf-8',
      description: 'How to run the plan: ranks, groups, weights, batch or engine, checks, and what was assumed.',
      content: () => (isServing(plan) ? servingGuide(plan) : implementationGuide(plan)),
    },
    {
      name: 'verify_strategy.py',
      mediaType: 'text/x-python; charset=utf-8',
      description:
        'Recomputes every figure of the JSON beside it by its own formulas. Python 3, standard library only.',
      content: () => verifyStrategy,
    },
    {
      name: 'verification_results.json',
      mediaType: 'application/json',
      description: 'What the service’s own verifier found: the verdict and every check.',
      content: () => verificationJson(plan),
    },
  ];
}
