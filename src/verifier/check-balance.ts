/** Spread of experts, FLOPs and bytes over the ranks: as derived, and either nothing or accounted for. */

import { weightClasses } from '../planner/precision.ts';
import type { BatchGiven } from './batch.ts';
import type { VerificationCheck } from './claim.ts';
import { checkOf, type Fault, type Figure } from './compare.ts';
import type { Given } from './given.ts';
import { looseBytes } from './memory.ts';
import type { Stage } from './stages.ts';
import { inWords, listed } from './text.ts';

/** What a stage holds, as a word: stages of one word are alike. */
function contentsOf(stage: Stage): string {
  return stage.kinds.map(({ kind, count }) => `${count} of kind ${kind.id}`).join(', ');
}

/** Why ranks may differ at all under this strategy. */
export function stageCauses({ specs, derived: { layout, stages } }: Given): readonly string[] {
  const causes: string[] = [];
  const counts = stages.map((stage) => stage.layers);
  const fewest = Math.min(...counts);
  const most = Math.max(...counts);
  if (fewest !== most) causes.push(`stages hold ${fewest} or ${most} layers`);
  else if (new Set(stages.map(contentsOf)).size > 1) causes.push('stages hold layers of different kinds');
  if (layout.pp > 1) {
    causes.push(
      specs.model.vocabulary
        ? 'the first stage has the embedding, the last the final norm and the LM head'
        : 'the last stage has the final norm',
    );
  }
  return causes;
}

function batchCauses({ problem, derived: { layout } }: BatchGiven): readonly string[] {
  const more = problem.workload.batchSize % layout.dp;
  return more === 0 ? [] : [`${more} of ${layout.dp} data-parallel ranks have one sequence more`];
}

export function checkBalance(given: BatchGiven): VerificationCheck {
  const { imbalance } = given.derived.tokens;
  const figure: Figure = {
    name: 'The expected routing imbalance',
    unit: 'count',
    derived: imbalance,
    claimed: given.claim.estimate?.balance?.routingImbalance,
    tolerance: 'relative',
  };
  const note = `Under uniform random routing the busiest rank of an EP group receives about ${imbalance.toFixed(3)} times the mean.`;
  return spreadCheck(given, {
    causes: [...stageCauses(given), ...batchCauses(given)],
    figures: [figure],
    notes: imbalance > 1 ? [note] : [],
  });
}

/** Spreads over the ranks: of nothing, or with a reason. */
export function spreadCheck(
  { specs, claim, derived }: Given,
  more: {
    readonly causes: readonly string[];
    readonly figures?: readonly Figure[];
    readonly faults?: readonly Fault[];
    readonly notes?: readonly string[];
  },
): VerificationCheck {
  const { balance } = derived;
  const said = claim.estimate?.balance;
  const { causes } = more;
  const faults: Fault[] = [...(more.faults ?? [])];
  const largest = Math.max(balance.experts, balance.compute, balance.memory);
  if (largest > 0 && causes.length === 0) {
    faults.push({ expected: 0, actual: largest, text: 'Ranks differ although all have the same to do.' });
  }
  const notes = [
    `Over the ranks, experts differ by ${inWords(balance.experts, 'share')}, FLOPs by ${inWords(balance.compute, 'share')} and bytes by ${inWords(balance.memory, 'share')} (standard deviation over mean).`,
  ];
  if (largest > 0) notes.push(`The reason: ${listed(causes)}.`);
  notes.push(...(more.notes ?? []));
  const loose = looseBytes(specs, weightClasses) / derived.largest.memory.total;
  const figures: readonly Figure[] = [
    {
      name: 'The spread of FLOPs',
      unit: 'share',
      derived: balance.compute,
      claimed: said?.compute,
      tolerance: 'share',
    },
    {
      name: 'The spread of bytes',
      unit: 'share',
      derived: balance.memory,
      claimed: said?.memory,
      tolerance: 'share',
      within: loose,
    },
    ...(more.figures ?? []),
  ];
  const headline: Figure = {
    name: 'The spread of experts',
    unit: 'share',
    derived: balance.experts,
    claimed: said?.experts,
    tolerance: 'share',
  };
  return checkOf('load-balance', { headline, figures, faults, notes });
}
