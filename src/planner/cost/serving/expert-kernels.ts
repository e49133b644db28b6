/** Which kernels an engine multiplies experts with. */
import type { GeneratedExperts, GeneratedLayouts } from '../../engine.ts';
import { expertsFormat } from '../operators.ts';
import type { Placed, StepContext } from './step-work.ts';

type Layout = Pick<Placed['worker'], 'dp' | 'ep'>;

/** Whether a step may run TensorRT-LLM's generated kernels; what runs is the fastest of those that the GPU has and the engine would take. */
export function runsGenerated(
  { model, engine }: StepContext,
  { worker, work }: Pick<Placed, 'worker' | 'work'>,
): boolean {
  const { weights, activations } = model.precision;
  return mayRunGenerated(engine.generatedExperts, expertsFormat(weights.expert, activations), worker, work.sequences);
}

/** The engine's rule for experts in such a format, where so many sequences decode on each data-parallel rank. */
export function mayRunGenerated(
  { fp4, fp8Block, fp4Sequences }: GeneratedExperts,
  format: ReturnType<typeof expertsFormat>,
  layout: Layout,
  sequences: number,
): boolean {
  if (format === 'fp4') return layout.dp * sequences <= fp4Sequences && inLayout(fp4, layout);
  return format !== 'fp8Block' || inLayout(fp8Block, layout);
}

function inLayout(layouts: GeneratedLayouts, { dp, ep }: Layout): boolean {
  if (layouts === 'all' || ep === 1) return true;
  return layouts === 'without-exchange' && dp === 1;
}
