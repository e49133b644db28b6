/** FLOPs of a worker's ranks in a mean step. docs/accounting.md, "Serving". */
import { decodeFlops, promptFlops, recurrenceFlops } from '../mixer-work.ts';
import type { Stage } from '../stages.ts';
import { partsOf } from '../tensors.ts';
import { type Draft, joiningElements, kindsOfModule } from './draft.ts';
import type { Worker } from './worker.ts';

/** What passes a data-parallel rank in a step: sequences that decode, and prompt tokens. */
export interface Work {
  readonly sequences: number;
  readonly promptTokens: number;
  /** Data-parallel ranks that have as much to do. */
  readonly ranks: number;
}

interface Passing {
  readonly decoded: number;
  readonly promptTokens: number;
  readonly ranks: number;
}

/** Layers that so many decoded tokens and tokens of prompts pass. */
function flopsOfLayers(worker: Worker, kinds: Stage['kinds'], { decoded, promptTokens, ranks }: Passing): number {
  const { grid, prompt, load, cacheParts } = worker;
  const { tp, cp, ep, etp, edp } = grid;
  const prompts = promptTokens / prompt.computed;
  // Of the ranks that have a sequence together each computes its part of a prompt, and all of what decodes.
  const tokens = decoded + promptTokens / cp;
  const visiting = (decoded + promptTokens) * ranks;
  const parts = partsOf(grid);
  const { inputTokens } = worker.setting.workload;
  const context = Math.round(load.context);
  let flops = 0;
  for (const { kind, count } of kinds) {
    const { mixer, moe } = kind.run;
    const { attention, dense, shared, router, expert } = kind.parameters;
    let layer = (2 * tokens * (attention + dense + shared)) / parts;
    if (mixer) {
      layer += (prompts * promptFlops(mixer, { tokens: inputTokens, history: prompt.history, tp })) / cp;
      layer += (decoded * decodeFlops(mixer, { context, tp })) / cacheParts;
      layer += (tokens / tp) * recurrenceFlops(mixer);
    }
    if (moe) {
      layer += (2 * tokens * router) / parts / tp;
      // A rank holds its share of all slots; the parameters of one expert are as much less.
      const slots = moe.experts + worker.strategy.redundantExperts;
      const whole = (expert / parts / slots) * ep * etp;
      layer += (2 * visiting * moe.expertsPerToken * whole) / (ep * etp * edp);
    }
    flops += count * layer;
  }
  return flops;
}

/** What a draft adds to its layers: the joining of its inputs, further passes of its last module, and the choice of each guess. */
function flopsOfDraft(
  { modules, repeats }: Draft,
  worker: Worker,
  { sequences, tokens, ranks }: { readonly sequences: number; readonly tokens: number; readonly ranks: number },
): number {
  const { model, grid, strategy } = worker;
  const joining = 2 * joiningElements(model.hiddenSize);
  const choosing = (2 * model.hiddenSize * (model.vocabulary?.size ?? 0) * sequences) / grid.tp;
  const last = modules.at(-1) ?? [];
  const cuts = { ...grid, redundant: strategy.redundantExperts };
  const kinds = kindsOfModule(last, { model, cuts, firstId: 0 });
  const pass = flopsOfLayers(worker, kinds, { decoded: sequences, promptTokens: 0, ranks }) + sequences * joining;
  return modules.length * (tokens * joining + choosing) + repeats * (pass + choosing);
}

export function flopsOf(worker: Worker, stage: Stage, { sequences, promptTokens, ranks }: Work): number {
  const { grid, model, prompt, passing, draft } = worker;
  const { tp, cp } = grid;
  const decoded = sequences * passing;
  let flops = flopsOfLayers(worker, stage.kinds, { decoded, promptTokens, ranks });
  if (!stage.isLast) return flops;
  if (draft) flops += flopsOfDraft(draft, worker, { sequences, tokens: decoded + promptTokens / cp, ranks });
  if (model.vocabulary) {
    flops += (2 * model.hiddenSize * model.vocabulary.size * (decoded + promptTokens / prompt.computed)) / tp;
  }
  return flops;
}
