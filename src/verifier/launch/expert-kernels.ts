/** Kernels that a plan's experts were costed with, from specs and strategy: what an engine has to be told where its GPUs have several. */
import type { Cluster } from '../../planner/cluster.ts';
import type { GeneratedExperts } from '../../planner/engine.ts';
import type { Model } from '../../planner/model.ts';
import type { ReadProcess } from './read-process.ts';

export type Kernels = Exclude<NonNullable<ReadProcess['expertKernels']>, 'default'>;

interface Costed {
  readonly cluster: Pick<Cluster, 'gpu'>;
  readonly model: Pick<Model, 'precision' | 'layers'>;
  /** Absent: costed with the fastest that there are. */
  readonly engine?: { readonly generatedExperts: GeneratedExperts };
}

interface Spread {
  readonly dp: number;
  readonly pp: number;
  readonly ep: number;
  /** Of a data-parallel rank, on the average of the steady state. */
  readonly sequences: number;
}

/** Averages so near the limit are on either side of it once they are rounded. */
const near = 1e-3;

/** Any of them will do; none: the engine is left to its default. */
export function expectedKernels({ cluster, model, engine }: Costed, spread: Spread): readonly Kernels[] {
  if (model.layers.every(({ moe }) => moe === undefined)) return [];
  const { weights, activations } = model.precision;
  const { dtype, block } = weights.expert;
  const isFp4 = dtype === 'fp4' && activations === 'fp4';
  const isBlocks = dtype === 'fp8' && activations === 'fp8' && block === 128;
  if (!isFp4 && !isBlocks) return [];
  const { groupedGemm } = cluster.gpu.curves;
  const known = isFp4 ? groupedGemm.fp4 : groupedGemm.fp8Block;
  if (known.every((curve) => curve.generated !== true)) return [];
  if (!engine) return ['generated'];
  const { fp4, fp8Block, fp4Sequences } = engine.generatedExperts;
  const other: Kernels = isFp4 ? 'CUTLASS' : 'DeepGEMM';
  const { dp, pp, ep, sequences } = spread;
  const fits = {
    all: true,
    'without-exchange': ep === 1 || dp === 1,
    'without-expert-parallelism': ep === 1,
  }[isFp4 ? fp4 : fp8Block];
  if (!fits) return [other];
  const atOnce = isFp4 ? (dp * sequences) / pp : 0;
  if (Math.abs(atOnce - fp4Sequences) <= near * fp4Sequences) return ['generated', other];
  return [atOnce < fp4Sequences ? 'generated' : other];
}
