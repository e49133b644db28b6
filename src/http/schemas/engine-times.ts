/** The constants of an engine's times as answers show them: one table, from which both the schema and the answer are made. */
import { Type } from 'typebox';
import type { EngineTimes } from '../../planner/engine.ts';
import { closed, num } from './answer-fields.ts';

interface Constant {
  /** What stands after the field's name. */
  readonly unit: '' | 'Ms' | 'Us';
  readonly description: string;
}

/** Every constant of the planner's, and no other: the compiler sees to it. */
export const engineConstants: Readonly<Record<keyof EngineTimes, Constant>> = {
  promptSlowdown: {
    unit: '',
    description: 'How much slower products and attention are in a step with prompts than each kernel by itself.',
  },
  passOverhead: {
    unit: 'Ms',
    description: 'What a step with prompts takes beside, since it is launched kernel by kernel.',
  },
  stepOverhead: { unit: 'Ms', description: 'Scheduling, input preparation and sampling of a step.' },
  perSequence: { unit: 'Us', description: 'Sampling and bookkeeping of a sequence in a step.' },
  requestOverhead: {
    unit: 'Ms',
    description: 'Between client and first step: HTTP, tokenising, scheduling, streaming.',
  },
  latentOverhead: { unit: 'Ms', description: 'The same where the model has latent attention.' },
  prefillWait: {
    unit: '',
    description: 'Passes of other prompts that a request waits for, by the share of steps that have one.',
  },
  burst: {
    unit: '',
    description:
      'Of the prompts that clients of a closed loop send at once at its start, what remains in a run’s mean.',
  },
  scatter: {
    unit: '',
    description:
      'With attention data parallelism, how many more steps have prompts than if all ranks read in the same.',
  },
};

/** A boundary: the table's keys are no types of single fields. */
export const ResolvedEngineTimes = Type.Unsafe<Readonly<Record<string, number>>>(
  Type.Object(
    Object.fromEntries(
      Object.entries(engineConstants).map(([name, { unit, description }]) => [`${name}${unit}`, num(description)]),
    ),
    { ...closed, description: 'Fitted to served runs: docs/fidelity.md.' },
  ),
);
