/** `workload` of a request: a batch of prompts, or requests that are served. */
import { Type } from 'typebox';
import { closed, count, positive, words } from './fields.ts';

const kind = 'What is to be done.';

export const BatchWorkload = Type.Object(
  {
    kind: words(['batch'], kind),
    batchSize: count(1e8, 'Sequences in the batch.'),
    sequenceLength: count(1e8, 'Tokens of each sequence.'),
  },
  { ...closed, $id: 'BatchWorkload', description: 'One causal forward pass over a batch of prompts.' },
);

/** The fields that say how requests arrive: one of them, and no other beside it. */
export const loadKeys = ['concurrency', 'requestsPerSecond', 'saturated', 'staticBatch'] as const;

export const Slo = Type.Object(
  {
    ttftMs: Type.Optional(positive(1e9, 'Bound of the mean time to the first token, queueing included.')),
    tpotMs: Type.Optional(positive(1e9, 'Bound of the mean time of each further token.')),
    confidence: Type.Optional(
      Type.Number({
        minimum: 0.5,
        maximum: 0.95,
        description:
          'How probable it has to be that a bound is kept when measured, by the distribution of the interval that calibration errors justify: log-normal, its 90th percentile the upper end. Absent, the predicted mean keeps it, which is a probability of 0.5 where the mean is next to it.',
      }),
    ),
  },
  { ...closed, description: 'What clients are promised; a bound that is absent is none.' },
);

export const Speculative = Type.Object(
  {
    tokens: count(64, 'Tokens guessed a step.'),
    acceptance: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'The chance that a guess is right if those before it were.',
    }),
  },
  { ...closed, description: 'Multi-token prediction, or another draft.' },
);

export const Routing = Type.Union(
  [
    words(
      ['usual', 'uniform'],
      'usual: as unequally as trained routers usually choose, by Zipf’s law of 0.5, which no redundant experts are planned for (the default); uniform: every expert as often as any other.',
    ),
    Type.Object(
      {
        zipf: Type.Number({
          minimum: 0,
          maximum: 10,
          description: 'The i-th most popular expert is chosen in proportion to i to the power of −zipf.',
        }),
      },
      closed,
    ),
    Type.Object(
      {
        loads: Type.Array(
          Type.Number({ minimum: 0, maximum: 1e15, description: 'How often the expert was chosen, in any unit.' }),
          { maxItems: 65536, description: 'Measured: one number an expert of a layer.' },
        ),
      },
      closed,
    ),
  ],
  { description: 'How tokens choose among experts.' },
);

export const ServingWorkload = Type.Object(
  {
    kind: words(['serving'], kind),
    inputTokens: count(1e7, 'Mean tokens of a prompt.'),
    outputTokens: count(1e7, 'Mean tokens of an answer.'),
    lengthSpread: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description:
          'How far lengths differ: those of prompts and of answers are uniform in 1 ± this of their means. 0: all are equal; 0.111: uniform from 0.8 to 1.0 of a nominal length whose 0.9 is the mean. Default: 1/14 in a closed loop, else 0.',
      }),
    ),
    concurrency: Type.Optional(
      count(1e7, 'Closed loop: so many clients of the whole deployment, each asking again as soon as it is answered.'),
    ),
    requestsPerSecond: Type.Optional(positive(1e7, 'Open loop: Poisson arrivals at the whole deployment.')),
    saturated: Type.Optional(
      Type.Unsafe<true>(
        Type.Boolean({ enum: [true], description: 'More requests than can be served: the engine fills its batch.' }),
      ),
    ),
    staticBatch: Type.Optional(
      count(1e7, 'So many prompts together, then all their output together; nobody joins or leaves.'),
    ),
    slo: Type.Optional(Slo),
    prefixCacheHitRate: Type.Optional(
      Type.Number({
        minimum: 0,
        exclusiveMaximum: 1,
        description: 'Share of a prompt’s tokens found in the prefix cache (default 0).',
      }),
    ),
    speculative: Type.Optional(Speculative),
    routing: Type.Optional(Routing),
  },
  {
    ...closed,
    oneOf: loadKeys.map((key) => ({ title: key, required: [key], properties: { [key]: {} } })),
    $id: 'ServingWorkload',
    description: `Requests that are served steadily. The load is exactly one of ${loadKeys.join(', ')}.`,
  },
);

/** Told apart by `kind` (../explain-branch.ts). */
export const Workload = Type.Union([BatchWorkload, ServingWorkload], {
  $id: 'Workload',
  description: 'What the model is to do.',
});
