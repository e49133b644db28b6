/** What holds for claimed times whatever is done in them: where they come from, what links can carry, and that parts add up. */
import { type Fault, near } from './compare.ts';
import type { Given } from './given.ts';
import { inWords } from './text.ts';

/** Slack for sums in another order. */
export const slack = 1 - 1e-9;

export function evidenceFaults({ specs, claim }: Given): readonly Fault[] {
  const said = claim.estimate?.evidence?.time;
  const curves = specs.cluster.gpu.curves.evidence;
  if (said === 'derived') {
    return [{ expected: curves, actual: said, text: 'Times come from fitted curves: no datasheet derives them.' }];
  }
  if (said === 'calibrated' && curves !== 'calibrated') {
    return [{ expected: curves, actual: said, text: 'Times are called calibrated, and this GPU was not measured.' }];
  }
  return [];
}

/**
 * The claimed time of each message against the links and against the step.
 * @param options.inStep whether each message of the list is sent by itself: passes that go together take less than their messages one by one.
 * @param options.once whether a token may be sent to a rank once for all its experts there, though its copies are counted apart.
 */
export function messageFaults(
  { specs, claim, derived }: Given,
  { inStep = true, once = false }: { readonly inStep?: boolean; readonly once?: boolean } = {},
): readonly Fault[] {
  const { fast, slow } = specs.cluster;
  const topK = specs.model.layers.find((run) => run.moe)?.moe?.expertsPerToken ?? 1;
  const step = claim.estimate?.time?.step;
  const faults: Fault[] = [];
  for (const use of claim.estimate?.communication?.perCollective ?? []) {
    const { seconds } = use;
    if (seconds === undefined) continue;
    const name = `The ${use.op ?? 'message'} for ${use.purpose ?? 'something'}`;
    // What stays inside a domain and what leaves it may travel at once, on both links.
    const sent = once && use.op === 'allToAll' ? Math.min(1, derived.layout.ep / topK) : 1;
    const least = (sent * (use.bytesPerGpu ?? 0)) / (fast.bandwidth + slow.bandwidth);
    if (!(seconds >= least * slack)) {
      const text = `${name} is claimed to take ${inWords(seconds, 'seconds')}, and both links together need ${inWords(least, 'seconds')} for its bytes.`;
      faults.push({ expected: least, actual: finite(seconds), text });
    }
    if (inStep && step !== undefined && seconds * slack > step) {
      const text = `${name} is claimed to take ${inWords(seconds, 'seconds')}, longer than the whole step.`;
      faults.push({ expected: step, actual: finite(seconds), text });
    }
  }
  return faults;
}

export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Parts of the breakdown add up to the step, and none takes less than no time. */
export function breakdownFaults({ claim }: Given): readonly Fault[] {
  const { breakdown, step } = claim.estimate?.time ?? {};
  const faults: Fault[] = [];
  let sum = 0;
  for (const { part, seconds } of breakdown ?? []) {
    sum += seconds ?? Number.NaN;
    if (seconds === undefined || seconds >= 0) continue;
    const text = `The part ${part ?? 'without a name'} takes less than no time.`;
    faults.push({ expected: 0, actual: finite(seconds), text });
  }
  if (breakdown && step !== undefined && !near(sum, step)) {
    const text = `The parts of the breakdown add up to ${inWords(sum, 'seconds')}, and the step is ${inWords(step, 'seconds')}.`;
    faults.push({ expected: finite(sum), actual: finite(step), text });
  }
  return faults;
}
