/** Which kernels a plan's experts were costed with, where its GPU leaves a choice: the engine has to be told, or runs others. */
import { curvesFor } from '../../catalog/calibrations.ts';
import { findGpu } from '../../catalog/gpus.ts';
import { mayRunGenerated } from '../../planner/cost/serving/expert-kernels.ts';
import type { GeneratedExperts } from '../../planner/engine.ts';
import { type AnyFeasiblePlan, isServing, type Role } from '../served-workers.ts';
import type { LaunchShape } from './launch-shape.ts';

export type ExpertKernels = 'generated' | 'cutlass' | 'deepgemm';

type Format = 'fp4' | 'fp8Block';

/** NVFP4, and FP8 in blocks of 128: what DeepGEMM and the generated kernels read. Mixed formats and those of other blocks are the engine's to sort out. */
function formatOf({ resolved: { model } }: AnyFeasiblePlan): Format | undefined {
  const { weights, activations } = model.precision;
  const { dtype, block } = weights.expert;
  if (dtype !== activations || !model.layers.some(({ moe }) => moe)) return undefined;
  if (dtype === 'fp4') return 'fp4';
  return dtype === 'fp8' && block === 128 ? 'fp8Block' : undefined;
}

/** A GPU by a datasheet may have the name of one in the catalog, but not its curves. */
function curvesOf({ resolved: { cluster } }: AnyFeasiblePlan) {
  const spec = findGpu(cluster.gpu.name);
  const curves = spec && curvesFor(spec);
  return curves && `${curves.source} (${curves.evidence})` === cluster.gpu.curves ? curves : undefined;
}

/** A batch is costed with the fastest kernels that there are. */
const anywhere: GeneratedExperts = { fp4: 'all', fp8Block: 'all', fp4Sequences: Number.POSITIVE_INFINITY };

/** Sequences that decode in a step of a data-parallel rank of such workers, in the steady state. */
function sequencesOf(plan: AnyFeasiblePlan, role: Role): number {
  if (!isServing(plan) || role === 'prefill') return 0;
  const { halves, load } = plan.estimate;
  return (halves?.decode.load ?? load).sequences;
}

/** Absent where the GPU has one kind of kernels only. */
export function expertKernelsOf(
  plan: AnyFeasiblePlan,
  role: Role,
  { dp, pp, ep }: Pick<LaunchShape, 'dp' | 'pp' | 'ep'>,
): ExpertKernels | undefined {
  const format = formatOf(plan);
  if (!format || !curvesOf(plan)?.groupedGemm[format].some(({ generated }) => generated)) return undefined;
  const rule = isServing(plan) ? (plan.resolved.engine.generatedExperts as GeneratedExperts) : anywhere;
  // Stages have their own requests at any one time.
  if (mayRunGenerated(rule, format, { dp, ep }, sequencesOf(plan, role) / pp)) return 'generated';
  return format === 'fp4' ? 'cutlass' : 'deepgemm';
}
