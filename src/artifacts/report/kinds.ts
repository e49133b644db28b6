/** The kinds of rank that a plan has, each with its placement and its own figures: one of a batch or shared workers, two where prompts and answers are apart. */
import type { FeasiblePlan } from '../../http/schemas/answer.ts';
import type { FeasibleServingPlan } from '../../http/schemas/serving-answer.ts';
import type { Placement } from '../../planner/placement.ts';
import type { Degrees } from '../../planner/strategy.ts';
import { planPlacement } from '../placement-pages.ts';
import { type AnyFeasiblePlan, isServing, type Role, workersOf } from '../served-workers.ts';

type Time = Pick<FeasiblePlan['estimate']['time'], 'stepMs' | 'breakdown' | 'bubblePercent'>;

export interface Kind {
  readonly role: Role;
  /** As a heading has it. */
  readonly title: string;
  /** One of them, in the middle of a sentence. */
  readonly noun: string;
  /** Before a number in the map: W0, P0, D0, R0. */
  readonly letter: string;
  readonly degrees: Degrees;
  readonly placement: Placement;
  /** Of the plan: the placement counts its own from 0. */
  readonly firstRank: number;
  readonly communication: FeasiblePlan['estimate']['communication'];
  readonly time: Time;
  /** What a step is. */
  readonly step: string;
}

const words: Readonly<Record<Role, Pick<Kind, 'title' | 'noun' | 'letter' | 'step'>>> = {
  both: { title: 'Workers', noun: 'worker', letter: 'W', step: 'Mean step of the steady state' },
  prefill: { title: 'Prefill workers', noun: 'prefill worker', letter: 'P', step: 'A prompt, all its passes' },
  decode: { title: 'Decode workers', noun: 'decode worker', letter: 'D', step: 'Mean decode step' },
};

/** @throws RangeError where the stored strategy and specs contradict each other. */
export function kindsOf(plan: AnyFeasiblePlan): readonly Kind[] {
  return isServing(plan) ? servingKinds(plan) : [batchKind(plan)];
}

function batchKind(plan: FeasiblePlan): Kind {
  const { communication, time } = plan.estimate;
  return {
    role: 'both',
    title: 'All GPUs',
    noun: 'replica',
    letter: 'R',
    degrees: plan.strategy,
    placement: planPlacement(plan),
    firstRank: 0,
    communication,
    time,
    step: 'The step',
  };
}

function servingKinds(plan: FeasibleServingPlan): readonly Kind[] {
  return workersOf(plan).map(({ role, strategy, placement, firstRank }) => {
    const half = role === 'both' ? plan.estimate : plan.estimate.halves?.[role];
    const { communication, time } = half ?? plan.estimate;
    return { role, ...words[role], degrees: strategy, placement, firstRank, communication, time };
  });
}
