/** The requests as callers write them: closed objects, units last in a field's name. Resolved into the planner's nouns in ../resolve.ts. */
import { type Static, Type } from 'typebox';
import { servingModes } from '../../planner/strategy.ts';
import { objectives } from '../../planner/workload.ts';
import { Claims } from './claims.ts';
import { EngineSettings, EngineWord } from './engine-request.ts';
import { closed, count, name, positive, words } from './fields.ts';
import { limits } from './limits.ts';
import { Model } from './model-request.ts';
import { StrategyInput } from './strategy-request.ts';
import { Workload } from './workload-request.ts';

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

export const GpuName = name(
  'A GPU of the catalog (GET /gpus), in any case: its figures, its fast domain and its links are then filled in.',
);

export const Cluster = Type.Object(
  {
    nodes: count(limits.gpus, 'Nodes in the cluster.'),
    gpusPerNode: count(1024, 'GPUs in each node.'),
    gpu: Type.Union([GpuName, Gpu], { description: 'A GPU of the catalog, or one by its datasheet.' }),
    intraNode: Type.Optional(Link),
    interNode: Type.Optional(Link),
    nvlinkDomainGpus: Type.Optional(
      count(
        limits.gpus,
        'GPUs that share the fast links, where that is neither gpusPerNode nor what the catalog has for the GPU (72 on an NVL72).',
      ),
    ),
  },
  { ...closed, $id: 'Cluster', description: 'The hardware.' },
);

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
    replicas: Type.Optional(Bound('Copies of the whole; in serving the number of workers of a kind.')),
    gpus: Type.Optional(Bound('GPUs used.')),
    memoryFreeGiB: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1e5, description: 'Memory to keep free on every GPU, in GiB.' }),
    ),
  },
  {
    ...closed,
    $id: 'Constraints',
    description:
      'Pins or bounds. Where prompts and answers have workers of their own, degrees bind those of either kind.',
  },
);

export const Objective = words(
  objectives,
  'What the best strategy is best at (default balance). latency: least stepMs (serving: tpotMs, then ttftMs). throughput: most ' +
    'tokensPerSecond. memory: least totalBytes. cost: fewest GPUs, then most tokensPerSecond. balance: most GPUs, then fewest experts ' +
    'a GPU, fewest stages, etp = tp, least totalBytes, least stepMs.',
);

export const Options = Type.Object(
  {
    top: Type.Optional(
      Type.Integer({ minimum: 0, maximum: limits.top, description: 'Alternatives that come back (default 5).' }),
    ),
    memoryAccounting: Type.Optional(
      words(
        ['physical', 'published-summary'],
        'physical (the default), or the words and formulas of the reference deployment’s published table, labelled as a convention. Of a batch alone.',
      ),
    ),
    modes: Type.Optional(
      Type.Array(words(servingModes, 'Whether prompts and answers share workers, or have workers of their own.'), {
        minItems: 1,
        maxItems: servingModes.length,
        description: 'Serving: which modes compete (default both).',
      }),
    ),
  },
  { ...closed, description: 'How to answer.' },
);

const problem = {
  cluster: Cluster,
  model: Model,
  workload: Workload,
  engine: Type.Optional(EngineWord),
  engineSettings: Type.Optional(EngineSettings),
};

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
