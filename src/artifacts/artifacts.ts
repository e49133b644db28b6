/** What a plan is turned into: the files that one takes to the cluster. */
import { readFileSync } from 'node:fs';
import { implementationGuide } from './guide.ts';
import { servingGuide } from './guide-serving.ts';
import { launchFiles } from './launch/launch-files.ts';
import { launchText } from './launch/launch-section.ts';
import { type Launch, launchesOf } from './launch/make-launch.ts';
import { platformFiles } from './launch/platforms/platform-files.ts';
import { type AnyFeasiblePlan, isServing } from './served-workers.ts';
import { strategyJson, verificationJson } from './strategy-json.ts';

export interface Artifact {
  readonly name: string;
  readonly mediaType: string;
  readonly description: string;
  /** A script that is to be run as it is. */
  readonly executable: boolean;
  /** The whole file. Made when it is asked for: a list of files renders none of them. */
  readonly content: () => string;
}

/** The same bytes for every plan, read once. It stands beside this module in the source and in the build. */
const verifyStrategy = readFileSync(new URL('./verify_strategy.py', import.meta.url), 'utf8');

/** The reference files, and those that start the plan under each engine that can express it: a script each, and a file for each platform. */
export function artifactsOf(
  plan: AnyFeasiblePlan,
  launches: readonly Launch[] = launchesOf(plan),
): readonly Artifact[] {
  return [...referenceFiles(plan, launches), ...launchFiles(launches), ...platformFiles(launches)];
}

/** Serving is what the engines' files start; a batch has them beside the steps of its own. */
function guideOf(plan: AnyFeasiblePlan, launches: readonly Launch[]): string {
  const launch = launchText(launches);
  return isServing(plan)
    ? servingGuide(plan, launch)
    : `${implementationGuide(plan)}\n## Under a serving engine\n\n${launch}\n`;
}

function referenceFiles(plan: AnyFeasiblePlan, launches: readonly Launch[]): readonly Artifact[] {
  return [
    {
      name: 'optimal_parallel_strategy.json',
      mediaType: 'application/json',
      description: 'The strategy, every figure of it, and the specifications from which they can be computed again.',
      executable: false,
      content: () => strategyJson(plan),
    },
    {
      name: 'implementation_guide.md',
      mediaType: 'text/markdown; charset=utf-8',
      description: 'How to run the plan: ranks, groups, weights, batch or engine, checks, and what was assumed.',
      executable: false,
      content: () => guideOf(plan, launches),
    },
    {
      name: 'verify_strategy.py',
      mediaType: 'text/x-python; charset=utf-8',
      description:
        'Recomputes every figure of the JSON beside it by its own formulas. Python 3, standard library only.',
      executable: false,
      content: () => verifyStrategy,
    },
    {
      name: 'verification_results.json',
      mediaType: 'application/json',
      description: 'What the service’s own verifier found: the verdict and every check.',
      executable: false,
      content: () => verificationJson(plan),
    },
  ];
}
