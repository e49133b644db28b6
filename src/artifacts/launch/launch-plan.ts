/**
 * How a plan is started under one engine: who runs where, and what each process is told. Every launch file is written from this object and from
 * nothing else (shell scripts and the engine's own configuration here; manifests of a platform the same way).
 */
import type { EngineName } from '../../planner/engine.ts';
import type { Role } from '../served-workers.ts';

/**
 * What is not known before a process starts, or differs between processes. A platform has words of its own for each (a script's arguments, a
 * pod's environment).
 * - model: the checkpoint. draft-model: the checkpoint that guesses tokens.
 * - head-address: where the worker's node 0 is reached. node-address: where this node is reached.
 * - node-rank: this node's place in its worker, from 0, times so many.
 * - port: `base`, and `stride` for each local GPU before the first of the worker on its node 0. Workers that share a node differ in it.
 * - hostfile: lists the worker's nodes in order, for MPI. config-file: the engine's own configuration, beside the script.
 */
export type Part =
  | string
  | { readonly variable: 'model' | 'draft-model' | 'head-address' | 'node-address' | 'hostfile' | 'config-file' }
  | { readonly variable: 'node-rank'; readonly times: number }
  | { readonly variable: 'port'; readonly base: number; readonly stride: number };

/** Parts put together without a space between them: one word of a command line. */
export type Word = readonly Part[];

export interface Argument {
  readonly flag: string;
  /** Absent: the flag stands alone. */
  readonly value?: Word;
  /** Absent: on every node. head: on the worker's node 0 alone. followers: on all the others. */
  readonly on?: 'head' | 'followers';
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly value: Word;
}

/** Where one worker is: its nodes follow one another in the cluster. */
export interface WorkerSite {
  readonly firstNode: number;
  /** On each of its nodes in order, the local number of its first GPU. The others follow it. */
  readonly firstGpus: readonly number[];
}

/**
 * Where all workers of one kind are: they are alike but for the GPUs that they begin with. Worker w is on the site of its number
 * below `prefix + period`; the others repeat the last `period` of them, `nodesPerPeriod` nodes further on each time.
 */
export interface WorkerLayout {
  /** Of one worker. */
  readonly nodes: number;
  readonly gpusPerNode: number;
  /** Each of its nodes is its own, with every GPU. */
  readonly wholeNodes: boolean;
  readonly prefix: number;
  readonly period: number;
  readonly nodesPerPeriod: number;
  readonly sites: readonly WorkerSite[];
}

/** YAML, as data. Keys in the order in which they are written. */
export type Setting = string | number | boolean | readonly Setting[] | { readonly [key: string]: Setting };
export type Settings = Readonly<Record<string, Setting>>;

export interface LaunchRole {
  readonly role: Role;
  /** Equal workers, each an instance of the engine. */
  readonly workers: number;
  readonly layout: WorkerLayout;
  /** What is run, before its arguments. */
  readonly program: readonly Word[];
  readonly arguments: readonly Argument[];
  readonly environment: readonly EnvironmentVariable[];
  /** The engine's own configuration file, where it has one. */
  readonly settings?: Settings;
  /** mpi: started once, on node 0, and MPI starts the ranks of all nodes. each-node: started on every node. */
  readonly start: 'each-node' | 'mpi';
  /** Where node 0 of a worker answers HTTP. */
  readonly httpPort: Extract<Part, { variable: 'port' }>;
}

/** What takes requests and hands them to the workers, as the engine's documentation names it. */
export type Router =
  /** A command with an argument for each worker. `prefill`, `decode` and `worker` are flags that a worker's URL follows. */
  | {
      readonly kind: 'command';
      readonly program: readonly string[];
      readonly arguments: readonly (readonly string[])[];
      readonly workerFlags: Readonly<Partial<Record<Role, string>>>;
      /** URLs after one flag, or the flag before each of them. */
      readonly oneFlagForAll: boolean;
      /** Follows a prefill worker's URL. */
      readonly bootstrapPort?: Extract<Part, { variable: 'port' }>;
    }
  /** `trtllm-serve disaggregated`, with a YAML file that lists all workers. */
  | { readonly kind: 'disaggregated-yaml'; readonly port: number };

export interface LaunchPlan {
  readonly planId: string;
  readonly strategy: string;
  readonly engine: EngineName;
  readonly model: {
    readonly name: string;
    /** On Hugging Face. Absent: whoever starts the plan says which checkpoint it is, for the reason given. */
    readonly repository?: string;
    readonly missing?: string;
  };
  /** GPUs of a node, and of a domain of fast links. */
  readonly cluster: { readonly gpusPerNode: number; readonly nvlinkDomainGpus: number };
  readonly roles: readonly LaunchRole[];
  readonly router?: Router;
  /** What one has to know before one relies on the files. */
  readonly notes: readonly string[];
}

/** Where a worker is. Worker numbers count from 0 within their kind. */
export function siteOf({ sites, prefix, period, nodesPerPeriod }: WorkerLayout, worker: number): WorkerSite {
  const times = worker < prefix ? 0 : Math.floor((worker - prefix) / period);
  const site = sites[worker - times * period];
  if (!site) throw new RangeError(`there is no worker ${worker}`);
  return { ...site, firstNode: site.firstNode + times * nodesPerPeriod };
}
