/** Where the times of a step are added up. The tables time kernels in a replayed CUDA graph: their launch floors hold in a step as they are. */
import type { LinkTime } from '../collectives.ts';
import type { OperatorTime } from '../operators.ts';
import { addTime, type Profile, type TimePartName } from '../profile.ts';

/** Where the times of a stage are added up: by parts, or, without a profile, in one sum. */
export interface Sink {
  readonly profile: Profile | undefined;
  seconds: number;
  /** Layers like the one that is looked at. */
  layers: number;
}

export function add(sink: Sink, part: TimePartName, time: OperatorTime): void {
  const { bound, measured } = time;
  const seconds = sink.layers * time.seconds;
  if (sink.profile) addTime(sink.profile, part, { seconds, bound, measured });
  else sink.seconds += seconds;
}

export function addLink(sink: Sink, part: TimePartName, time: LinkTime): void {
  const seconds = sink.layers * time.seconds;
  if (sink.profile) addTime(sink.profile, part, { seconds, bound: 'network', measured: time.measured });
  else sink.seconds += seconds;
}

export function sinkOf(profile: Profile | undefined): Sink {
  return { profile, seconds: 0, layers: 1 };
}
