/** Spread of experts, FLOPs and bytes over the ranks: as derived, and either nothing or accounted for. */

import { weightClasses } from '../planner/precision.ts';
import type { Given } from './check-ranks.ts';
import type { VerificationCheck } from './claim.ts';
import { checkOf, type Fault, type Figure } from './compare.ts';
import { looseBytes } from './memory.ts';
import type { Stage } from './stages.ts';
import { inWords, listed } from './text.ts';

/** What a stage holds, as a word: stages of one word are alike. */
function contentsOf(stage: Stage): string {
  return stage.kinds.map(({ kind, count }) => `${count} of kind ${kind.id}`).join(', ');
}

/** Why ranks may differ at all under this strategy. */
function causesOf({ problem, derived: { layout, stages } }: Given): readonly string[] {
  const causes: string[] = [];
  const counts = stages.map((stage) => stage.layers);
  const fewest = Math.min(...counts);
  const most = Math.max(...counts);
  if (fewest !== most) causes.push(`stages hold ${fewest} or ${most} layers`);
  else if (new Set(stages.map(contentsOf)).size > 1) causes.push('stages hold layers of different kinds');
  if (layout.pp > 1) {
    causes.push(
      problem.model.vocabulary
        ? 'the first stage has the embedding, the last the final norm and the LM head'
        : 'the last stage has the final norm',
    );
  }
  const { batchSize } = problem.workload;
  if (batchSize % layout.dp !== 0) {
    causes.push(`${batchSize % layout.dp} of ${layout.dp} data-parallel ranks have one sequence more`);
  }
  return causes;
}

export function checkBalance(given: Given): VerificationCheck {
  const { claim, derived } = given;
  const { balance, tokens } = derived;
  const said = claim.estimate?.balance;
  const causes = causesOf(given);
  const faults: Fault[] = [];
  const largest = Math.max(balance.experts, balance.compute, balance.memory);
  if (largest > 0 && causes.length === 0) {
    faults.push({ expected: 0, actual: largest, text: 'Ranks differ although stages and batch divide evenly.' });
  }
  const notes = [
    `Over the ranks, experts differ by ${inWords(balance.experts, 'share')}, FLOPs by ${inWords(balance.compute, 'share')} and bytes by ${inWords(balance.memory, 'share')} (standard deviation over mean).`,
  ];
  if (largest > 0) notes.push(`The reason: ${listed(causes)}.`);
  if (tokens.imbalance > 1) {
    notes.push(
      `Under uniform random routing the busiest rank of an EP group receives about ${tokens.imbalance.toFixed(3)} times the mean.`,
    );
  }
  const loose = looseBytes(given.problem, weightClasses) / derived.largest.memory.total;
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
    {
      name: 'The expected routing imbalance',
      unit: 'count',
      derived: tokens.imbalance,
      claimed: said?.routingImbalance,
      tolerance: 'relative',
    },
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
