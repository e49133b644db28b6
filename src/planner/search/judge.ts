/** What both searches ask of a candidate: does it fit, and the values of the objective's terms. */
import type { BatchCost } from '../cost/batch.ts';
import { reserveBytes } from '../cost/memory.ts';
import { weightBytes } from '../cost/weights.ts';
import type { MemoryAccount } from '../estimate.ts';
import type { Problem, Reason } from '../result.ts';
import type { Strategy } from '../strategy.ts';
import { degreeTerm, type Term } from './objective.ts';

/** Bytes of a GPU that an account may use: its memory less the reserve and what is to stay free. */
export function usableBytes(
  { cluster, constraints }: Pick<Problem, 'cluster' | 'constraints'>,
  account: MemoryAccount,
): number {
  return cluster.gpu.memoryBytes - account.runtimeReserve - constraints.memoryFree;
}

/** Bytes that no account may exceed, whatever its reserve. */
export function roomAtMost({ cluster, constraints }: Pick<Problem, 'cluster' | 'constraints'>): number {
  return cluster.gpu.memoryBytes - reserveBytes.alone - constraints.memoryFree;
}

/** Why an account does not fit: the first class of bytes, in the order they are needed, that no longer finds room. */
export function memoryReason(usable: number, account: MemoryAccount): Reason | undefined {
  if (account.total <= usable) return undefined;
  const weights = weightBytes(account);
  if (weights > usable) return 'memory.weights';
  return weights + account.kvCache > usable ? 'memory.kv-cache' : 'memory.activations';
}

export function termValue(
  term: Term,
  strategy: Strategy,
  account: MemoryAccount,
  { problem, cost }: { problem: Problem; cost: BatchCost },
): number {
  const known = degreeTerm(term, strategy, problem.model);
  if (known !== undefined) return known;
  return term === 'totalBytes' ? account.total : cost.step(strategy);
}
