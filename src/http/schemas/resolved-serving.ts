/** `resolved` of an answer for serving: workload and engine with every default in place. */
import { Type } from 'typebox';
import { engineNames, generatedLayouts } from '../../planner/engine.ts';
import { closed, int, num, words } from './answer-fields.ts';
import { ResolvedEngineTimes } from './engine-times.ts';
import { ResolvedCluster } from './resolved.ts';
import { ResolvedModel } from './resolved-model.ts';
import { Routing, Speculative } from './workload-request.ts';

const ResolvedSlo = Type.Object(
  {
    ttftMs: Type.Optional(num('Bound of the mean time to the first token.')),
    tpotMs: Type.Optional(num('Bound of the mean time of each further token.')),
    confidence: Type.Optional(num('How probably each has to be kept when measured.')),
    means: Type.Optional(
      Type.Object(
        {
          ttftMs: Type.Optional(num('Of the TTFT.')),
          tpotMs: Type.Optional(num('Of the TPOT.')),
        },
        {
          ...closed,
          description: 'What predicted means have to keep, so that the bounds are kept with that confidence.',
        },
      ),
    ),
  },
  { ...closed, description: 'What clients are promised; a bound that is absent is none.' },
);

export const ResolvedServingWorkload = Type.Object(
  {
    kind: Type.Literal('serving'),
    inputTokens: int('Of a prompt.'),
    outputTokens: int('Of an answer.'),
    lengthSpread: num('Lengths are uniform in 1 ± this of their means.'),
    concurrency: Type.Optional(int('Clients of a closed loop.')),
    requestsPerSecond: Type.Optional(num('Poisson arrivals.')),
    saturated: Type.Optional(Type.Literal(true, { description: 'The engine fills its batch.' })),
    staticBatch: Type.Optional(int('Prompts together, then their answers together.')),
    slo: ResolvedSlo,
    prefixCacheHitRate: num('Share of a prompt’s tokens found in the prefix cache.'),
    speculative: Type.Optional(Speculative),
    routing: Routing,
  },
  closed,
);

const axis = words(['edp', 'etp', 'ep'], 'An axis.');

export const ResolvedEngine = Type.Object(
  {
    name: words([...engineNames, 'generic'], 'generic: no engine’s own rules bind.'),
    rankLayout: Type.Object(
      {
        stages: words(
          ['outside', 'below-dp'],
          'outside: all ranks of a stage are consecutive; below-dp: stages lie inside each data-parallel rank.',
        ),
        expert: Type.Array(axis, { description: 'How ranks of a stage are numbered by expert layers, slowest first.' }),
      },
      closed,
    ),
    memory: Type.Object(
      {
        basis: words(
          ['total', 'static', 'free'],
          'What memoryFraction is a share of: all memory; all memory, for weights and KV; what is free after loading.',
        ),
        memoryFraction: num('The engine’s own knob.'),
        overheadAloneBytes: num('Context and workspaces of a GPU that talks to no other.'),
        overheadWithCollectivesBytes: num('The same with the collectives library.'),
        logitBytes: num('Bytes of a logit while the largest batch is sampled.'),
        blockTokens: int('Tokens of a page of the KV cache.'),
        outputReserve: num('Share of an answer that a running sequence takes room for on average.'),
      },
      closed,
    ),
    maxBatchTokens: int('Tokens of a step of a data-parallel rank at most.'),
    maxSequences: int('Sequences that run at once on a data-parallel rank at most.'),
    nativeFp8Cache: Type.Boolean({
      description: 'Whether attention reads an FP8 cache at its own speed on GPUs before Blackwell.',
    }),
    fusesQuantisation: Type.Boolean({
      description: 'Whether the kernel that writes a product’s inputs quantises them to FP8 with one scale a tensor.',
    }),
    exchange: words(['deepep', 'allgather'], 'How experts exchange tokens where attention is data-parallel.'),
    generatedExperts: Type.Object(
      {
        fp4: words(generatedLayouts, 'In which layouts it runs them in NVFP4.'),
        fp8Block: words(generatedLayouts, 'In which layouts it runs them in FP8 with scales of blocks.'),
        fp4Sequences: int('In NVFP4: up to so many sequences on a worker.'),
      },
      { ...closed, description: 'Where it runs TensorRT-LLM’s generated kernels for experts, on GPUs that have them.' },
    ),
    times: ResolvedEngineTimes,
  },
  { ...closed, $id: 'ResolvedEngine', description: 'The engine as it was planned for.' },
);

export const ResolvedServing = Type.Object(
  {
    model: ResolvedModel,
    cluster: ResolvedCluster,
    workload: ResolvedServingWorkload,
    engine: ResolvedEngine,
    memoryFreeGiB: num('Kept free on each GPU as the constraints ask, beyond what the engine withholds.'),
  },
  { ...closed, $id: 'ResolvedServing', description: 'The request with every default in its place.' },
);
