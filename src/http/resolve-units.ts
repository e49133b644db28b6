/** Number formats that a GPU multiplies as they are. Weights in others are converted to 16 bits as they are read. */
import type { Static } from 'typebox';
import { findGpu } from '../catalog/gpus.ts';
import type { Model } from '../planner/model.ts';
import { computeDtype, type Dtype } from '../planner/precision.ts';
import type { Findings } from './resolve-findings.ts';
import type { Cluster } from './schemas/request.ts';

export interface Units {
  readonly gpu: string;
  readonly multiplies: (dtype: Dtype) => boolean;
}

export const allUnits: Units = { gpu: 'any GPU', multiplies: () => true };

/** By the peaks that the datasheet gives: a rate that is filled in from another format's is none of the GPU's own. */
export function unitsOf(input: Static<typeof Cluster>['gpu']): Units {
  const spec = typeof input === 'string' ? findGpu(input) : input;
  if (!spec) return allUnits;
  const { fp8, fp4 } = spec.peakTflops;
  const has = { fp4: fp4 !== undefined, fp8: fp8 !== undefined || fp4 !== undefined, bf16: true, int8: true };
  return { gpu: spec.name ?? 'the GPU', multiplies: (dtype) => has[computeDtype(dtype, dtype)] };
}

const weightsAlone =
  'weights save memory and its bandwidth alone: they are converted as they are read, and products run at the bf16 rate';

/** What products read their inputs in where `dtype` is what the weights are made for; told where the GPU has no units for it. */
export function multipliedIn(dtype: Dtype, units: Units, findings: Findings): Dtype {
  if (units.multiplies(dtype)) return dtype;
  findings.warn(
    `${units.gpu} has no units for ${dtype}: ${weightsAlone}. vLLM and SGLang have kernels for that (Marlin's); TensorRT-LLM starts no such checkpoint.`,
  );
  return 'bf16';
}

/** A checkpoint in its own formats on a GPU that may not multiply them. */
export function onUnits(model: Model, units: Units, findings: Findings): Model {
  const { activations } = model.precision;
  const read = multipliedIn(activations, units, findings);
  if (read === activations) return model;
  findings.assume(
    '/model/precision/activations',
    read,
    `${units.gpu} has no units for ${activations}: ${weightsAlone}`,
  );
  return { ...model, precision: { ...model.precision, activations: read } };
}
