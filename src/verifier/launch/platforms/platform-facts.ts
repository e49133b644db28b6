/** What there is to compare of a platform's workers and of each process that they start. */
import type { EngineName } from '../../../planner/engine.ts';
import { type ExpectedWorkers, sharesOf } from '../expectation.ts';
import type { ReadProcess } from '../read-process.ts';
import type { PlatformProcess, ReadWorkers } from './platform-reading.ts';

export type Fact = readonly [what: string, expected: number | string, found: number | string];

export function differing(facts: readonly Fact[]): readonly string[] {
  return facts
    .filter(([, expected, found]) => expected !== found)
    .map(([what, expected, found]) => `${what}: ${expected} in the plan, ${found} in the file`);
}

/** A worker of several nodes in one domain of fast links, which has no room for another beside it. */
function fillsDomain(expected: ExpectedWorkers): boolean {
  const shares = sharesOf(expected, 0);
  const gpus = shares.reduce((sum, share) => sum + share.gpus.length, 0);
  const { domainGpus } = expected.grid.cluster;
  return shares.length > 1 && gpus <= domainGpus && 2 * gpus > domainGpus;
}

/** Numbers of workers, nodes and GPUs. */
export function shapeFacts(expected: ExpectedWorkers, read: ReadWorkers): readonly Fact[] {
  const { grid } = expected;
  const shares = sharesOf(expected, 0);
  const own = shares[0]?.gpus.length ?? 0;
  const whole: readonly Fact[] = read.splitsNodes
    ? [['GPUs of a worker', shares.length * own, read.nodes * read.gpusPerNode]]
    : [
        ['nodes of a worker', shares.length, read.nodes],
        ['GPUs of a node', read.sharesNodes ? grid.cluster.gpusPerNode : own, read.gpusPerNode],
      ];
  return [
    ['workers', grid.replicas, read.workers],
    ...whole,
    ...(read.hasDomain === undefined
      ? []
      : ([['domain of its own', String(fillsDomain(expected)), String(read.hasDomain)]] as const)),
    ...(read.firstNodes ?? []).map(
      (node, worker): Fact => [`first node of worker ${worker}`, sharesOf(expected, worker)[0]?.node ?? -1, node],
    ),
  ];
}

/** Where a process believes that it is. Its ranks follow those of the nodes before it. */
export function placeFacts(
  read: ReadWorkers,
  told: PlatformProcess,
  process: ReadProcess,
  nodeRank: number,
): readonly Fact[] {
  const gpus = read.sharesNodes ? process.gpusHere : read.gpusPerNode;
  return [
    ['nodes that the engine counts', read.nodes, process.nodes],
    ['GPUs that the engine counts on a node', gpus, process.gpusHere],
    // MPI tells ranks their numbers.
    ...(process.headAddresses.length > 0 || read.nodes === 1
      ? []
      : ([['address of node 0', 'told', 'missing']] as const)),
    ...(told.started.command[0] === 'mpirun'
      ? []
      : ([['first rank of the node', nodeRank * process.gpusHere, process.firstRank]] as const)),
    ...process.headAddresses.map(
      (address): Fact => ['address of node 0', read.nodes > 1 ? (told.head ?? '') : '127.0.0.1', address],
    ),
    ...(process.nodeAddress === undefined
      ? []
      : ([['address of this node', told.node ?? '', process.nodeAddress]] as const)),
  ];
}

/** Flags that differ from node to node, with the number of their values. */
const placing: ReadonlyMap<string, number> = new Map([
  ['--host', 1],
  ['--port', 1],
  ['--headless', 0],
  ['--node-rank', 1],
  ['--data-parallel-start-rank', 1],
]);

/** What all nodes of a worker have to be told alike: ports where they meet, degrees, formats. */
export function alike({ started: { command, environment }, node = '' }: PlatformProcess): string {
  const words: string[] = [];
  for (let at = 0; at < command.length; at += 1) {
    const word = command[at] ?? '';
    const values = placing.get(word);
    if (values === undefined) words.push(word);
    else at += values;
  }
  const variables = [...environment]
    // Of a node’s GPUs a worker may have others on each node: they are held against the plan one by one.
    .filter(([name]) => name !== 'CUDA_VISIBLE_DEVICES')
    .map(([name, value]) => [name, value === node ? 'node' : value]);
  return JSON.stringify([words, variables]);
}

export const valueAfter = (command: readonly string[], flag: string) =>
  command.includes(flag) ? command[command.indexOf(flag) + 1] : undefined;

interface Place {
  readonly engine: EngineName;
  readonly worker: number;
  readonly nodeRank: number;
}

/** Whether those who look for a process find it, and nobody looks for one that has nothing to say. */
export function reachedFacts(
  read: ReadWorkers,
  { started }: PlatformProcess,
  process: ReadProcess,
  { engine, worker, nodeRank }: Place,
): readonly Fact[] {
  const { command, environment } = started;
  const headless = command.includes('--headless') ? 'headless' : 'answering';
  const first = nodeRank === 0;
  return [
    ...(engine === 'vllm' && read.numbered
      ? ([['what the node does', first ? 'answering' : 'headless', headless]] as const)
      : []),
    ...(first && read.saysItself === 'all'
      ? ([
          ['address that it answers on', '0.0.0.0', valueAfter(command, '--host') ?? 'none'],
          [
            'port that it answers on',
            (read.portOf ? read.portOf(worker) : process.httpPort) ?? 'one',
            process.httpPort ?? 'none',
          ],
        ] as const)
      : []),
    ...(engine === 'vllm' &&
    read.role !== 'both' &&
    read.saysItself !== 'nothing' &&
    !environment.has('VLLM_NIXL_SIDE_CHANNEL_HOST')
      ? ([['address for caches that move', 'told', 'missing']] as const)
      : []),
  ];
}
