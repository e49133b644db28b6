/** How a mixer lies over the ranks of tp: its units, and how wide what each makes of a token is. docs/accounting.md, "Weights of a rank" and "Activations". */
import type { Mixer } from '../planner/mixer.ts';
import { headsOnRank } from './sequence-bytes.ts';

export interface Unit {
  readonly what: string;
  readonly size: number;
  /** Widths of one unit in the matrices that are cut along it: what a quantised block must divide, times the units of a rank. */
  readonly widths: readonly number[];
  /** May also be fewer than the ranks: then several have the same one. */
  readonly shared?: true;
}

export function unitsOf(mixer: Mixer): readonly Unit[] {
  switch (mixer.kind) {
    case 'attention': {
      const { heads, kvHeads, headDim, valueDim = headDim } = mixer;
      const widths = [headDim, valueDim];
      return [
        { what: 'attention heads', size: heads, widths },
        { what: 'key-value heads', size: kvHeads, widths: mixer.sharesKv ? [] : widths, shared: true },
      ];
    }
    case 'mla': {
      const { heads, nopeDim, ropeDim, valueDim } = mixer;
      return [{ what: 'attention heads', size: heads, widths: [nopeDim + ropeDim, nopeDim + valueDim, valueDim] }];
    }
    case 'compressed':
      return [
        { what: 'attention heads', size: mixer.heads, widths: [mixer.headDim] },
        { what: 'output groups', size: mixer.outputGroups, widths: [mixer.outputRank] },
      ];
    case 'gdn':
      return [
        { what: 'key heads', size: mixer.keyHeads, widths: [mixer.keyDim] },
        { what: 'value heads', size: mixer.valueHeads, widths: [mixer.valueDim] },
      ];
    case 'mamba2':
      return [
        { what: 'Mamba heads', size: mixer.heads, widths: [mixer.headDim] },
        { what: 'Mamba groups', size: mixer.groups, widths: [], shared: true },
      ];
    case 'mamba1':
      return [{ what: 'Mamba channels', size: mixer.innerSize, widths: [1] }];
    case 'lightning':
      return [{ what: 'attention heads', size: mixer.heads, widths: [mixer.headDim] }];
  }
}

/** Elements of a token on a rank: what the projections make of it, and what goes into the last of them. */
export interface MixerWidths {
  readonly projected: number;
  readonly mixed: number;
}

export function widthsOf(mixer: Mixer, tp: number): MixerWidths {
  switch (mixer.kind) {
    case 'attention': {
      const { headDim, valueDim = headDim } = mixer;
      const heads = mixer.heads / tp;
      const queries = heads * headDim * (mixer.outputGate ? 2 : 1);
      const keysAndValues = mixer.sharesKv ? 0 : headsOnRank(mixer.kvHeads, tp) * (headDim + valueDim);
      return { projected: queries + keysAndValues, mixed: heads * valueDim };
    }
    case 'mla': {
      const { queryRank, kvRank, nopeDim, ropeDim, valueDim } = mixer;
      const heads = mixer.heads / tp;
      // Queries and keys with both their parts, values, and the latents they come from.
      const perHead = nopeDim + ropeDim + nopeDim + ropeDim + valueDim;
      return { projected: queryRank + kvRank + ropeDim + heads * perHead, mixed: heads * valueDim };
    }
    case 'compressed': {
      const queries = (mixer.heads / tp) * mixer.headDim;
      const groups = mixer.outputGroups / tp;
      return { projected: mixer.queryRank + mixer.headDim + queries, mixed: queries + groups * mixer.outputRank };
    }
    case 'gdn': {
      const keys = (mixer.keyHeads / tp) * mixer.keyDim;
      const heads = mixer.valueHeads / tp;
      const values = heads * mixer.valueDim;
      return { projected: keys + keys + values + values + heads + heads, mixed: values };
    }
    case 'mamba2': {
      const heads = mixer.heads / tp;
      const inner = heads * mixer.headDim;
      const groups = headsOnRank(mixer.groups, tp);
      return { projected: 2 * inner + 2 * groups * mixer.stateSize + heads, mixed: inner };
    }
    case 'mamba1': {
      const inner = mixer.innerSize / tp;
      return { projected: 2 * inner + mixer.timeStepRank + 2 * mixer.stateSize, mixed: inner };
    }
    case 'lightning': {
      const width = (mixer.heads / tp) * mixer.headDim;
      return { projected: 4 * width, mixed: width };
    }
  }
}
