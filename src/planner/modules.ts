/** A plan in modules: the smallest sets of GPUs that hold whole experts (or, in a dense model, whole layers). */
import { layerCount, type Model, mixtureOf } from './model.ts';
import { stageLayers } from './placement.ts';
import type { Modules } from './result.ts';
import { expertDataParallel, type Strategy } from './strategy.ts';

export function modulesOf(strategy: Strategy & { readonly redundantExperts?: number }, model: Model): Modules {
  const { tp, cp, dp, pp, ep, etp, replicas } = strategy;
  const moe = mixtureOf(model);
  const perStage = moe ? ep * expertDataParallel(strategy) : dp * cp;
  const loads = Array.from({ length: pp }, (_, stage) => stageLoad(model, { pp, stage }));
  const mean = loads.reduce((sum, load) => sum + load, 0) / pp;
  const most = Math.max(...loads);
  return {
    count: perStage * pp * replicas,
    gpusPerModule: moe ? etp : tp,
    expertsPerGpuPerLayer: moe ? (moe.experts + (strategy.redundantExperts ?? 0)) / ep : 0,
    balance: most === 0 ? 1 : mean / most,
  };
}

/** Layers of a stage that a module's load is counted in: those with experts, or all of a dense model. */
function stageLoad(model: Model, { pp, stage }: { pp: number; stage: number }): number {
  const range = stageLayers(layerCount(model), pp, stage);
  const countAll = mixtureOf(model) === undefined;
  let start = 0;
  let load = 0;
  for (const run of model.layers) {
    const inside = Math.min(range.first + range.count, start + run.count) - Math.max(range.first, start);
    if (inside > 0 && (countAll || run.moe)) load += inside;
    start += run.count;
  }
  return load;
}
