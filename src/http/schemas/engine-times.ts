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
  computeSlowdown: {
    unit: '',
    description: 'How much slower what waits for compute is under sustained load than each kernel by itself.',
  },
  passOverhead: {
    unit: 'Ms',
    description: 'What a step with prompts takes beside, since it is launched kernel by kernel.',
  },
  perLayer: {
    unit: 'Us',
    description: 'Launching the kernels of a layer one by one: a step with prompts takes this for each at least.',
  },
  stepOverhead: { unit: 'Ms', description: 'Scheduling, input preparation and sampling of a step.' },
  perSequence: { unit: 'Us', description: 'Sampling and bookkeeping of a sequence in a step.' },
  requestOverhead: {
    unit: 'Ms',
    description: 'Of a request, neither computing nor waiting for steps: HTTP, streaming.',
  },
  perPromptToken: {
    unit: 'Us',
    description: 'The same for each token of a prompt: its text is sent, parsed and tokenised.',
  },
  stepsAhead: {
    unit: '',
    description: 'Steps that a request waits for in full when it comes as one begins: it, and one planned already.',
  },
  latentSteps: {
    unit: '',
    description: 'Further ones where the model has latent attention: requests looked for once in many steps.',
  },
  rankSteps: {
    unit: '',
    description:
      'Further ones with attention data parallelism: a prompt waits until all ranks have one, or for an end.',
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
