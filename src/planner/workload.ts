/** What the model is to do: one member of the union for each kind. */
export interface BatchWorkload {
  readonly kind: 'batch';
  /** Sequences in the batch. */
  readonly batchSize: number;
  /** Tokens of each sequence. */
  readonly sequenceLength: number;
}

/** How requests arrive. All figures are of the whole deployment. */
export type ServingLoad =
  /** A closed loop: so many clients, each of which asks again as soon as it is answered. */
  | { readonly kind: 'concurrency'; readonly concurrency: number }
  /** Open loop, Poisson arrivals. */
  | { readonly kind: 'rate'; readonly requestsPerSecond: number }
  /** More requests than can be served: the engine fills its batch. */
  | { readonly kind: 'saturated' }
  /** So many prompts together, then all their output together; nobody joins or leaves. */
  | { readonly kind: 'static'; readonly batch: number };

/** How tokens choose among experts. */
export type Routing =
  | { readonly kind: 'uniform' }
  /** As trained routers are known to choose, by a law for all models (cost/serving/skew.ts): nothing is known of this one. */
  | { readonly kind: 'usual' }
  /** The i-th most popular expert is chosen in proportion to i^-exponent. */
  | { readonly kind: 'zipf'; readonly exponent: number }
  /** Measured: how often each expert of a layer was chosen, in any unit; one number an expert. */
  | { readonly kind: 'loads'; readonly loads: readonly number[] };

export interface Slo {
  /** Seconds: the mean time to the first token that a client sees, queueing included. */
  readonly ttft?: number;
  /** Seconds: the mean of (end-to-end − TTFT)/(output − 1). */
  readonly tpot?: number;
  /** How probable it has to be that the bounds are kept when measured, 0.5 to 0.95; absent: predicted means keep them. */
  readonly confidence?: number;
  /** Where the bounds above are of predicted means instead, by how many times those asked for are longer (cost/serving/interval.ts). */
  readonly margins?: { readonly ttft: number; readonly tpot: number };
}

/** Multi-token prediction or another draft: so many tokens guessed a step, each accepted with this chance if those before it were. */
export interface Speculation {
  readonly tokens: number;
  readonly acceptance: number;
}

export interface ServingWorkload {
  readonly kind: 'serving';
  /** Mean tokens of a prompt, and of an answer. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Lengths of prompts and of answers are uniform in 1 ± this of their means; 0: all are equal. At most 1. */
  readonly lengthSpread: number;
  readonly load: ServingLoad;
  readonly slo: Slo;
  /** Share of a prompt's tokens that are found in the prefix cache, 0 to below 1. */
  readonly prefixCacheHitRate: number;
  readonly speculation?: Speculation;
  readonly routing: Routing;
}

export type Workload = BatchWorkload | ServingWorkload;

/** What is taken of lengths that nobody speaks of: InferenceX draws them from 0.8 to 1.0 of nominal, which is 1 ± 1/9, and most other runs have them all equal. */
export const usualLengthSpread = 1 / 14;

/** Tokens that a sequence gains in one step: 1 without speculation, else 1 + a + a² + … */
export function tokensPerStep({ speculation }: Pick<ServingWorkload, 'speculation'>): number {
  if (!speculation) return 1;
  let tokens = 1;
  let chance = 1;
  for (let i = 0; i < speculation.tokens; i++) {
    chance *= speculation.acceptance;
    tokens += chance;
  }
  return tokens;
}

/** Steps that a request decodes in: the first token comes with the prompt. */
export function decodeSteps(workload: Pick<ServingWorkload, 'speculation' | 'outputTokens'>): number {
  return (workload.outputTokens - 1) / tokensPerStep(workload);
}

export const objectives = ['balance', 'latency', 'throughput', 'memory', 'cost'] as const;
export type Objective = (typeof objectives)[number];
