/** A static batch: so many prompts together, then all their answers together. */
import { decodeSteps } from '../../workload.ts';
import { idle } from './cost.ts';
import { plainWork, promptPasses } from './passes.ts';
import type { SteadyContext, WorkerSteady } from './steady.ts';
import type { StepWork } from './step-work.ts';

/** So that a share which is a whole number but for rounding is not taken for more. */
const wholeBut = 1e-9;

/**
 * `batch` prompts on the worker together, then all their answers together: nothing is scheduled between the steps. A prompt is on one
 * data-parallel rank whole, and all ranks wait for the one that has most, so that a batch smaller than the ranks takes as long as one
 * that gives each a prompt. `batch` is a mean over workers where it is no whole number.
 */
export function staticBatch(context: SteadyContext, batch: number): WorkerSteady {
  const { workload, engine, cost } = context;
  const { dp } = cost.worker;
  const D = decodeSteps(workload);
  const prompt = promptPasses(workload, engine);
  const perRank = batch / dp;
  const most = Math.ceil(perRank - wholeBut);
  const passes = Math.max(prompt.passes, Math.ceil((most * prompt.computed) / engine.batchTokens));
  const tokens = (most * prompt.computed) / passes;
  const mixed: StepWork = {
    ...idle,
    promptTokens: tokens,
    prompts: most / passes,
    history: prompt.history,
    groupPromptTokens: (Math.ceil(batch - wholeBut) * prompt.computed) / passes,
  };
  // Passes of different prompts follow each other through the stages; those of one prompt wait for each other.
  const through = cost.through(mixed);
  const prefill = Math.max(prompt.passes * through, through + (passes - 1) * cost.kernels(mixed));
  const plain = plainWork(workload, most);
  const decodeStep = D > 0 ? cost.kernels(plain) : 0;
  const total = prefill + D * decodeStep;
  return {
    sequences: perRank,
    promptTokens: D > 0 ? (perRank * prompt.computed) / D : perRank * prompt.computed,
    mixedShare: D > 0 ? Math.min(1, passes / D) : 1,
    mixed,
    plain,
    decodeStep,
    meanStep: D > 0 ? total / D : prefill,
    ttft: prefill,
    queueing: 0,
    prefill,
    tpot: D > 0 ? (decodeStep * D) / (workload.outputTokens - 1) : 0,
    requestsPerSecond: batch / total,
    utilization: 1,
  };
}
