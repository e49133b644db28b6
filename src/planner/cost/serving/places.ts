/**
 * Workers on a cluster: their layouts, and how their groups lie over its domains and nodes. However many workers there are, one of them costs
 * the same if its groups lie alike, so that a search has few places to cost.
 */
import type { Cluster } from '../../cluster.ts';
import type { RankLayout } from '../../placement.ts';
import { type LayoutNumber, layoutNumbers } from './layout-numbers.ts';
import { spanKey } from './step-seconds.ts';
import { type WorkerLayout, type WorkerSpans, workerSpans } from './worker.ts';

export interface Place {
  /** Workers of one layout whose groups lie alike have one number. */
  readonly number: number;
  readonly spans: WorkerSpans;
}

export interface Places {
  readonly of: (worker: WorkerLayout) => Place;
  readonly layoutNumber: LayoutNumber;
  readonly holdsFor: (cluster: Cluster, rankLayout: RankLayout) => boolean;
}

function spansKey({ tp, cp, ep, etp, stage, hopCrosses }: WorkerSpans): string {
  return `${spanKey(tp)} ${spanKey(cp)} ${spanKey(ep)} ${spanKey(etp)} ${spanKey(stage)} ${hopCrosses}`;
}

export function placesOn(cluster: Cluster, rankLayout: RankLayout): Places {
  const layoutNumber = layoutNumbers();
  /** Of each layout, by how many workers there are, and by how the groups lie. */
  const known: { readonly byReplicas: Map<number, Place>; readonly alike: Map<string, Place> }[] = [];
  let next = 0;
  return {
    of: (worker) => {
      const number = layoutNumber(worker);
      known[number] ??= { byReplicas: new Map(), alike: new Map() };
      const { byReplicas, alike } = known[number];
      let place = byReplicas.get(worker.replicas);
      if (!place) {
        const spans = workerSpans(worker, cluster, rankLayout);
        const key = spansKey(spans);
        place = alike.get(key) ?? { number: next++, spans };
        alike.set(key, place);
        byReplicas.set(worker.replicas, place);
      }
      return place;
    },
    layoutNumber,
    holdsFor: ({ domainGpus, gpusPerNode }, layout) =>
      domainGpus === cluster.domainGpus && gpusPerNode === cluster.gpusPerNode && layout === rankLayout,
  };
}
