/** Spans of a strategy's groups, each looked at once: few distinct ones exist, however many strategies share them. */
import type { Cluster } from '../cluster.ts';
import { ranksPerDomain } from '../placement.ts';
import { type Degrees, strategyGpus } from '../strategy.ts';
import { alone, axisSpan, distinctBlocks, type Span } from './collectives.ts';

/** A span with a small number that stands for it in memo keys. 0 is `alone`. */
export interface NumberedSpan {
  readonly id: number;
  readonly span: Span;
}

export const aloneSpan: NumberedSpan = { id: 0, span: alone };

export interface StrategySpans {
  readonly tp: NumberedSpan;
  readonly cp: NumberedSpan;
  readonly ep: NumberedSpan;
  readonly etp: NumberedSpan;
  /** Whether any hop between stages leaves a fast domain. */
  readonly hopCrosses: boolean;
}

export type SpanIndex = (degrees: Degrees) => StrategySpans;

/** Strides of a batch's layout, rankLayouts.megatron: within a stage (dp, cp, tp) and (edp, ep, etp), the last fastest. */
export function spanIndex(cluster: Cluster): SpanIndex {
  const byShape = new Map<number, Map<number, NumberedSpan>>();
  const byValue = new Map<string, NumberedSpan>();
  const numbered = (size: number, stride: number, world: number, perDomain: number): NumberedSpan => {
    if (size === 1) return aloneSpan;
    // Sizes, strides and worlds are at most 2^20: two of them make one exact number.
    const axis = size * 2 ** 21 + stride;
    let homes = byShape.get(axis);
    if (!homes) {
      homes = new Map();
      byShape.set(axis, homes);
    }
    const home = distinctBlocks({ size, stride, world, perDomain }, cluster) * 2 ** 21 + perDomain;
    let found = homes.get(home);
    if (!found) {
      const span = axisSpan({ size, stride, world, perDomain }, cluster);
      const value = `${span.size} ${span.domains} ${span.least} ${span.most} ${span.crossesNodes}`;
      // Equal spans cost the same, wherever they lie: they share a number, and so the blocks computed with them.
      found = byValue.get(value) ?? { id: byValue.size + 1, span };
      byValue.set(value, found);
      homes.set(home, found);
    }
    return found;
  };
  return (degrees) => {
    const world = strategyGpus(degrees);
    const perDomain = ranksPerDomain(degrees, cluster.domainGpus);
    const { tp, cp, ep, etp } = degrees;
    return {
      tp: numbered(tp, 1, world, perDomain),
      cp: numbered(cp, tp, world, perDomain),
      ep: numbered(ep, etp, world, perDomain),
      etp: numbered(etp, 1, world, perDomain),
      // Ranks r and r + G of one replica lie in two domains for some r just when the replica is larger than a domain.
      hopCrosses: degrees.pp > 1 && world > perDomain,
    };
  };
}
