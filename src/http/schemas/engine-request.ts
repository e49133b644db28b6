/** `engine` and `engineSettings` of a request. */
import { Type } from 'typebox';
import { engineNames } from '../../planner/engine.ts';
import { closed, count, words } from './fields.ts';

export const EngineWord = words(
  engineNames,
  'The serving engine, whose rules, rank order and memory knob then bind; absent: none in particular. Of a serving workload alone.',
);

export const EngineSettings = Type.Object(
  {
    memoryFraction: Type.Optional(
      Type.Number({
        minimum: 0.01,
        maximum: 1,
        description:
          'The engine’s own knob: --gpu-memory-utilization (vllm; of all memory), --mem-fraction-static (sglang; weights and KV), ' +
          'free_gpu_memory_fraction (tensorrt-llm; of what is free after loading).',
      }),
    ),
    maxBatchTokens: Type.Optional(
      count(1e7, 'Tokens of a step at most, decodes and prompt chunks together, on one data-parallel rank.'),
    ),
    maxSequences: Type.Optional(count(1e6, 'Sequences that run at once on one data-parallel rank at most.')),
  },
  {
    ...closed,
    $id: 'EngineSettings',
    description: 'What the engine is started with, where that is not its default. Of a serving workload alone.',
  },
);
