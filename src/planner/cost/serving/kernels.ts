/**
 * Seconds of the kernels of a setting's steps, and for which other settings they hold: what differs in its load, its SLO, its lengths or the
 * engine's overhead of a step asks for other steps, of the same kernels.
 */
import type { Cluster } from '../../cluster.ts';
import { mixtureOf } from '../../model.ts';
import type { ServingSetting } from '../../serving-result.ts';
import { allReduceTime, type LinkTime, type Span } from '../collectives.ts';
import { sharesCache } from './context-parallel.ts';
import { withGuesses } from './guesses.ts';
import { routedPopularity } from './skew.ts';
import { type StageSeconds, stepSeconds, type WorkerShape } from './step-seconds.ts';
import type { StepContext } from './step-work.ts';
import type { ModelLayers } from './worker.ts';

export interface Kernels {
  readonly context: StepContext;
  readonly secondsOf: (shape: WorkerShape) => StageSeconds;
  readonly holdsFor: (setting: ServingSetting) => boolean;
  /** Whether they would but for the bandwidth or latency of links. */
  readonly holdsButForLinks: (setting: ServingSetting) => boolean;
}

/** `near` are those of a setting that may differ in links alone: who uses none of these takes as long here. */
export function kernelsOf(
  setting: ServingSetting,
  { kinds, guesses }: Pick<ModelLayers, 'kinds' | 'guesses'>,
  near?: Kernels,
): Kernels {
  const { cluster, model, workload, engine } = setting;
  const { experts = 0, expertsPerToken = 0 } = mixtureOf(model) ?? {};
  const { nativeFp8Cache, fusesQuantisation, exchange, generatedExperts, times } = engine;
  const { computeSlowdown } = times;
  const sustained = sustainedCluster(cluster, computeSlowdown);
  const context: StepContext = {
    cluster: sustained,
    model,
    // No more of it than is compared below.
    engine: { nativeFp8Cache, fusesQuantisation, exchange, generatedExperts },
    kinds,
    sharesCache: sharesCache(setting),
    popularity: routedPopularity(workload.routing, { experts, expertsPerToken }),
    allReduce: lastAllReduce(sustained),
  };
  const own = withGuesses(stepSeconds(context), guesses);
  const sharing = near?.holdsButForLinks(setting) ? near : undefined;
  const sameFast = sharing?.context.cluster.fast === cluster.fast;
  const sameSlow = sharing?.context.cluster.slow === cluster.slow;
  const secondsOf = (shape: WorkerShape): StageSeconds => {
    const lent = sharing && (sameFast || !usesFast(shape)) && (sameSlow || !usesSlow(shape)) ? sharing : undefined;
    return lent ? lent.secondsOf(shape) : own(shape);
  };
  const alike = (other: ServingSetting): boolean =>
    other.model === model &&
    other.workload.routing === workload.routing &&
    other.engine.name === engine.name &&
    other.engine.nativeFp8Cache === nativeFp8Cache &&
    other.engine.fusesQuantisation === fusesQuantisation &&
    other.engine.exchange === exchange &&
    other.engine.generatedExperts === generatedExperts &&
    other.engine.times.computeSlowdown === computeSlowdown;
  return {
    context,
    secondsOf,
    holdsFor: (other) => other.cluster === cluster && alike(other),
    holdsButForLinks: (other) =>
      alike(other) &&
      other.cluster.gpu === cluster.gpu &&
      other.cluster.host === cluster.host &&
      other.cluster.domainGpus === cluster.domainGpus &&
      other.cluster.gpusPerNode === cluster.gpusPerNode,
  };
}

const spansOf = ({ tp, cp, ep, etp, stage }: WorkerShape['spans']): readonly Span[] => [tp, cp, ep, etp, stage];

function usesFast({ worker, spans }: WorkerShape): boolean {
  return worker.pp > 1 || spansOf(spans).some(({ size }) => size > 1);
}

function usesSlow({ spans }: WorkerShape): boolean {
  return spans.hopCrosses || spansOf(spans).some(({ domains }) => domains > 1);
}

/** Remembers the one it was asked for last. */
function lastAllReduce(cluster: Cluster): StepContext['allReduce'] {
  let last: { readonly span: Span; readonly bytes: number; readonly time: LinkTime } | undefined;
  return (span, bytes) => {
    if (last?.span !== span || last.bytes !== bytes) last = { span, bytes, time: allReduceTime(cluster, span, bytes) };
    return last.time;
  };
}

/** The cluster as operators find it that have run for hours: compute is slower than in the tables, memory is not. */
function sustainedCluster(cluster: Cluster, computeSlowdown: number): Cluster {
  const { peakFlops, curves } = cluster.gpu;
  if (curves.sustainedClocks) return cluster;
  const share = 1 / computeSlowdown;
  const { bf16, fp8, fp4, int8 } = peakFlops;
  const sustained = { bf16: bf16 * share, fp8: fp8 * share, fp4: fp4 * share, int8: int8 * share };
  return { ...cluster, gpu: { ...cluster.gpu, peakFlops: sustained } };
}
