/**
 * Whether a platform's file says what the plan says: how many workers, on how many nodes with how many GPUs, what each of their processes is told once
 * the platform has completed it, and whom requests are handed to.
 */
import { YAMLParseError } from 'yaml';
import type { EngineName } from '../../../planner/engine.ts';
import { readers, sample, sharedPorts } from '../check-launch.ts';
import { routed } from '../check-router.ts';
import { type ExpectedLaunch, type ExpectedWorkers, sharesOf } from '../expectation.ts';
import { processFaults } from '../process-faults.ts';
import type { ReadProcess } from '../read-process.ts';
import { Unreadable } from '../shell-words.ts';
import type { PlatformProcess, ReadPlatform, ReadWorkers } from './platform-reading.ts';
import { readDynamo } from './read-dynamo.ts';
import { readKserve } from './read-kserve.ts';
import { readLeaderWorkerSet } from './read-leaderworkerset.ts';
import { readRay } from './read-ray.ts';
import { readSlurm } from './read-slurm.ts';

export const platformReaders = {
  leaderworkerset: readLeaderWorkerSet,
  kserve: readKserve,
  dynamo: readDynamo,
  slurm: readSlurm,
  ray: readRay,
} as const satisfies Readonly<Record<string, (text: string, engine: EngineName) => ReadPlatform>>;
export type PlatformName = keyof typeof platformReaders;

type Fact = readonly [what: string, expected: number | string, found: number | string];

