/** A worker as the cost model looks at it: its stages by kinds of layer, and the spans of its groups. */
import type { Cluster } from '../../cluster.ts';
import type { LayerRun, Model } from '../../model.ts';
import { type RankLayout, ranksPerDomain } from '../../placement.ts';
import { type Degrees, strategyGpus } from '../../strategy.ts';
import { alone, axisSpan, type Span } from '../collectives.ts';
import { stageShapes } from '../shape.ts';
import type { Draft, DraftRun } from './draft.ts';

/** One worker without its number, its degrees with `replicas` as many as there are. */
export interface WorkerLayout extends Degrees {
  readonly redundantExperts: number;
}

/** Layers of one kind in a stage. */
export interface StageLayers {
  readonly kind: number;
  readonly count: number;
}

export interface Stage {
  readonly layers: readonly StageLayers[];
  readonly first: boolean;
  readonly last: boolean;
  /** The first stage like it, and how many there are. */
  readonly stage: number;
  readonly stages: number;
  /** Layers of each run of `ModelLayers`, by index. */
  readonly counts: readonly number[];
  /** Layers whose kernels the host launches: a mixer or an FFN alone is half of one. */
  readonly launched: number;
}

/** Layers that a guess passes beyond those of its step, on the last stage, and how often in a step. */
export interface Guess {
  readonly stage: Stage;
  readonly times: number;
}

/** A model's layers as workers have them. */
export interface ModelLayers {
  /** The model's runs, and behind them those of its draft, which the last stage has. */
  readonly runs: readonly DraftRun[];
  /** Kinds of layer that cost the same wherever they stand. */
  readonly kinds: readonly DraftRun[];
  /** Of the draft; none without one. */
  readonly guesses: readonly Guess[];
  readonly stages: (pp: number) => readonly Stage[];
  /** Layers launched by the stage that has most. */
  readonly mostLaunched: (pp: number) => number;
}

export function modelLayers(model: Model, draft?: Draft): ModelLayers {
  const runs: readonly DraftRun[] = [...model.layers, ...(draft?.runs ?? [])];
  const { kinds, kindOf } = layerKinds(runs);
  const known = new Map<number, { readonly stages: readonly Stage[]; readonly mostLaunched: number }>();
  const split = (pp: number) => {
    let layers = known.get(pp);
    if (!layers) {
      const stages = stagesOf({ model, draft, runs, kindOf }, pp);
      layers = { stages, mostLaunched: Math.max(...stages.map(({ launched }) => launched)) };
      known.set(pp, layers);
    }
    return layers;
  };
  return {
    runs,
    kinds,
    guesses: draft ? guessesOf(draft, runs, kindOf) : [],
    stages: (pp) => split(pp).stages,
    mostLaunched: (pp) => split(pp).mostLaunched,
  };
}

/** Kinds of layer, and that of each run. */
function layerKinds(runs: readonly DraftRun[]): {
  readonly kinds: readonly DraftRun[];
  readonly kindOf: readonly number[];
} {
  const kinds: DraftRun[] = [];
  const known = new Map<string, number>();
  const kindOf = runs.map((run) => {
    const text = JSON.stringify({ ...run, count: 1 });
    let kind = known.get(text);
    if (kind === undefined) {
      kind = kinds.length;
      known.set(text, kind);
      kinds.push(run);
    }
    return kind;
  });
  return { kinds, kindOf };
}

interface Runs {
  readonly model: Model;
  readonly draft: Draft | undefined;
  readonly runs: readonly DraftRun[];
  readonly kindOf: readonly number[];
}

function stagesOf({ model, draft, runs, kindOf }: Runs, pp: number): readonly Stage[] {
  return stageShapes(model, pp).map((shape) => {
    const drafted = (draft?.runs ?? []).map(({ count }) => (shape.last ? count : 0));
    const counts = [...shape.counts, ...drafted];
    const byKind = new Map<number, number>();
    for (const [i, count] of counts.entries()) {
      const kind = kindOf[i] ?? 0;
      if (count > 0) byKind.set(kind, (byKind.get(kind) ?? 0) + count);
    }
    const layers = [...byKind].map(([kind, count]) => ({ kind, count }));
    const launched = counts.reduce((sum, count, i) => sum + count * halves(runs[i]), 0) / 2;
    return { ...shape, layers, counts, launched };
  });
}

/** The choice of each module's token, and the last module's further passes, with theirs. */
function guessesOf({ modules, repeats, again }: Draft, runs: readonly DraftRun[], kindOf: readonly number[]): Guess[] {
  const behind = runs.length - again.length;
  const part = (counts: readonly number[]): Stage => ({
    layers: counts.flatMap((count, i) => (count > 0 ? [{ kind: kindOf[i] ?? 0, count }] : [])),
    first: false,
    last: true,
    stage: 0,
    stages: 1,
    counts,
    launched: 0,
  });
  return [
    { stage: part(runs.map(() => 0)), times: modules },
    { stage: part(runs.map((_, i) => (i >= behind ? 1 : 0))), times: repeats },
  ].filter(({ times }) => times > 0);
}

/** Of a layer: its mixer and its FFN. */
function halves(run: LayerRun | undefined): number {
  return (run?.mixer ? 1 : 0) + (run?.dense || run?.moe ? 1 : 0);
}

export interface WorkerSpans {
  readonly tp: Span;
  readonly cp: Span;
  readonly ep: Span;
  readonly etp: Span;
  /** All ranks of a stage: what attention-data-parallel ranks gather over. */
  readonly stage: Span;
  readonly hopCrosses: boolean;
}

export function workerSpans(worker: Degrees, cluster: Cluster, layout: RankLayout): WorkerSpans {
  const { tp, cp, dp, pp, ep, etp } = worker;
  const inStage = tp * cp * dp;
  const world = strategyGpus(worker);
  const perDomain = ranksPerDomain(worker, cluster.domainGpus);
  // Where stages lie inside each data-parallel rank, the members of a group that spans these stand pp times as far apart.
  const apart = layout.stages === 'below-dp' && dp > 1 ? pp : 1;
  const span = (size: number, stride: number): Span =>
    size === 1 ? alone : axisSpan({ size, stride, world, perDomain }, cluster);
  const fastest = layout.expert[2];
  return {
    tp: span(tp, 1),
    cp: span(cp, tp),
    ep: span(ep, fastest === 'ep' ? 1 : etp * (etp === 1 && tp * cp === 1 ? apart : 1)),
    etp: span(etp, fastest === 'etp' ? 1 : ep),
    stage: span(inStage, 1),
    hopCrosses: pp > 1 && inStage * pp > perDomain,
  };
}
