/**
 * A time profile: seconds by part of the work and by what they wait for, in one flat array so that layers, stages and
 * micro-batches add up by plain sums.
 */
import type { Bound, TimePart } from '../estimate.ts';
import type { LinkTime } from './collectives.ts';
import type { OperatorTime } from './operators.ts';

export const timeParts = [
  'attention projections',
  'attention',
  'element-wise',
  'dense FFN',
  'router',
  'experts',
  'shared experts',
  'embedding and LM head',
  'tensor-parallel collectives',
  'context-parallel collectives',
  'expert all-to-all',
  'expert-tensor collectives',
  'pipeline hops',
] as const;
export type TimePartName = (typeof timeParts)[number];

const bounds: readonly Bound[] = ['compute', 'memory', 'network', 'launch'];
const width = bounds.length;

export interface Profile {
  readonly cells: Float64Array;
  total: number;
  /** Whether all that was added came from curves of this very GPU, inside the range they were fitted in. */
  measured: boolean;
}

export function emptyProfile(): Profile {
  return { cells: new Float64Array(timeParts.length * width), total: 0, measured: true };
}

const partIndex = new Map<TimePartName, number>(timeParts.map((part, i) => [part, i]));
const boundIndex: Readonly<Record<Bound, number>> = { compute: 0, memory: 1, network: 2, launch: 3 };

export function addTime(
  profile: Profile,
  part: TimePartName,
  { seconds, bound, measured }: Omit<OperatorTime, 'floor'>,
): void {
  if (seconds === 0) return;
  profile.measured &&= measured;
  const cell = (partIndex.get(part) ?? 0) * width + boundIndex[bound];
  profile.cells[cell] = (profile.cells[cell] ?? 0) + seconds;
  profile.total += seconds;
}

export function addNetwork(profile: Profile, part: TimePartName, { seconds, measured }: LinkTime): void {
  addTime(profile, part, { seconds, bound: 'network', measured });
}

/** target += times · source */
export function addProfile(target: Profile, source: Profile, times: number): void {
  if (times === 0) return;
  const { cells } = target;
  for (let i = 0; i < cells.length; i++) cells[i] = (cells[i] ?? 0) + times * (source.cells[i] ?? 0);
  target.total += times * source.total;
  target.measured &&= source.measured;
}

/** The parts that take any time, each with what most of it waits for. */
export function breakdownOf(profile: Profile): readonly TimePart[] {
  const parts: TimePart[] = [];
  for (const [i, part] of timeParts.entries()) {
    let seconds = 0;
    let most = 0;
    let bound: Bound = 'compute';
    for (const [j, name] of bounds.entries()) {
      const cell = profile.cells[i * width + j] ?? 0;
      seconds += cell;
      if (cell > most) {
        most = cell;
        bound = name;
      }
    }
    if (seconds > 0) parts.push({ part, seconds, bound });
  }
  return parts;
}
