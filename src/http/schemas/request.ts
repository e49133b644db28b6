/** The requests as callers write them: closed objects, units last in a field's name. Resolved into the planner's nouns in ../resolve.ts. */
import { type Static, Type } from 'typebox';
import { objectives } from '../../planner/workload.ts';
import { Claims } from './claims.ts';

const closed = { additionalProperties: false } as const;

/** An integer of at least 1 with a ceiling: everything has a limit, and beyond it nobody means it. */
const count = (maximum: number, description: string) => Type.Integer({ minimum: 1, maximum, description });
/** A quantity with a floor as well: a rate of 1e-300 would overflow every time that is computed from it. */
const positive = (maximum: number, description: string) => Type.Number({ minimum: 0.001, maximum, description });
/** A closed list of words. Plain `enum`, since a union of constants makes poor messages and poor documentation. */
const words = <const T extends readonly string[]>(values: T, description: string) =>
  Type.Unsafe<T[number]>(Type.String({ enum: [...values], description }));
const name = (description: string) => Type.String({ minLength: 1, maxLength: 200, description });

export const limits = { gpus: 2 ** 20, top: 50 } as const;

export const Link = Type.Object(
  {
    name: Type.Optional(name('What the link is called, for the reader.')),
    bandwidthGBps: positive(1e6, '1e9 bytes a second, per GPU and per direction.'),
    latencyUs: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1e6, description: 'Microseconds an empty message takes.' }),
    ),
  },
  { ...closed, description: 'One tier of the network.' },
);

const peak = (rate: string) =>
  Type.Optional(positive(1e6, `Dense ${rate} peak, 1e12 operations a second, without sparsity.`));

export const Gpu = Type.Object(
  {
    name: Type.Optional(name('What the GPU is called, for the reader.')),
    memoryGiB: positive(1e5, 'Memory of one GPU in GiB (2^30 bytes).'),
    memoryBandwidthGBps: positive(1e6, 'HBM bandwidth, 1e9 bytes a second.'),
    peakTflops: Type.Object(
      { bf16: peak('bf16'), fp8: peak('fp8'), fp4: peak('fp4'), int8: peak('int8') },
      { ...closed, minProperties: 1, description: 'Dense peaks by number format; at least one.' },
    ),
  },
  { ...closed, description: 'A GPU by its datasheet.' },
);

export const Cluster = Type.Object(
  {
    nodes: count(limits.gpus, 'Nodes in the cluster.'),
    gpusPerNode: count(1024, 'GPUs in each node.'),
    gpu: Gpu,
    intraNode: Type.Optional(Link),
    interNode: Type.Optional(Link),
    nvlinkDomainGpus: Type.Optional(
      count(limits.gpus, 'GPUs that share the fast links, where that is not gpusPerNode (72 on an NVL72).'),
    ),
  },
  { ...closed, $id: 'Cluster', description: 'The hardware.' },
);

export const dtypes = ['bf16', 'fp16', 'fp8', 'mxfp8', 'fp4', 'mxfp4', 'int8', 'int4'] as const;
const Dtype = (description: string) => words(dtypes, description);

export const Precision = Type.Union(
  [
    Dtype('The weights of the matrices; activations and KV cache follow it. Norms, embedding and LM head are bf16.'),
    Type.Object(
      {
        weights: Dtype('Weights of the matrices.'),
        activations: Type.Optional(Dtype('What matrix products read their inputs in.')),
        kvCache: Type.Optional(Dtype('Elements of the KV cache.')),
      },
      closed,
    ),
  ],
  { description: 'Number formats.' },
);

export const LatentAttention = Type.Object(
  {
    queryRank: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 1e6, description: 'Rank of the query latent; 0 or absent: none.' }),
    ),
    kvRank: count(1e6, 'Rank of the KV latent.'),
    nopeDim: count(1e5, 'Head dimension without rotary embedding.'),
    ropeDim: count(1e5, 'Head dimension with rotary embedding.'),
    valueDim: count(1e5, 'Head dimension of the values.'),
  },
  { ...closed, description: 'Multi-head latent attention.' },
);

export const Moe = Type.Object(
  {
    experts: Type.Integer({ minimum: 2, maximum: 65536, description: 'Routed experts of a layer.' }),
    expertsPerToken: Type.Optional(count(65536, 'Routed experts a token visits (top-k).')),
    intermediateSize: count(1e7, 'Intermediate size of one routed expert.'),
    gated: Type.Optional(Type.Boolean({ description: 'Three matrices (gate, up, down) instead of two.' })),
    sharedIntermediateSize: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 1e7,
        description: 'Intermediate size of all shared experts of a layer together.',
      }),
    ),
    firstDenseLayers: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 10000,
        description: 'Leading layers with a dense FFN of model.intermediateSize instead of experts.',
      }),
    ),
  },
  { ...closed, description: 'A mixture of experts.' },
);

