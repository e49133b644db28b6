/** A strategy, and what the cost model says of it, as every answer has them. */
import { Type } from 'typebox';
import { closed, int, num, text, words } from './answer-fields.ts';
import {
  Balance,
  Communication,
  computeFields,
  evidenceFields,
  memoryShares,
  PhysicalMemory,
  timeFields,
} from './estimate-fields.ts';

export const Strategy = Type.Object(
  {
    name: text('EP TP ETP PP CP DP above 1, then xN for replicas.'),
    tp: int('Tensor parallelism.'),
    cp: int('Context parallelism.'),
    dp: int('Data parallelism.'),
    pp: int('Pipeline stages.'),
    ep: int('Expert parallelism.'),
    etp: int('Tensor parallelism of each expert.'),
    edp: int('Copies of each expert shard.'),
    replicas: int('Copies of the whole.'),
    microBatchSize: int('Sequences of a data-parallel rank that pass a stage together.'),
    gpus: int('GPUs used.'),
  },
  { ...closed, $id: 'Strategy', description: 'Degrees of parallelism.' },
);

export const MemoryPerGpu = Type.Union(
  [
    PhysicalMemory,
    Type.Object(
      {
        attentionWeightBytes: int('By the published formula.'),
        expertWeightBytes: int('By the published formula.'),
        activationBytes: int('By the published formula.'),
        totalBytes: int('The sum of the above.'),
      },
      { ...closed, description: 'With options.memoryAccounting "published-summary".' },
    ),
  ],
  { $id: 'MemoryPerGpu', description: 'Bytes on the rank that needs most.' },
);

export const Estimate = Type.Object(
  {
    memory: Type.Object(
      {
        perGpu: MemoryPerGpu,
        ...memoryShares,
        accounting: words(['physical', 'published-summary'], 'Whose words the account is in.'),
      },
      closed,
    ),
    compute: Type.Object(
      {
        ...computeFields,
        publishedUtilizationPercent: Type.Optional(num('The published compute figure: FLOPs over one second of peak.')),
      },
      closed,
    ),
    communication: Communication,
    time: Type.Object({ stepMs: num('One step.'), ...timeFields }, closed),
    throughput: Type.Object(
      { tokensPerSecond: num('Of the whole cluster.'), tokensPerSecondPerGpu: num('Divided by the GPUs used.') },
      closed,
    ),
    balance: Balance,
    ...evidenceFields,
  },
  { ...closed, $id: 'Estimate', description: 'What the cost model says of a strategy for a batch.' },
);
