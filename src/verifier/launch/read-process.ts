/** What a launch file tells one process of an engine, in the planner's words: the same for every engine, so that it can be held against the plan. */
import type { Role } from '../serving/worker.ts';

export interface ReadProcess {
  readonly role: Role;
  readonly tp: number;
  readonly cp: number;
  readonly dp: number;
  readonly pp: number;
  readonly ep: number;
  readonly etp: number;
  readonly redundantExperts: number;
  /** Parts that a sequence's cache is cut in. */
  readonly cacheParts: number;
  /** Layers of each stage. */
  readonly stages: readonly number[];
  /** Nodes of the worker, GPUs of it on each, and the worker's first rank on this one. */
  readonly nodes: number;
  readonly gpusHere: number;
  readonly firstRank: number;
  /** Share of memory, on the engine's own base. */
  readonly memoryFraction: number;
  readonly sequencesPerRank: number;
  readonly tokensPerStep: number;
  readonly contextTokens: number;
  readonly kvCache: '16-bit' | 'fp8' | 'fp4';
  /** either: it is on, whether the plan counts on it or not. */
  readonly usesPrefixCache: boolean | 'either';
  readonly guessedTokens: number;
  readonly model: string;
  /** Address of the worker's node 0, wherever it is told; none of a worker in one node. */
  readonly headAddresses: readonly string[];
  /** Where others reach this node, where the file says so. */
  readonly nodeAddress?: string;
  /** Format that what is not quantised is computed in. */
  readonly dtype: string;
  /** How experts exchange tokens, and for how many at a time; absent where the file leaves it to the engine. */
  readonly exchange?: 'deepep' | 'allgather';
  readonly kernels?: 'many tokens' | 'few tokens';
  /** Steps at most that prompts wait for those of other data-parallel ranks; absent of engines that are never told. */
  readonly waitsAtMost?: number;
  /** What multiplies experts; default: as the engine likes. Absent of engines that are never told. */
  readonly expertKernels?: 'generated' | 'CUTLASS' | 'DeepGEMM' | 'default';
  /** Requests of a rank up to which steps are held as graphs, where the file says so. */
  readonly mostInGraphs?: number;
  /** The HTTP port, where it answers. */
  readonly httpPort?: number;
  /** Ports that processes of this worker listen on, on this node. */
  readonly ports: readonly number[];
  /** GPUs that it may see, by their local numbers; absent: all of the node. */
  readonly visible?: readonly number[];
}

export type Read =
  | { readonly kind: 'read'; readonly process: ReadProcess; readonly faults: readonly string[] }
  | { readonly kind: 'unreadable'; readonly faults: readonly string[] };

/** What a file leaves to the engine: how many layers there are to deal, and whether they have experts. */
export interface ReadContext {
  readonly layers: number;
  /** Routed experts of a layer; 0 of a dense model. */
  readonly experts: number;
}

export function visibleGpus(environment: ReadonlyMap<string, string>): readonly number[] | undefined {
  const list = environment.get('CUDA_VISIBLE_DEVICES');
  return list === undefined ? undefined : list.split(',').map(Number);
}

/** A partition of layers that the environment gives, as numbers. */
export function partitionIn(list: string | undefined): readonly number[] | undefined {
  return list?.split(',').map(Number);
}
