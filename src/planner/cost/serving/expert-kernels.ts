/** Which kernels an engine multiplies experts with. */
import type { GeneratedLayouts } from '../../engine.ts';
import { expertsFormat } from '../operators.ts';
import type { Placed, StepContext } from './step-work.ts';

/** Whether a step may run TensorRT-LLM's generated kernels; what runs is the fastest of those that the GPU has and the engine would take. */
export function runsGenerated(
  { model, engine }: StepContext,
  { worker, work }: Pick<Placed, 'worker' | 'work'>,
): boolean {
  const { fp4, fp8Block, fp4Sequences } = engine.generatedExperts;
  const { weights, activations } = model.precision;
  const format = expertsFormat(weights.expert, activations);
  if (format === 'fp4') return worker.dp * work.sequences <= fp4Sequences && inLayout(fp4, worker);
  return format !== 'fp8Block' || inLayout(fp8Block, worker);
}

function inLayout(layouts: GeneratedLayouts, { dp, ep }: Placed['worker']): boolean {
  if (layouts === 'all' || ep === 1) return true;
  return layouts === 'without-exchange' && dp === 1;
}
