/** What the model is to do. One kind so far: each new kind is one more member of the union. */
export interface BatchWorkload {
  readonly kind: 'batch';
  /** Sequences in the batch. */
  readonly batchSize: number;
  /** Tokens of each sequence. */
  readonly sequenceLength: number;
}

export type Workload = BatchWorkload;

export const objectives = ['balance', 'latency', 'throughput', 'memory', 'cost'] as const;
export type Objective = (typeof objectives)[number];
