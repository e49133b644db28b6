/** What a step has to do, and where. */
import type { Cluster } from '../../cluster.ts';
import type { Engine } from '../../engine.ts';
import type { Model } from '../../model.ts';
import type { LinkTime, Span } from '../collectives.ts';
import type { DraftRun } from './draft.ts';
import type { Popularity } from './skew.ts';
import type { WorkerLayout, WorkerSpans } from './worker.ts';

/** What the busiest data-parallel rank has to do in a step. Figures may be fractions: they are means. */
export interface StepWork {
  /** Sequences that decode, tokens of each that are computed (1 without speculation), and tokens in their context. */
  readonly sequences: number;
  readonly tokensEach: number;
  readonly context: number;
  /** Tokens over which their contexts are spread evenly around that: those of an answer. */
  readonly answer: number;
  /** Prompt tokens, of how many prompts, and the tokens of each that were in the cache before. */
  readonly promptTokens: number;
  readonly prompts: number;
  readonly history: number;
  /** Prompt tokens of the whole data-parallel group in this step. */
  readonly groupPromptTokens: number;
}

/** Of an engine, what its kernels' times follow from. */
export type KernelEngine = Pick<Engine, 'nativeFp8Cache' | 'fusesQuantisation' | 'exchange' | 'generatedExperts'>;

export interface StepContext {
  /** Its GPUs as they compute under the engine's load. */
  readonly cluster: Cluster;
  readonly model: Model;
  readonly engine: KernelEngine;
  /** Of the model's layers, and of its draft's. */
  readonly kinds: readonly DraftRun[];
  /** Whether the cp ranks of a worker share out its cache. */
  readonly sharesCache: boolean;
  /** What the experts' popularity does, before chance. */
  readonly popularity: Popularity;
  /** An all-reduce: a layer sums as many bytes after its mixer as after its FFN, and the next layer again. */
  readonly allReduce: (span: Span, bytes: number) => LinkTime;
}

/** A stage of a worker, in a step. */
export interface Placed {
  readonly work: StepWork;
  readonly worker: WorkerLayout;
  readonly spans: WorkerSpans;
  readonly tp: number;
  /** Tokens on each rank of the busiest data-parallel rank: all that decode, and of prompts its part. */
  readonly tokens: number;
  readonly inGraph: boolean;
}

/** Tokens of all data-parallel ranks together. */
export function groupTokens({ worker, work }: Pick<Placed, 'worker' | 'work'>): number {
  return worker.dp * work.sequences * work.tokensEach + work.groupPromptTokens;
}

/** Tokens that decode on the busiest data-parallel rank. */
export function decodingTokens({ work }: Pick<Placed, 'work'>): number {
  return work.sequences * work.tokensEach;
}

/** Of a data-parallel rank's tokens those that every rank of the stage has, so that experts need no exchange for them. */
export function commonTokens(at: Pick<Placed, 'worker' | 'work' | 'tokens'>): number {
  const { dp, cp } = at.worker;
  if (dp > 1) return 0;
  return cp === 1 ? at.tokens : decodingTokens(at);
}
