/** What a file for a platform starts, read back: the same for every platform, so that it can be held against the plan. */
import type { EngineName } from '../../../planner/engine.ts';
import type { Role } from '../../serving/worker.ts';
import type { ReadableFile } from '../readable-file.ts';
import type { Started } from '../shell-run.ts';

/** One process, as the platform would have it started. */
export interface PlatformProcess {
  readonly started: Started;
  /** The engine's own configuration, where it reads one. */
  readonly files: readonly ReadableFile[];
  /** What the platform calls the worker's node 0 and this one; undefined where no process is told. */
  readonly head?: string;
  readonly node?: string;
}

/** Workers of one kind. */
export interface ReadWorkers {
  readonly role: Role;
  readonly workers: number;
  /** Pods, or nodes of a job, that a worker has, and GPUs that each of them asks for. */
  readonly nodes: number;
  readonly gpusPerNode: number;
  /** The platform may put what the plan has on one node on several: its pods are parts of a node. */
  readonly splitsNodes?: boolean;
  /** The whole node is a worker's to see, and its process says which GPUs it takes. */
  readonly sharesNodes?: boolean;
  /** Where clients or a router look for a worker, if the file says so. */
  readonly portOf?: (worker: number) => number | undefined;
  /** Nobody but the process says where it answers and at which address it is reached. */
  readonly saysItself: 'all' | 'address' | 'nothing';
  /** No other worker is in its domain of fast links. */
  readonly hasDomain?: boolean;
  /** Where each worker begins, if the file says so. */
  readonly firstNodes?: readonly number[];
  readonly processOf: (worker: number, nodeRank: number) => PlatformProcess;
  /** Processes that say where they are; where the platform numbers nodes only when it starts them, one stands for all. */
  readonly numbered: boolean;
}

export interface ReadPlatform {
  readonly engine: EngineName;
  readonly workers: readonly ReadWorkers[];
  readonly faults: readonly string[];
  /** Checkpoints that the file names, once for each time. */
  readonly checkpoints: readonly string[];
  /** The command that hands requests on, and the address of each worker of each kind, in order. */
  readonly router?: {
    readonly started: Started;
    readonly addresses: Readonly<Partial<Record<Role, readonly string[]>>>;
  };
}

/** Stand-ins for what is only known on the cluster: whoever mixes two of them up is seen. */
export const stand = {
  model: 'checkpoint-of-the-plan',
  draft: 'checkpoint-that-guesses',
  head: 'address-of-the-head',
  node: 'address-of-this-node',
} as const;

export function roleOfWord(word: string): Role | undefined {
  if (word === 'worker') return 'both';
  return word === 'prefill' || word === 'decode' ? word : undefined;
}

export function startedAs(command: readonly string[], environment: ReadonlyMap<string, string> = new Map()): Started {
  return { command, environment, written: new Map() };
}
