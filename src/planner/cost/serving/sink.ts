/**
 * Where the times of a step are added up. The tables time kernels in a replayed CUDA graph: their launch floors hold in a step as they are, and do
 * not slow down with the rest of a step with prompts.
 */
import type { LinkTime } from '../collectives.ts';
import type { OperatorTime } from '../operators.ts';
import { addTime, type Profile, type TimePartName } from '../profile.ts';
import type { KernelEngine, Placed, StepContext } from './step-work.ts';

/** Where the times of a stage are added up: by parts, or, without a profile, in one sum. */
export interface Sink {
  readonly profile: Profile | undefined;
  seconds: number;
  readonly slowdown: number;
  /** Layers like the one that is looked at. */
  layers: number;
}

export function add(sink: Sink, part: TimePartName, time: OperatorTime): void {
  const { floor, bound, measured } = time;
  const seconds = sink.layers * ((time.seconds - floor) * sink.slowdown + floor);
  if (sink.profile) addTime(sink.profile, part, { seconds, bound, measured });
  else sink.seconds += seconds;
}

export function addLink(sink: Sink, part: TimePartName, time: LinkTime): void {
  const seconds = sink.layers * time.seconds;
  if (sink.profile) addTime(sink.profile, part, { seconds, bound: 'network', measured: time.measured });
  else sink.seconds += seconds;
}

export function sinkOf(profile: Profile | undefined, { times }: KernelEngine, inGraph: boolean): Sink {
  return { profile, seconds: 0, slowdown: inGraph ? 1 : times.promptSlowdown, layers: 1 };
}

/** Seconds of what `fill` adds. */
export function secondsOf({ engine }: StepContext, { inGraph }: Placed, fill: (sink: Sink) => void): number {
  const sink = sinkOf(undefined, engine, inGraph);
  fill(sink);
  return sink.seconds;
}
