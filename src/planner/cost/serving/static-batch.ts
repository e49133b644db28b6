/** A static batch: so many prompts together, then all their answers together. */
import { decodeSteps } from '../../workload.ts';
import { idle } from './cost.ts';
import { plainWork, promptPasses } from './passes.ts';
import type { SteadyContext, WorkerSteady } from './steady.ts';
import type { StepWork } from './step-work.ts';

/** `batch` prompts on the worker together, then all their answers together: nothing is scheduled between the steps. */
export function staticBatch(context: SteadyContext, batch: number): WorkerSteady {
  const { workload, engine, cost } = context;
  const { dp } = cost.worker;
  const D = decodeSteps(workload);
  const prompt = promptPasses(workload, engine);
  const perRank = batch / dp;
  const passes = Math.max(prompt.passes, Math.ceil((perRank * prompt.computed) / engine.batchTokens));
  const tokens = (perRank * prompt.computed) / passes;
  const mixed: StepWork = {
    ...idle,
    promptTokens: tokens,
    prompts: perRank / passes,
    history: prompt.history,
    groupPromptTokens: dp * tokens,
  };
  const prefill = passes * cost.kernels(mixed);
  const plain = plainWork(workload, perRank);
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
