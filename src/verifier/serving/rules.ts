/** What an engine can be told, and what divides what in a worker: docs/accounting.md, "Serving". */
import type { WorkerStrategy } from '../../planner/strategy.ts';
import type { Fault } from '../compare.ts';
import { constraintFaults, modelFaults } from '../rules.ts';
import type { ServingVerifierSetting } from './claim.ts';
import { allLatent } from './context.ts';
import type { Worker } from './worker.ts';

/** Padding stands in for the division of the vocabulary. */
export function servedDivisibility({ model, strategy }: Worker): readonly Fault[] {
  return modelFaults(model, strategy, strategy.redundantExperts);
}

interface Rule {
  readonly holds: boolean;
  readonly text: string;
}

/** What an engine's own rules look at. */
export interface RuledSetting {
  readonly engine: { readonly name: ServingVerifierSetting['engine']['name'] };
  readonly model: ServingVerifierSetting['model'];
  readonly workload: { readonly speculation?: object };
}
export type RuledStrategy = Pick<WorkerStrategy, 'tp' | 'cp' | 'dp' | 'pp' | 'ep' | 'etp' | 'redundantExperts'>;

/** Rules of the engine itself that a worker breaks, whatever the plan was made for. */
export function brokenRules(setting: RuledSetting, strategy: RuledStrategy): readonly string[] {
  const { tp, cp, dp, ep, etp } = strategy;
  const moe = setting.model.layers.some((run) => run.moe);
  const copies = moe && ep * etp !== tp * cp * dp;
  return [
    ...(copies ? [`experts are split over all ${tp * cp * dp} GPUs of a stage, and ep·etp is ${ep * etp}.`] : []),
    ...ownRules(setting, strategy).flatMap(({ holds, text }) => (holds ? [] : [text])),
  ];
}

function ownRules({ engine: { name }, model, workload }: RuledSetting, strategy: RuledStrategy): readonly Rule[] {
  const { tp, cp, dp, pp, ep, etp, redundantExperts } = strategy;
  const moe = model.layers.some((run) => run.moe);
  const denseAlone = {
    holds: moe || dp === 1,
    text: `${name} serves a dense model without data parallelism in a worker.`,
  };
  const spareSlots = {
    holds: redundantExperts === 0 || ep > 1,
    text: `${name} has redundant experts only with ep > 1.`,
  };
  switch (name) {
    case 'vllm':
      return [
        denseAlone,
        {
          holds: ep === 1 || etp === 1,
          text: 'vllm splits experts over all GPUs of a stage or gives each whole ones: ep or etp is 1.',
        },
        spareSlots,
        {
          holds: cp === 1 || (dp === 1 && pp === 1),
          text: 'vllm cuts prompts over ranks without data parallelism or stages in the worker: dp and pp are 1 with cp > 1.',
        },
        {
          holds: cp === 1 || !workload.speculation,
          text: 'vllm does not guess tokens with cp > 1.',
        },
        {
          holds: cp === 1 || allLatent(model),
          text: 'vllm cuts prompts over ranks of a model whose every mixer is latent attention, and of no other.',
        },
      ];
    case 'sglang':
      return [
        denseAlone,
        { holds: cp === 1, text: 'sglang cuts prompts alone over ranks, which is not costed here: cp is 1.' },
      ];
    case 'tensorrt-llm':
      return [
        denseAlone,
        {
          holds: tp === 1 || dp === 1,
          text: 'tensorrt-llm splits attention by heads or by requests, not by both: tp or dp is 1.',
        },
        spareSlots,
        {
          holds: cp === 1,
          text: 'tensorrt-llm cuts the context of decode workers alone, which is not costed here: cp is 1.',
        },
      ];
    case 'generic':
      return [];
  }
}

/** Everything that the engine would refuse, or could not be asked for. */
export function engineFaults({ setting, strategy, grid, sequences }: Worker): readonly Fault[] {
  const { engine, model } = setting;
  const moe = model.layers.some((run) => run.moe);
  const { ep, etp, redundantExperts } = strategy;
  const faults: Fault[] = [];
  if (moe && grid.edp !== 1) {
    const text = `Experts are split over all ${grid.inStage} GPUs of a stage: ep·etp is ${ep * etp}, which leaves ${grid.edp} copies.`;
    faults.push({ expected: 1, actual: grid.edp, text });
  }
  if (!moe && redundantExperts > 0) {
    faults.push({ expected: 0, actual: redundantExperts, text: 'A dense model has no experts to copy.' });
  }
  for (const { holds, text } of ownRules(setting, strategy)) {
    if (!holds) faults.push({ expected: true, actual: false, text });
  }
  if (sequences > engine.maxSequences) {
    const text = `${sequences} sequences on a data-parallel rank are more than the ${engine.maxSequences} that the engine runs at once.`;
    faults.push({ expected: engine.maxSequences, actual: sequences, text });
  }
  return faults;
}

/** Bounds of degrees hold for each kind of worker; those of GPUs for all together. */
export function servedConstraintFaults(
  { constraints }: ServingVerifierSetting,
  workers: readonly Worker[],
): readonly Fault[] {
  if (!constraints) return [];
  const { degrees, memoryFree } = constraints;
  const faults = workers.flatMap(({ strategy }) =>
    constraintFaults({ constraints: { degrees, memoryFree } }, strategy),
  );
  const gpus = workers.reduce((sum, { grid }) => sum + grid.world, 0);
  const range = constraints.gpus;
  if (range && (gpus < range.min || gpus > range.max)) {
    const wanted = range.min === range.max ? `${range.min}` : `${range.min} to ${range.max}`;
    faults.push({ expected: wanted, actual: gpus, text: `gpus is ${gpus}, and ${wanted} is asked for.` });
  }
  return faults;
}
