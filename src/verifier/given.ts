/** What the families of checks read, of a batch and of a worker that serves alike. */
import type { Estimate } from '../planner/estimate.ts';
import type { Modules } from '../planner/result.ts';
import type { ClaimedPlacement, DeepPartial, Specs } from './claim.ts';
import type { Summary } from './derive.ts';
import type { Grid } from './grid.ts';
import type { DerivedUse } from './messages.ts';
import type { Stage } from './stages.ts';

export interface Given {
  readonly specs: Specs;
  readonly claim: {
    readonly estimate?: DeepPartial<Pick<Estimate, 'memory' | 'compute' | 'communication' | 'balance' | 'evidence'>> & {
      readonly time?: DeepPartial<Pick<Estimate['time'], 'step' | 'breakdown' | 'bubble' | 'microBatches'>>;
    };
    readonly modules?: DeepPartial<Modules>;
    readonly placement?: ClaimedPlacement;
  };
  readonly derived: Summary & {
    readonly layout: Grid;
    readonly stages: readonly Stage[];
    readonly uses: readonly DerivedUse[];
    /** Expert slots of a layer: its experts, and further copies of busy ones. */
    readonly slots: number;
  };
}
