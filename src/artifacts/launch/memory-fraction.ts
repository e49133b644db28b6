/**
 * The engine's memory knob (docs/accounting.md, "Serving"). The three engines mean shares of three things: of all memory (vLLM), of all
 * memory for weights and KV cache alone (SGLang), of what is free after loading (TensorRT-LLM). A plan for an engine was costed with that
 * engine's own share. One for no engine in particular was costed with a share of all memory, which is turned into the share that leaves the same
 * pool for the KV cache.
 */
import { engines } from '../../catalog/engines.ts';
import type { EngineName } from '../../planner/engine.ts';
import { type AnyFeasiblePlan, isServing, type Role } from '../served-workers.ts';

/** Four digits are finer than any engine's own accounting; rounded down, so that nothing is promised twice. */
const digits = 1e4;

export function memoryFraction(plan: AnyFeasiblePlan, engine: EngineName, role: Role): number {
  // A batch was costed with no engine: its own default then.
  if (!isServing(plan)) return engines[engine].memory.fraction;
  const { memory: knob, name } = plan.resolved.engine;
  const wanted = engines[engine].memory.basis;
  if (name === engine || wanted === knob.basis) return knob.memoryFraction;
  const estimate = role === 'both' ? plan.estimate : plan.estimate.halves?.[role];
  if (!estimate) return engines[engine].memory.fraction;
  const { perGpu, kvPoolBytes } = estimate.memory;
  const all = plan.resolved.cluster.gpu.memoryGiB * 2 ** 30;
  const left = (1 - knob.memoryFraction) * all;
  const weights =
    perGpu.attentionWeightBytes +
    perGpu.denseWeightBytes +
    perGpu.expertWeightBytes +
    perGpu.sharedExpertWeightBytes +
    perGpu.routerWeightBytes +
    perGpu.embeddingWeightBytes +
    perGpu.normWeightBytes;
  const share = wanted === 'static' ? (weights + kvPoolBytes) / all : kvPoolBytes / (kvPoolBytes + left);
  return Math.floor(share * digits) / digits;
}
