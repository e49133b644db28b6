/** FLOPs of the busiest rank, and what share of the peak they are over the claimed step. */

import type { VerificationCheck } from './claim.ts';
import { checkOf, type Fault, type Figure } from './compare.ts';
import { referencePeak } from './flops.ts';
import type { Given } from './given.ts';
import { inWords } from './text.ts';

export function checkCompute({ specs, claim, derived: { busiest } }: Given): VerificationCheck {
  const peak = referencePeak(specs);
  const said = claim.estimate?.compute;
  const step = claim.estimate?.time?.step;
  const faults: Fault[] = [];
  const notes = [`The busiest rank, ${busiest.firstRank}, does ${inWords(busiest.flops, 'flop')} a step.`];
  const figures: Figure[] = [
    { name: 'The peak', unit: 'flops', derived: peak, claimed: said?.peakFlops, tolerance: 'relative' },
  ];
  if (step !== undefined) {
    const utilization = busiest.flops / (peak * step);
    figures.push({
      name: 'The share of the peak in use',
      unit: 'share',
      derived: utilization,
      claimed: said?.utilization,
      tolerance: 'relative',
    });
    notes.push(`Over the claimed step that is ${inWords(utilization, 'share')} of ${inWords(peak, 'flops')}.`);
    if (utilization < 0.05)
      notes.push('Low utilisation is no fault: little work a GPU, or much of the step spent elsewhere.');
  } else if (said?.utilization !== undefined && !(said.utilization > 0 && said.utilization <= 1)) {
    faults.push({
      expected: 1,
      actual: Number.isFinite(said.utilization) ? said.utilization : null,
      text: 'A share of the peak lies above 0 and is at most 1.',
    });
  }
  const headline: Figure = {
    name: `The work of rank ${busiest.firstRank}`,
    unit: 'flop',
    derived: busiest.flops,
    claimed: said?.flopsPerGpu,
    tolerance: 'relative',
  };
  return checkOf('compute-efficiency', { headline, figures, faults, notes });
}
