/** What may be divided by what (docs/accounting.md, "Weights of a rank"), and the caller's own bounds. */
import type { Model } from '../planner/model.ts';
import type { WeightClass } from '../planner/precision.ts';
import { type Degrees, degreeNames, type Strategy } from '../planner/strategy.ts';
import type { VerifierProblem } from './claim.ts';
import type { Fault } from './compare.ts';
import { unitsOf } from './mixer-splits.ts';
import { listed } from './text.ts';

type Cut = Pick<Strategy, 'tp' | 'ep' | 'etp'>;

interface Division {
  readonly what: string;
  readonly size: number;
  readonly by: keyof Cut;
  readonly weightClass?: WeightClass;
  /** Elements along the cut dimension for each unit of `size`: a head is split whole, a block counts its elements. */
  readonly width?: number;
}

/** Every dimension that some degree cuts. */
function divisions(model: Model, redundant: number): readonly Division[] {
  const found: Division[] = [];
  for (const { mixer, dense, moe } of model.layers) {
    for (const { what, size, widths, shared } of mixer ? unitsOf(mixer) : []) {
      if (shared) continue;
      for (const width of widths) found.push({ what: `the ${what}`, size, by: 'tp', weightClass: 'attention', width });
    }
    if (dense) {
      const size = dense.intermediateSize;
      found.push({ what: 'the dense intermediate size', size, by: 'tp', weightClass: 'dense' });
    }
    if (!moe) continue;
    found.push({ what: 'the experts', size: moe.experts + redundant, by: 'ep' });
    const expert = 'the intermediate size of an expert';
    found.push({ what: expert, size: moe.intermediateSize, by: 'etp', weightClass: 'expert' });
    const size = moe.sharedIntermediateSize;
    if (size > 0) found.push({ what: 'the shared intermediate size', size, by: 'tp', weightClass: 'shared' });
  }
  if (model.vocabulary) {
    const { size } = model.vocabulary;
    found.push({ what: 'the vocabulary', size, by: 'tp', weightClass: 'embedding' });
    found.push({ what: 'the vocabulary', size, by: 'tp', weightClass: 'head' });
  }
  return found;
}

function faultOf({ what, size, by, weightClass, width = 1 }: Division, { model, strategy }: Given): Fault | undefined {
  const degree = strategy[by];
  if (size % degree !== 0) {
    return { expected: 0, actual: size % degree, text: `${by} ${degree} does not divide ${what} (${size}).` };
  }
  const block = weightClass && model.precision.weights[weightClass].block;
  // An uncut dimension ends in a short block, which every kernel handles; a cut one would put a block on two ranks.
  if (!block || degree === 1) return undefined;
  const shard = (size / degree) * width;
  if (shard % block === 0) return undefined;
  return {
    expected: 0,
    actual: shard % block,
    text: `A shard of ${shard} of ${what} is no multiple of the ${block} elements that share a scale in ${weightClass} weights.`,
  };
}

interface Given {
  readonly model: Model;
  readonly strategy: Cut;
}

/** What holds of any strategy that cuts the model so, with `redundant` further copies of experts in each layer. */
export function modelFaults(model: Model, strategy: Cut, redundant = 0): readonly Fault[] {
  const { tp, ep, etp } = strategy;
  const faults: Fault[] = [];
  for (const division of divisions(model, redundant)) {
    const fault = faultOf(division, { model, strategy });
    if (fault) faults.push(fault);
  }
  const { block = 0 } = model.precision.weights.attention;
  for (const { mixer } of model.layers) {
    for (const { what, size, widths, shared } of mixer ? unitsOf(mixer) : []) {
      if (!shared) continue;
      if (size % tp !== 0 && tp % size !== 0) {
        const text = `Neither do ${size} ${what} divide by tp ${tp}, nor tp by them.`;
        faults.push({ expected: 0, actual: size % tp, text });
      }
      for (const width of block && tp > 1 ? widths : []) {
        const shard = Math.max(1, size / tp) * width;
        if (shard % block === 0) continue;
        const text = `A shard of ${shard} of the ${what} is no multiple of the block of ${block} elements.`;
        faults.push({ expected: 0, actual: shard % block, text });
      }
    }
  }
  if (!model.layers.some((run) => run.moe) && (ep > 1 || etp > 1)) {
    faults.push({ expected: 1, actual: ep * etp, text: 'A dense model has no experts: ep and etp must be 1.' });
  }
  return faults.filter((fault, index) => faults.findIndex(({ text }) => text === fault.text) === index);
}

export function divisibilityFaults(problem: VerifierProblem, strategy: Strategy): readonly Fault[] {
  const { cp } = strategy;
  const faults = [...modelFaults(problem.model, strategy)];
  const { sequenceLength } = problem.workload;
  if (cp > 1 && sequenceLength % (2 * cp) !== 0) {
    faults.push({
      expected: 0,
      actual: sequenceLength % (2 * cp),
      text: `${sequenceLength} tokens do not split into 2·cp = ${2 * cp} equal chunks, an early and a late one a rank.`,
    });
  }
  return faults;
}

export function constraintFaults(
  { constraints }: Pick<VerifierProblem, 'constraints'>,
  strategy: Degrees,
): readonly Fault[] {
  if (!constraints) return [];
  const { tp, cp, dp, pp, replicas } = strategy;
  const bounded = [
    ...degreeNames.map((name) => ({ name, value: strategy[name], range: constraints.degrees[name] })),
    { name: 'gpus', value: tp * cp * dp * pp * replicas, range: constraints.gpus },
  ];
  const faults: Fault[] = [];
  for (const { name, value, range } of bounded) {
    if (!range || (value >= range.min && value <= range.max)) continue;
    const wanted = range.min === range.max ? `${range.min}` : `${range.min} to ${range.max}`;
    faults.push({ expected: wanted, actual: value, text: `${name} is ${value}, and ${wanted} is asked for.` });
  }
  return faults;
}

export function constraintsInWords({ constraints }: Pick<VerifierProblem, 'constraints'>): string {
  const bounds = Object.entries(constraints?.degrees ?? {}).map(([name, { min, max }]) =>
    min === max ? `${name} = ${min}` : `${name} from ${min} to ${max}`,
  );
  const gpus = constraints?.gpus;
  if (gpus) bounds.push(`GPUs from ${gpus.min} to ${gpus.max}`);
  return bounds.length === 0 ? 'No degree is bounded.' : `Asked for: ${listed(bounds, 12)}.`;
}
