/** What is claimed of one kind of worker: bytes and room for the cache, spread over the ranks, times against their bounds. */

import { weightClasses } from '../../planner/precision.ts';
import { spreadCheck, stageCauses } from '../check-balance.ts';
import { checkMemory } from '../check-memory.ts';
import type { VerificationCheck } from '../claim.ts';
import { checkOf, type Fault, type Figure } from '../compare.ts';
import { looseBytes } from '../memory.ts';
import { inWords } from '../text.ts';
import { breakdownFaults, evidenceFaults, finite, messageFaults, slack } from '../time-claims.ts';
import { leastDecode, leastPrefill, leastStep } from './bounds.ts';
import { heldIn, tightest, type WorkerGiven } from './derive.ts';

/** Figures of the pool are cut to whole ones; what one byte more or less of it makes of them is let pass. */
function room(given: WorkerGiven): { readonly figures: readonly Figure[]; readonly notes: readonly string[] } {
  const { worker, specs } = given;
  const found = tightest(given);
  if (!found) return { figures: [], notes: [] };
  const { pool, ofSequence } = found;
  const { engine } = worker.setting;
  const said = worker.estimate?.memory;
  const loose = 1 + looseBytes(specs, weightClasses);
  const ranks = worker.strategy.replicas * worker.strategy.dp;
  const running = (bytes: number) => Math.min(engine.maxSequences, heldIn(bytes, ofSequence));
  const held = (bytes: number) => Math.floor((running(bytes) * worker.keptTokens) / worker.fullTokens);
  const tokens = (bytes: number) =>
    ofSequence === 0 ? 0 : Math.floor((Math.max(0, bytes) * worker.pagedTokens) / ofSequence);
  const spread = (of: (bytes: number) => number) => Math.max(of(pool + loose) - of(pool), of(pool) - of(pool - loose));
  const figures: readonly Figure[] = [
    {
      name: 'The KV pool',
      unit: 'bytes',
      derived: Math.max(0, pool),
      claimed: said?.kvPoolBytes,
      tolerance: 'byte',
      within: loose,
    },
    {
      name: 'The tokens that the KV pool holds',
      unit: 'count',
      derived: tokens(pool),
      claimed: said?.kvCacheTokens,
      tolerance: 'exact',
      within: spread(tokens),
    },
    {
      name: 'The requests that all KV pools hold',
      unit: 'count',
      derived: ranks * held(pool),
      claimed: said?.maxConcurrency,
      tolerance: 'exact',
      within: ranks * spread(held),
    },
  ];
  const atOnce =
    running(pool) === held(pool)
      ? `${held(pool)} requests`
      : `${running(pool)} requests as long as they are on average, ${held(pool)} at their full length`;
  const notes = [
    `${engine.name} leaves ${inWords(pool, 'bytes')} for the KV cache of a rank: ${tokens(pool)} tokens, or ${atOnce}; ${worker.sequences} run at most.`,
  ];
  return { figures, notes };
}

/** What was asked to stay free is out of the pool already. */
export function checkServedMemory(given: WorkerGiven): VerificationCheck {
  return checkMemory(given, room(given));
}

export function checkServedBalance(given: WorkerGiven): VerificationCheck {
  const { worker, derived } = given;
  const { ep, dp } = worker.grid;
  const moe = worker.model.layers.find((run) => run.moe)?.moe;
  const said = given.claim.estimate?.balance?.routingImbalance;
  const topK = moe?.expertsPerToken ?? 1;
  // A token visits an expert once, so a rank receives at most min(k, its experts) copies of each.
  const most = moe && ep > 1 ? (ep * Math.min(topK, derived.slots / ep)) / topK : 1;
  const faults: Fault[] = [];
  if (said !== undefined && !(said >= slack && said * slack <= most)) {
    const text = `A routing imbalance of ${said} cannot be: the busiest of ${ep} ranks receives from 1 to ${most} times the mean.`;
    faults.push({ expected: most, actual: finite(said), text });
  }
  const causes = [...stageCauses(given)];
  if (worker.fuller > 0) {
    causes.push(`${worker.fuller} of ${dp * worker.grid.replicas} data-parallel ranks have room for one request more`);
  }
  return spreadCheck(given, { causes, faults });
}

/** Whether a step may have several passes of prompts: beside answers, and where workers that only read have room for two. */
function passesTogether({ worker: { role, prompt, setting } }: WorkerGiven): boolean {
  return role === 'both' || (role === 'prefill' && 2 * prompt.computed <= setting.engine.batchTokens);
}

export function checkServedTime(given: WorkerGiven): VerificationCheck {
  const { worker, claim } = given;
  const said = worker.estimate?.time;
  const step = leastStep(given);
  const decode = leastDecode(given);
  const prefill = worker.role === 'decode' ? 0 : leastPrefill(given);
  const faults: Fault[] = [
    ...evidenceFaults(given),
    ...messageFaults(given, { inStep: !passesTogether(given), once: true }),
    ...breakdownFaults(given),
  ];
  const bounded = [
    { what: 'A mean step', seconds: said?.step, least: step },
    { what: 'A prompt alone', seconds: said?.prefill, least: prefill },
  ];
  for (const { what, seconds, least } of bounded) {
    if (seconds === undefined || (seconds >= least * slack && Number.isFinite(seconds))) continue;
    const text = `${what} of ${inWords(seconds, 'seconds')} is shorter than the ${inWords(least, 'seconds')} that its work or its weights take.`;
    faults.push({ expected: least, actual: finite(seconds), text });
  }
  const { pp } = worker.grid;
  const bubble = said?.bubble;
  if (bubble !== undefined && !(bubble >= -1e-9 && (pp === 1 ? bubble <= 1e-9 : bubble < 1))) {
    faults.push({ expected: 0, actual: finite(bubble), text: `A bubble of ${bubble} cannot be with ${pp} stages.` });
  }
  if (said?.decodeStep !== undefined && worker.load.sequences === 0 && said.decodeStep !== 0) {
    faults.push({
      expected: 0,
      actual: finite(said.decodeStep),
      text: 'Nothing decodes, and a decode step takes time.',
    });
  }
  const notes = [
    `No mean step is shorter than ${inWords(step, 'seconds')}, no pass of all sequences through all stages than ${inWords(decode, 'seconds')}, no prompt than ${inWords(prefill, 'seconds')}; times are a model’s, bounded here and not repeated.`,
  ];
  const headline: Figure = {
    name: 'The step',
    unit: 'seconds',
    derived: step,
    claimed: undefined,
    tolerance: 'relative',
  };
  const check = checkOf('time', { headline, faults, notes });
  const claimed = claim.estimate?.time?.step;
  if (check.status === 'fail' || claimed === undefined) return check;
  return { ...check, expected: `at least ${inWords(step, 'seconds')}`, actual: inWords(claimed, 'seconds') };
}