function differing(facts: readonly Fact[]): readonly string[] {
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
function shapeFacts(expected: ExpectedWorkers, read: ReadWorkers): readonly Fact[] {
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
function placeFacts(read: ReadWorkers, told: PlatformProcess, process: ReadProcess, nodeRank: number): readonly Fact[] {
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
function alike({ started: { command, environment }, node = '' }: PlatformProcess): string {
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

const valueAfter = (command: readonly string[], flag: string) =>
  command.includes(flag) ? command[command.indexOf(flag) + 1] : undefined;

interface Place {
  readonly engine: EngineName;
  readonly worker: number;
  readonly nodeRank: number;
}

/** Whether those who look for a process find it, and nobody looks for one that has nothing to say. */
function reachedFacts(
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

interface Told {
  readonly faults: readonly string[];
  readonly ports: readonly { readonly node: number; readonly worker: string; readonly port: number }[];
  readonly httpPorts: ReadonlyMap<number, number | undefined>;
  /** Where a prefill worker of SGLang is asked for caches. */
  readonly bootstrapPorts: ReadonlyMap<number, string | undefined>;
}

function toldWorkers(expected: ExpectedLaunch, workers: ExpectedWorkers, read: ReadWorkers): Told {
  const { role, grid } = workers;
  const faults = differing(shapeFacts(workers, read)).map((fault) => `${role}: ${fault}`);
  const ports: { node: number; worker: string; port: number }[] = [];
  const httpPorts = new Map<number, number | undefined>();
  const bootstrapPorts = new Map<number, string | undefined>();
  // Without nodes of its own to each, all workers of a kind are told the same.
  const looked = read.firstNodes ? sample(Math.min(grid.replicas, read.workers)) : [0];
  for (const worker of looked) {
    const shares = sharesOf(workers, worker);
    const first = alike(read.processOf(worker, 0));
    for (const nodeRank of read.numbered ? sample(read.nodes) : [0]) {
      const where = `${role} worker ${worker}, node ${nodeRank}: `;
      const told = read.processOf(worker, nodeRank);
      if (alike(told) !== first) faults.push(`${where}is told otherwise than node 0`);
      const found = readers[expected.engine](
        told.started,
        { layers: expected.layers, experts: expected.experts },
        told.files,
      );
      if (found.kind === 'unreadable') {
        faults.push(...found.faults.map((fault) => where + fault));
        continue;
      }
      const { process } = found;
      const share = shares[nodeRank];
      const all = Array.from({ length: grid.cluster.gpusPerNode }, (_, gpu) => gpu);
      faults.push(
        ...[
          ...found.faults,
          ...processFaults(workers, process),
          ...differing(reachedFacts(read, told, process, { engine: expected.engine, worker, nodeRank })),
          ...(read.numbered ? differing(placeFacts(read, told, process, nodeRank)) : []),
          ...(read.sharesNodes && share
            ? differing([
                ['GPUs that it may see', share.gpus.join(), (process.visible ?? all).join()],
                ['GPUs of a node', share.gpus.length, process.gpusHere],
              ])
            : differing([['GPUs that it may see', 'all of its pod', process.visible?.join() ?? 'all of its pod']])),
        ].map((fault) => where + fault),
      );
      if (read.sharesNodes && share)
        for (const port of process.ports) ports.push({ node: share.node, worker: `${role} ${worker}`, port });
      if (nodeRank > 0) continue;
      httpPorts.set(worker, process.httpPort);
      bootstrapPorts.set(worker, valueAfter(told.started.command, '--disaggregation-bootstrap-port'));
    }
  }
  return { faults, ports, httpPorts, bootstrapPorts };
}

function routerFaults(
  expected: ExpectedLaunch,
  read: ReadPlatform,
  told: ReadonlyMap<ExpectedWorkers['role'], Told>,
): readonly string[] {
  const { router } = read;
  if (!router) return [];
  const answering = expected.workers.flatMap(({ role }) =>
    (router.addresses[role] ?? []).flatMap((address, worker) => {
      const ports = told.get(role)?.httpPorts;
      // Workers that are all told the same answer on the same port.
      const port = ports?.get(ports.size === 1 ? 0 : worker);
      return port === undefined ? [] : [{ role, worker, url: `http://${address}:${port}` }];
    }),
  );
  const { urls, bootstrapPorts, faults } = routed(expected, router.started);
  const asked = told.get('prefill')?.bootstrapPorts ?? new Map<number, string | undefined>();
  const bootstraps = bootstrapPorts.flatMap((port, worker): readonly Fact[] => {
    // Workers that are all told the same are looked at once.
    if (asked.size > 1 && !asked.has(worker)) return [];
    return [
      [
        `bootstrap port of prefill worker ${worker}`,
        asked.get(asked.size === 1 ? 0 : worker) ?? 'none',
        port ?? 'none',
      ],
    ];
  });
  const found = [
    ...faults,
    ...(expected.engine === 'sglang' ? differing(bootstraps) : []),
    ...expected.workers.flatMap(({ role, grid }) => differing([[`${role} workers`, grid.replicas, urls[role].length]])),
    ...answering.flatMap(({ role, worker, url }) =>
      differing([[`address of ${role} worker ${worker}`, url, urls[role][worker] ?? 'none']]),
    ),
  ];
  return found.map((fault) => `router: ${fault}`);
}

/** Platforms on which nothing of their own hands requests from prefill to decode workers. */
const wantRouter: readonly PlatformName[] = ['leaderworkerset', 'slurm'];

function faultsIn(platform: PlatformName, expected: ExpectedLaunch, content: string): readonly string[] {
  const read = platformReaders[platform](content, expected.engine);
  const faults: string[] = [...read.faults];
  const told = new Map<ExpectedWorkers['role'], Told>();
  if (new Set(read.checkpoints).size > 1)
    faults.push(`the file names several checkpoints: ${read.checkpoints.join(', ')}`);
  if (read.engine !== expected.engine) faults.push(`the file is for ${read.engine}`);
  for (const workers of expected.workers) {
    const found = read.workers.filter(({ role }) => role === workers.role);
    const [only] = found;
    if (!only || found.length > 1) faults.push(`${workers.role} workers are there ${found.length} times`);
    else told.set(workers.role, toldWorkers(expected, workers, only));
  }
  if (read.workers.length !== expected.workers.length)
    faults.push(`the file has ${read.workers.length} kinds of workers`);
  if (expected.workers.length > 1 && wantRouter.includes(platform) && !read.router)
    faults.push('nothing hands requests on');
  const all = [...told.values()];
  return [
    ...faults,
    ...all.flatMap((each) => each.faults),
    ...sharedPorts(all.flatMap(({ ports }) => ports)),
    ...routerFaults(expected, read, told),
  ];
}

/** Everything that is wrong with a platform's file; none where there is nothing. */
export function platformFaults(platform: PlatformName, expected: ExpectedLaunch, content: string): readonly string[] {
  const named = content.split('\n').some((line) => line === `# Plan ${expected.planId}`);
  const unnamed = named ? [] : ['the file does not say of which plan it is'];
  try {
    return [...unnamed, ...faultsIn(platform, expected, content)];
  } catch (error) {
    if (error instanceof Unreadable || error instanceof YAMLParseError) return [...unnamed, error.message];
    throw error;
  }
}
