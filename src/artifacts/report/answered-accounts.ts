/** What an answer itself says of memory: the largest GPU of each kind, and no other. */

import type { MemoryAccount } from '../../planner/estimate.ts';
import { type AnyFeasiblePlan, isServing } from '../served-workers.ts';
import type { Accounts, MemoryClass } from './memory-classes.ts';

type PerGpu = AnyFeasiblePlan['estimate']['memory']['perGpu'];

/** Undefined of an account in the words of the published table, whose parts are others. */
function accountOf(perGpu: PerGpu): MemoryAccount | undefined {
  if (!('kvCacheBytes' in perGpu)) return undefined;
  return {
    attentionWeight: perGpu.attentionWeightBytes,
    denseWeight: perGpu.denseWeightBytes,
    expertWeight: perGpu.expertWeightBytes,
    sharedExpertWeight: perGpu.sharedExpertWeightBytes,
    routerWeight: perGpu.routerWeightBytes,
    embeddingWeight: perGpu.embeddingWeightBytes,
    normWeight: perGpu.normWeightBytes,
    kvCache: perGpu.kvCacheBytes,
    activation: perGpu.activationBytes,
    messageBuffer: perGpu.messageBufferBytes,
    total: perGpu.totalBytes,
    runtimeReserve: perGpu.runtimeReserveBytes,
  };
}

export function answeredAccounts(plan: AnyFeasiblePlan): Accounts {
  const halves = isServing(plan) ? plan.estimate.halves : undefined;
  const told = halves
    ? ([
        ['Largest prefill GPU', halves.prefill.memory.perGpu],
        ['Largest decode GPU', halves.decode.memory.perGpu],
      ] as const)
    : ([['Largest GPU', plan.estimate.memory.perGpu]] as const);
  const memory = told.flatMap(([label, perGpu]): readonly MemoryClass[] => {
    const account = accountOf(perGpu);
    return account ? [{ label, gpus: 1, account }] : [];
  });
  return { memory, largestOnly: true };
}

/**
 * Whether accounts are those of the answer. They are worked out by this release's formulas, and the answer may have been stored by an older
 * one; one page must not say both.
 */
export function agree({ memory }: Accounts, plan: AnyFeasiblePlan): boolean {
  const { accounting, perGpu } = plan.estimate.memory;
  return accounting === 'published-summary' || memory[0]?.account.total === perGpu.totalBytes;
}
