/** FLOPs of a worker's ranks in a mean step. docs/accounting.md, "Serving". */
import { decodeFlops, promptFlops, recurrenceFlops } from '../mixer-work.ts';
import type { Stage } from '../stages.ts';
import { partsOf } from '../tensors.ts';
import type { Worker } from './worker.ts';

/** What passes a data-parallel rank in a step: sequences that decode, and prompt tokens. */
export interface Work {
  readonly sequences: number;
  readonly promptTokens: number;
  /** Data-parallel ranks that have as much to do. */
  readonly ranks: number;
}

export function flopsOf(worker: Worker, stage: Stage, { sequences, promptTokens, ranks }: Work): number {
  const { grid, model, prompt, passing, load, cacheParts } = worker;
  const { tp, cp, ep, etp, edp } = grid;
  const decoded = sequences * passing;
  const prompts = promptTokens / prompt.computed;
  // Of the ranks that have a sequence together each computes its part of a prompt, and all of what decodes.
  const tokens = decoded + promptTokens / cp;
  const visiting = (decoded + promptTokens) * ranks;
  const parts = partsOf(grid);
  const { inputTokens } = worker.setting.workload;
  const context = Math.round(load.context);
  let flops = 0;
  for (const { kind, count } of stage.kinds) {
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
  if (stage.isLast && model.vocabulary) {
    flops += (2 * model.hiddenSize * model.vocabulary.size * (decoded + prompts)) / tp;
  }
  return flops;
}
