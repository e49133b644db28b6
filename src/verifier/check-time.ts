/**
 * Times are a model's, and are not computed again: that would take the model's own formulas. They are bounded by what no
 * hardware of the given datasheet can do, and held against each other.
 */
import type { BatchGiven } from './batch.ts';
import type { VerificationCheck } from './claim.ts';
import { checkOf, type Fault, type Figure } from './compare.ts';
import type { RankClass } from './derive.ts';
import { fastestPeak } from './flops.ts';
import { inWords } from './text.ts';
import { breakdownFaults, evidenceFaults, finite, messageFaults, slack } from './time-claims.ts';

/** Tokens for each local expert above which none stays without: the chance is e^-32 and less. */
const manyTokens = 32;

/** Bytes of weights that a rank reads for one micro-batch whatever the kernels do. Tables are looked up, not read. */
function weightsRead({ problem, derived: { layout, tokens } }: BatchGiven, { memory, stage }: RankClass): number {
  const { embedding, head } = problem.model.precision.weights;
  const headOnly =
    stage.isLast && problem.model.vocabulary
      ? Math.min(
          memory.embeddingWeight,
          ((problem.model.vocabulary.size * problem.model.hiddenSize) / layout.tp) *
            Math.min(head.bytesPerParameter, embedding.bytesPerParameter),
        )
      : 0;
  const moe = problem.model.layers.find((run) => run.moe)?.moe;
  const arriving = layout.etp * tokens.split * (moe?.expertsPerToken ?? 0);
  const allVisited = moe !== undefined && arriving >= (manyTokens * moe.experts) / layout.ep;
  const always = memory.attentionWeight + memory.denseWeight + memory.sharedExpertWeight + memory.routerWeight;
  return always + headOnly + (allVisited ? memory.expertWeight : 0);
}

interface Bound {
  readonly seconds: number;
  readonly what: string;
}

/** The longest of the times that a step cannot be shorter than. */
export function leastStep(given: BatchGiven): Bound {
  const { problem, derived } = given;
  const { gpu } = problem.cluster;
  const peak = fastestPeak(problem);
  const compute = derived.busiest.flops / peak;
  let weights = 0;
  for (const item of derived.classes) {
    weights = Math.max(weights, (derived.layout.microBatches * weightsRead(given, item)) / gpu.memoryBandwidth);
  }
  return compute >= weights
    ? { seconds: compute, what: `the busiest rank’s work at the full ${inWords(peak, 'flops')}` }
    : { seconds: weights, what: 'reading the weights of the largest stage once for each micro-batch' };
}

function pipelineFaults({ claim, derived: { layout } }: BatchGiven): readonly Fault[] {
  const bubble = claim.estimate?.time?.bubble;
  if (bubble === undefined) return [];
  if (layout.pp === 1 && Math.abs(bubble) > 1e-9) {
    return [{ expected: 0, actual: bubble, text: 'One stage never waits for another, and a bubble is claimed.' }];
  }
  if (!(bubble >= -1e-9 && bubble < 1)) {
    return [{ expected: 0, actual: bubble, text: 'The bubble is a share of the step: 0 or more, and less than 1.' }];
  }
  return [];
}

export function checkTime(given: BatchGiven): VerificationCheck {
  const { problem, claim, derived } = given;
  const said = claim.estimate?.time;
  const step = said?.step;
  const least = leastStep(given);
  const faults: Fault[] = [...evidenceFaults(given), ...pipelineFaults(given), ...messageFaults(given)];
  const figures: Figure[] = [];
  if (step !== undefined) {
    if (!(step > 0 && step >= least.seconds * slack)) {
      const text = `A step of ${inWords(step, 'seconds')} is shorter than the ${inWords(least.seconds, 'seconds')} that ${least.what} takes.`;
      faults.push({ expected: least.seconds, actual: finite(step), text });
    }
    const tokens = problem.workload.batchSize * problem.workload.sequenceLength;
    const throughput = claim.estimate?.throughput;
    const rate = { unit: 'tokens/s', tolerance: 'relative' } as const;
    figures.push(
      { name: 'The throughput', derived: tokens / step, claimed: throughput?.tokensPerSecond, ...rate },
      {
        name: 'The throughput of a GPU',
        derived: tokens / step / derived.layout.world,
        claimed: throughput?.tokensPerSecondPerGpu,
        ...rate,
      },
    );
  }
  faults.push(...breakdownFaults(given));
  const notes = [`No step can be shorter than ${inWords(least.seconds, 'seconds')}: ${least.what}.`];
  if (step !== undefined)
    notes.push(`The claimed one is ${inWords(step, 'seconds')}, by a model that is bounded here and not repeated.`);
  // The headline is a bound, not an equality: what is claimed stands beside it and was judged above.
  const headline: Figure = {
    name: 'The step',
    unit: 'seconds',
    derived: least.seconds,
    claimed: undefined,
    tolerance: 'relative',
  };
  const check = checkOf('time', { headline, figures, faults, notes });
  if (check.status === 'fail' || step === undefined) return check;
  return { ...check, expected: `at least ${inWords(least.seconds, 'seconds')}`, actual: inWords(step, 'seconds') };
}
