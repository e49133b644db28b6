/** Which nodes and GPUs each worker of a kind has, as the placement says, in a few sites whatever their number. */
import type { Placement } from '../../planner/placement.ts';
import type { WorkerLayout, WorkerSite } from './launch-plan.ts';

export interface LaidOut {
  readonly placement: Pick<Placement, 'gpuOf' | 'world'>;
  readonly workers: number;
  readonly cluster: { readonly gpusPerNode: number; readonly nvlinkDomainGpus: number };
}

export type LayoutResult =
  | { readonly kind: 'even'; readonly layout: WorkerLayout }
  /** Nodes have unequal parts of a worker, workers unequal nodes, or something lies between them. */
  | { readonly kind: 'uneven'; readonly why: string };

/** GPUs of a worker on each of its nodes in order. GPUs rise with ranks, so a walk from rank to rank of the next node meets all. */
interface Share {
  readonly node: number;
  readonly firstGpu: number;
  readonly gpus: number;
}

function sharesOf({ placement, cluster, workers }: LaidOut, worker: number): readonly Share[] {
  const ranks = placement.world / workers;
  const shares: Share[] = [];
  for (let rank = worker * ranks; rank < (worker + 1) * ranks; ) {
    const { gpu, node } = placement.gpuOf(rank);
    const left = Math.min(cluster.gpusPerNode, (worker + 1) * ranks - rank);
    let gpus = 1;
    while (gpus < left && placement.gpuOf(rank + gpus).gpu === gpu + gpus && placement.gpuOf(rank + gpus).node === node)
      gpus += 1;
    shares.push({ node, firstGpu: gpu % cluster.gpusPerNode, gpus });
    rank += gpus;
  }
  return shares;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** A fast domain, or the node where that is larger: ranks fill one like another, all but the first. */
function repetition({ placement, workers, cluster }: LaidOut) {
  const { gpusPerNode, nvlinkDomainGpus } = cluster;
  const block = Math.max(gpusPerNode, nvlinkDomainGpus);
  const blockOf = (rank: number) => Math.floor(placement.gpuOf(rank).gpu / block);
  const first = blockOf(0);
  const from = (wanted: number) => {
    let low = 0;
    let high = placement.world;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (blockOf(middle) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const ranks = placement.world / workers;
  const second = from(first + 1);
  const aligned = placement.gpuOf(0).gpu % block === 0;
  const perBlock = aligned ? second : from(first + 2) - second;
  const prefix = aligned ? 0 : Math.min(workers, Math.ceil(second / ranks));
  if (prefix === workers) return { prefix, period: 0, nodesPerPeriod: 0 };
  const period = Math.min(workers - prefix, perBlock / gcd(ranks, perBlock));
  const blocks = (period * ranks) / perBlock;
  return { prefix, period, nodesPerPeriod: (blocks * block) / gpusPerNode };
}

export function layoutOf(laid: LaidOut): LayoutResult {
  const { cluster } = laid;
  const { prefix, period, nodesPerPeriod } = repetition(laid);
  const sites: WorkerSite[] = [];
  let first: readonly Share[] | undefined;
  for (let worker = 0; worker < prefix + period; worker++) {
    const shares = sharesOf(laid, worker);
    first ??= shares;
    const [share] = first;
    if (!share) break;
    const consecutive = shares.every(({ node }, i) => node === (shares[0]?.node ?? 0) + i);
    if (!consecutive)
      return {
        kind: 'uneven',
        why: `worker ${worker} leaves out a node or a GPU between its own: launch files want what it has to follow one another`,
      };
    if (shares.some(({ gpus }) => gpus !== share.gpus) || shares.length !== first.length) {
      const told = (each: readonly Share[]) => each.map(({ gpus }) => gpus).join(' + ');
      return {
        kind: 'uneven',
        why: `worker ${worker} has ${told(shares)} GPUs of its nodes and worker 0 has ${told(first)}: launch files want the same number of GPUs on every node of every worker`,
      };
    }
    sites.push({ firstNode: shares[0]?.node ?? 0, firstGpus: shares.map(({ firstGpu }) => firstGpu) });
  }
  const gpusPerNode = first?.[0]?.gpus ?? 0;
  const layout: WorkerLayout = {
    nodes: first?.length ?? 0,
    gpusPerNode,
    wholeNodes: gpusPerNode === cluster.gpusPerNode,
    prefix,
    period: Math.max(1, period),
    nodesPerPeriod,
    sites,
  };
  return { kind: 'even', layout };
}
