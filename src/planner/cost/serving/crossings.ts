/**
 * Which groups of a serving strategy leave their fast domain or their node: read off the placement, since engines nest ranks in ways that a
 * stride does not tell, and the decode workers of a disaggregated strategy start where the prefill workers end.
 */
import type { CollectiveUse, GroupKind } from '../../estimate.ts';
import { firstGpuAfter, type Placement, placementOf } from '../../placement.ts';
import type { ServingEstimate } from '../../serving-estimate.ts';
import type { ServingSetting } from '../../serving-result.ts';
import type { ServingStrategy, WorkerStrategy } from '../../strategy.ts';

interface Crossing {
  readonly crossesDomains: boolean;
  readonly crossesNodes: boolean;
}

/** GPUs rise with ranks and members with their places, so a group leaves exactly when its last member does. */
function crossingOf(placement: Placement, kind: GroupKind, ranks: number): Crossing {
  let crossesDomains = false;
  let crossesNodes = false;
  for (let rank = 0; rank < ranks && !(crossesDomains && crossesNodes); rank++) {
    const { size, position, member } = placement.group(rank, kind);
    if (position > 0) continue;
    const first = placement.gpuOf(rank);
    const last = placement.gpuOf(member(size - 1));
    crossesDomains ||= first.domain !== last.domain;
    crossesNodes ||= first.node !== last.node;
  }
  return { crossesDomains, crossesNodes };
}

function workerCrossings({ cluster, model, engine }: ServingSetting, worker: WorkerStrategy, firstGpu: number) {
  const layout = engine.rankLayout;
  const placement = placementOf(worker, { cluster, model, layout, firstGpu });
  // Workers lie on the domains alike again after as many as a domain and a node have GPUs, counted from the second domain on.
  const perWorker = placement.world / worker.replicas;
  const ranks = Math.min(placement.world, cluster.domainGpus * (perWorker * cluster.gpusPerNode + 1));
  const known = new Map<GroupKind, Crossing>();
  const of = (kind: GroupKind): Crossing => {
    const found = known.get(kind) ?? crossingOf(placement, kind, ranks);
    known.set(kind, found);
    return found;
  };
  const uses = <T extends { readonly perCollective: readonly CollectiveUse[] }>(communication: T): T => ({
    ...communication,
    perCollective: communication.perCollective.map((use) => ({ ...use, ...of(use.group) })),
  });
  return { uses, end: placement.gpuOf(placement.world - 1).gpu + 1 };
}

/** The estimate with what crosses told as it is. Times stand: they were computed for a worker that has the cluster to itself. */
export function withCrossings(
  setting: ServingSetting,
  strategy: ServingStrategy,
  estimate: ServingEstimate,
): ServingEstimate {
  if (strategy.mode === 'aggregated') {
    const { uses } = workerCrossings(setting, strategy, 0);
    return { ...estimate, communication: uses(estimate.communication) };
  }
  const { halves } = estimate;
  if (!halves) return estimate;
  const first = workerCrossings(setting, strategy.prefill, 0);
  const start = firstGpuAfter(first.end, strategy.decode, setting.cluster.domainGpus);
  const second = workerCrossings(setting, strategy.decode, start);
  return {
    ...estimate,
    communication: second.uses(estimate.communication),
    halves: {
      prefill: { ...halves.prefill, communication: first.uses(halves.prefill.communication) },
      decode: { ...halves.decode, communication: second.uses(halves.decode.communication) },
    },
  };
}
