/** What keeps a platform from starting a plan that the engine can, worked out from the strategy alone. Sources: docs/launch-platforms.md. */
import { type ExpectedLaunch, type ExpectedWorkers, sharesOf } from '../expectation.ts';
import type { PlatformName } from './check-platform.ts';

/** Workers that a file lists one by one for its router. */
const mostListed = 512;

function tooManyToList({ engine, workers }: ExpectedLaunch): readonly string[] {
  const all = workers.reduce((sum, { grid }) => sum + grid.replicas, 0);
  const listed = workers.length > 1 || (engine !== 'tensorrt-llm' && all > 1);
  return listed && all > mostListed ? [`a router is told ${all} workers`] : [];
}

interface Spread {
  readonly nodes: number;
  /** GPUs of a worker on each of them. */
  readonly own: number;
  readonly grid: ExpectedWorkers['grid'];
}

/** Of vLLM's workers. */
function dynamoCannot({ nodes, own, grid: { tp, cp, dp, pp } }: Spread): readonly string[] {
  if (nodes === 1) return [];
  if (cp > 1) return ['its operator has no context parallelism over nodes'];
  return dp > 1 && tp * pp > own ? ['its operator spreads a rank over nodes or ranks over nodes'] : [];
}

/** Its pods are whole data-parallel ranks or whole stages. */
function kserveCannot({ nodes, own, grid: { tp, cp, dp, pp } }: Spread): readonly string[] {
  if (nodes === 1) return [];
  if (cp > 1) return ['it has no context parallelism over pods'];
  if (dp > 1) return pp > 1 || dp % nodes !== 0 ? ['its pods are whole data-parallel ranks of one stage'] : [];
  return pp === 1 || tp > own ? ['its pods are whole stages'] : [];
}

function rayCannot({ own, grid: { tp, cp, dp, pp } }: Spread): readonly string[] {
  return dp > 1 && tp * cp * pp > own ? ['it keeps each data-parallel rank on one node'] : [];
}

const ofVllm = { dynamo: dynamoCannot, kserve: kserveCannot, ray: rayCannot } as const;

export function platformObstacles(platform: PlatformName, expected: ExpectedLaunch): readonly string[] {
  const { engine } = expected;
  const spreads = expected.workers.map((workers): Spread => {
    const shares = sharesOf(workers, 0);
    return { nodes: shares.length, own: shares[0]?.gpus.length ?? 0, grid: workers.grid };
  });
  switch (platform) {
    case 'leaderworkerset':
      return engine === 'tensorrt-llm' && spreads.some(({ nodes }) => nodes > 1)
        ? ['MPI has to reach its pods by ssh']
        : tooManyToList(expected);
    case 'slurm':
      return tooManyToList(expected);
    case 'dynamo':
      return engine === 'vllm' ? spreads.flatMap(ofVllm.dynamo) : [];
    case 'kserve':
    case 'ray':
      return engine === 'vllm' ? spreads.flatMap(ofVllm[platform]) : ['it runs vLLM alone'];
  }
}
