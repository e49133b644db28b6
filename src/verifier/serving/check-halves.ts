/**
 * A disaggregated estimate says most figures twice: of each half, and of the whole. What stands for the whole is the decode workers',
 * but for the memory of a GPU, which is that of the half that needs more, and for the prompt, which the others read.
 */
import type { ServingEstimate, WorkerEstimate } from '../../planner/serving-estimate.ts';
import type { DeepPartial } from '../claim.ts';
import type { Fault } from '../compare.ts';

type Claimed = DeepPartial<WorkerEstimate> | undefined;

interface Twice {
  readonly id: string;
  readonly what: string;
  readonly whole: unknown;
  readonly half: unknown;
}

function pairs(estimate: DeepPartial<ServingEstimate>, prefill: Claimed, decode: Claimed): readonly Twice[] {
  const needs = (half: Claimed) => half?.memory?.perGpu?.total ?? 0;
  const larger = needs(prefill) > needs(decode) ? prefill : decode;
  const id = 'memory-efficiency';
  const room = ['kvPoolBytes', 'kvCacheTokens', 'maxConcurrency'] as const;
  const rank = ['utilization', 'largestRank', 'freeBytes'] as const;
  const steps = ['step', 'microBatches', 'bubble', 'decodeStep', 'breakdown'] as const;
  return [
    ...room.map((name) => ({ id, what: name, whole: estimate.memory?.[name], half: decode?.memory?.[name] })),
    ...rank.map((name) => ({ id, what: name, whole: estimate.memory?.[name], half: larger?.memory?.[name] })),
    { id, what: 'perGpu', whole: estimate.memory?.perGpu, half: larger?.memory?.perGpu },
    { id: 'compute-efficiency', what: 'compute', whole: estimate.compute, half: decode?.compute },
    { id: 'communication', what: 'communication', whole: estimate.communication, half: decode?.communication },
    { id: 'load-balance', what: 'balance', whole: estimate.balance, half: decode?.balance },
    { id: 'steady-state', what: 'load', whole: estimate.load, half: decode?.load },
    ...steps.map((name) => ({ id: 'time', what: name, whole: estimate.time?.[name], half: decode?.time?.[name] })),
    { id: 'time', what: 'prefill', whole: estimate.time?.prefill, half: prefill?.time?.prefill },
  ];
}

/** Faults by the id of the check that they belong to. What is claimed only once is only once to be checked. */
export function halvesFaults(
  estimate: DeepPartial<ServingEstimate> | undefined,
): ReadonlyMap<string, readonly Fault[]> {
  const found = new Map<string, Fault[]>();
  const { prefill, decode } = estimate?.halves ?? {};
  if (!estimate || !(prefill || decode)) return found;
  for (const { id, what, whole, half } of pairs(estimate, prefill, decode)) {
    if (whole === undefined || half === undefined || JSON.stringify(whole) === JSON.stringify(half)) continue;
    const text = `What is said of the whole (${what}) is not what is said of the half that it stands for.`;
    found.set(id, [...(found.get(id) ?? []), { expected: what, actual: 'another', text }]);
  }
  return found;
}