export const Model = Type.Object(
  {
    name: Type.Optional(name('What the model is called.')),
    layers: count(10000, 'Transformer layers.'),
    hiddenSize: count(1e6, 'Width of the residual stream.'),
    heads: Type.Optional(count(1e5, 'Attention heads.')),
    kvHeads: Type.Optional(count(1e5, 'Key-value heads.')),
    headDim: Type.Optional(count(1e5, 'Dimension of a head.')),
    mla: Type.Optional(LatentAttention),
    intermediateSize: Type.Optional(count(1e7, 'Intermediate size of dense FFNs.')),
    gated: Type.Optional(
      Type.Boolean({ description: 'Dense FFNs have three matrices (gate, up, down) instead of two.' }),
    ),
    moe: Type.Optional(Moe),
    vocabSize: Type.Optional(count(1e8, 'Vocabulary; absent: no embedding, no LM head, no logits.')),
    tiedEmbeddings: Type.Optional(Type.Boolean({ description: 'The LM head is the embedding table.' })),
    precision: Precision,
  },
  { ...closed, $id: 'Model', description: 'The language model.' },
);

export const BatchWorkload = Type.Object(
  {
    kind: words(['batch'], 'What is to be done.'),
    batchSize: count(1e8, 'Sequences in the batch.'),
    sequenceLength: count(1e8, 'Tokens of each sequence.'),
  },
  { ...closed, $id: 'Workload', description: 'One causal forward pass over a batch of prompts.' },
);

export const Workload = BatchWorkload;

const Bound = (description: string) =>
  Type.Union(
    [
      count(limits.gpus, 'Exactly this.'),
      Type.Object(
        { min: Type.Optional(count(limits.gpus, 'At least.')), max: Type.Optional(count(limits.gpus, 'At most.')) },
        { ...closed, minProperties: 1 },
      ),
    ],
    { description },
  );

export const Constraints = Type.Object(
  {
    tp: Type.Optional(Bound('Tensor parallelism.')),
    cp: Type.Optional(Bound('Context parallelism.')),
    dp: Type.Optional(Bound('Data parallelism.')),
    pp: Type.Optional(Bound('Pipeline stages.')),
    ep: Type.Optional(Bound('Expert parallelism.')),
    etp: Type.Optional(Bound('Tensor parallelism of each expert.')),
    replicas: Type.Optional(Bound('Copies of the whole.')),
    gpus: Type.Optional(Bound('GPUs used.')),
    memoryFreeGiB: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1e5, description: 'Memory to keep free on every GPU, in GiB.' }),
    ),
  },
  { ...closed, $id: 'Constraints', description: 'Pins or bounds.' },
);

export const Objective = words(
  objectives,
  'What the best strategy is best at (default balance). latency: least stepMs. throughput: most tokensPerSecond. memory: least ' +
    'totalBytes. cost: fewest GPUs, then most tokensPerSecond. balance: most GPUs, then fewest experts a GPU, fewest stages, ' +
    'etp = tp, least totalBytes, least stepMs.',
);

export const Options = Type.Object(
  {
    top: Type.Optional(
      Type.Integer({ minimum: 0, maximum: limits.top, description: 'Alternatives that come back (default 5).' }),
    ),
    memoryAccounting: Type.Optional(
      words(
        ['physical', 'published-summary'],
        'physical (the default), or the words and formulas of the reference deployment’s published table, labelled as a convention.',
      ),
    ),
  },
  { ...closed, description: 'How to answer.' },
);

export const StrategyInput = Type.Object(
  {
    tp: Type.Optional(count(limits.gpus, 'Tensor parallelism of attention and dense layers.')),
    cp: Type.Optional(count(limits.gpus, 'Context parallelism.')),
    dp: Type.Optional(count(limits.gpus, 'Data parallelism.')),
    pp: Type.Optional(count(limits.gpus, 'Pipeline stages.')),
    ep: Type.Optional(count(limits.gpus, 'Expert parallelism.')),
    etp: Type.Optional(count(limits.gpus, 'Tensor parallelism of each expert; absent: min(tp, tp·cp·dp/ep).')),
    replicas: Type.Optional(count(limits.gpus, 'Copies of the whole.')),
    microBatchSize: Type.Optional(
      count(1e8, 'Sequences of a data-parallel rank that pass a stage together; absent: the fastest that fits.'),
    ),
  },
  { ...closed, $id: 'StrategyInput', description: 'Degrees of parallelism; absent means 1.' },
);

const problem = { cluster: Cluster, model: Model, workload: Workload };

export const PlanRequest = Type.Object(
  {
    ...problem,
    objective: Type.Optional(Objective),
    constraints: Type.Optional(Constraints),
    options: Type.Optional(Options),
  },
  { ...closed, $id: 'PlanRequest', description: 'What to plan.' },
);
export type PlanRequest = Static<typeof PlanRequest>;

const EstimateOptions = Type.Object(
  { memoryAccounting: Options.properties.memoryAccounting },
  { ...closed, description: 'How to answer.' },
);

export const EstimateRequest = Type.Object(
  { ...problem, options: Type.Optional(EstimateOptions), strategy: StrategyInput },
  { ...closed, $id: 'EstimateRequest', description: 'What to estimate.' },
);
export type EstimateRequest = Static<typeof EstimateRequest>;

export const VerificationRequest = Type.Object(
  { ...problem, strategy: StrategyInput, claims: Type.Optional(Claims) },
  { ...closed, $id: 'VerificationRequest', description: 'What to verify.' },
);
export type VerificationRequest = Static<typeof VerificationRequest>;
