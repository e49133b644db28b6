/** One process that a launch file starts, held against the plan. */
import type { ExpectedShare, ExpectedWorkers } from './expectation.ts';
import type { ReadProcess } from './read-process.ts';

/** Stand-ins for what is only known on the cluster: whoever mixes two of them up is seen. */
export const stand = {
  model: 'checkpoint-of-the-plan',
  draft: 'checkpoint-that-guesses',
  head: 'address-of-the-head',
  node: 'address-of-this-node',
  hostfile: 'hostfile-of-the-worker',
} as const;

type Compared = readonly [what: string, expected: number | string | boolean, read: number | string | boolean];

/** Shares of memory that were rounded to four digits. */
const rounding = 2e-4;

function comparisons(workers: ExpectedWorkers, read: ReadProcess): readonly Compared[] {
  const { grid, role } = workers;
  const moe = grid.ep * grid.etp > 1 || workers.redundantExperts > 0;
  return [
    ['role', role, read.role],
    ['model', stand.model, read.model],
    ...(['tp', 'cp', 'dp', 'pp'] as const).map((name): Compared => [name, grid[name], read[name]]),
    ...(moe || read.ep > 1 || read.etp > 1
      ? ([
          ['ep', grid.ep, read.ep],
          ['etp', grid.etp, read.etp],
        ] as const)
      : []),
    ['redundant experts', workers.redundantExperts, read.redundantExperts],
    ['parts of a sequence’s cache', workers.cacheParts, read.cacheParts],
    ['layers of the stages', workers.stages.join(), read.stages.join()],
    ['requests of a rank', workers.sequencesPerRank, read.sequencesPerRank],
    ['tokens of a step', workers.tokensPerStep, read.tokensPerStep],
    ['tokens of a context', workers.contextTokens, read.contextTokens],
    ['format of the KV cache', workers.kvCache, read.kvCache],
    ['format of what is computed', workers.dtype, read.dtype],
    ...(read.exchange === undefined ? [] : ([['exchange of tokens', workers.exchange, read.exchange]] as const)),
    ...(read.kernels === undefined || role === 'both'
      ? []
      : ([['tokens of an exchange', role === 'prefill' ? 'many tokens' : 'few tokens', read.kernels]] as const)),
    ...(read.mostInGraphs === undefined
      ? []
      : ([['requests of a step in graphs', workers.sequencesPerRank, read.mostInGraphs]] as const)),
    ...(read.usesPrefixCache === 'either'
      ? []
      : ([['prefix cache', workers.usesPrefixCache, read.usesPrefixCache]] as const)),
    ['guessed tokens', workers.guessedTokens, read.guessedTokens],
  ];
}

/** Nodes, GPUs, ranks and addresses. */
export function placeFaults(
  read: ReadProcess,
  shares: readonly ExpectedShare[],
  here: ExpectedShare,
  gpusPerNode: number,
) {
  const faults: string[] = [];
  const same = (what: string, expected: number | string, found: number | string) => {
    if (expected !== found) faults.push(`${what}: ${expected} in the plan, ${found} in the file`);
  };
  same('nodes of a worker', shares.length, read.nodes);
  same('GPUs of a node', here.gpus.length, read.gpusHere);
  same('first rank of the node', here.firstRank, read.firstRank);
  const all = Array.from({ length: gpusPerNode }, (_, gpu) => gpu);
  same('GPUs that it may see', here.gpus.join(), (read.visible ?? all).join());
  if (shares.length > 1 && read.headAddresses.length === 0) faults.push('nobody is told where node 0 is');
  const heads: readonly string[] = shares.length > 1 ? [stand.head, stand.hostfile] : ['127.0.0.1'];
  for (const address of read.headAddresses) {
    if (!heads.includes(address)) faults.push(`${address} is told as the address of node 0`);
  }
  if (read.nodeAddress !== undefined) same('address of this node', stand.node, read.nodeAddress);
  return faults;
}

/** Degrees, limits and formats. */
export function processFaults(workers: ExpectedWorkers, read: ReadProcess): readonly string[] {
  const faults = comparisons(workers, read)
    .filter(([, expected, found]) => expected !== found)
    .map(([what, expected, found]) => `${what}: ${expected} in the plan, ${found} in the file`);
  const { memoryFraction } = workers;
  const { waitsAtMost } = read;
  // A timer that runs is half through on average, and a whole number of steps.
  if (waitsAtMost !== undefined && !(Math.abs(waitsAtMost - 2 * workers.rankSteps) <= 0.5))
    faults.push(
      `steps that ranks wait for each other at most: ${2 * workers.rankSteps} by the plan, ${waitsAtMost} in the file`,
    );
  const kernels: readonly string[] = workers.expertKernels.length > 0 ? workers.expertKernels : ['default'];
  if (read.expertKernels !== undefined && !kernels.includes(read.expertKernels))
    faults.push(`kernels of the experts: ${kernels.join(' or ')} in the plan, ${read.expertKernels} in the file`);
  if (memoryFraction !== undefined && !(Math.abs(memoryFraction - read.memoryFraction) <= rounding))
    faults.push(`share of memory: ${memoryFraction} by the plan, ${read.memoryFraction} in the file`);
  return faults;
}
