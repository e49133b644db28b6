/**
 * Whether a platform's file says what the plan says: how many workers, on how many nodes with how many GPUs, what each of their processes is told once
 * the platform has completed it, and whom requests are handed to.
 */
import type { EngineName } from '../../../planner/engine.ts';
import { readers, sample, sharedPorts } from '../check-launch.ts';
import { routed } from '../check-router.ts';
import { type ExpectedLaunch, type ExpectedWorkers, sharesOf } from '../expectation.ts';
import { processFaults } from '../process-faults.ts';
import { Unreadable } from '../shell-words.ts';
import { alike, differing, type Fact, placeFacts, reachedFacts, shapeFacts, valueAfter } from './platform-facts.ts';
import type { ReadPlatform, ReadWorkers } from './platform-reading.ts';
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
    const head = read.processOf(worker, 0);
    let first: string | undefined;
    for (const nodeRank of read.numbered ? sample(read.nodes) : [0]) {
      const where = `${role} worker ${worker}, node ${nodeRank}: `;
      const told = nodeRank === 0 ? head : read.processOf(worker, nodeRank);
      if (nodeRank > 0) {
        first ??= alike(head);
        if (alike(told) !== first) faults.push(`${where}is told otherwise than node 0`);
      }
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
    if (error instanceof Unreadable) return [...unnamed, error.message];
    throw error;
  }
}
