/**
 * Ray Serve's configuration of ray.serve.llm back into workers. Keys: ray-project/ray doc/source/serve/llm/user-guides/configuration.md @07b40725; engine
 * arguments are vLLM's flags by their Python names.
 */
import { type Static, Type } from 'typebox';
import { Unreadable } from '../shell-words.ts';
import { type ReadPlatform, type ReadWorkers, stand, startedAs } from './platform-reading.ts';
import { closed } from './pod-schema.ts';
import { documentsOf, heldTo } from './yaml-documents.ts';

const count = Type.Integer({ minimum: 1 });

const Configuration = closed({
  model_loading_config: closed({
    model_id: Type.String({ minLength: 1 }),
    model_source: Type.String({ minLength: 1 }),
  }),
  engine_kwargs: Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]*$' }), Type.Unknown()),
  placement_group_config: closed({
    bundles: Type.Array(closed({ CPU: count, GPU: Type.Literal(1) }), { minItems: 1 }),
    strategy: Type.Union([Type.Literal('STRICT_PACK'), Type.Literal('PACK')]),
  }),
  deployment_config: closed({ num_replicas: count }),
  runtime_env: Type.Optional(closed({ env_vars: Type.Record(Type.String(), Type.String()) })),
});
type Configuration = Static<typeof Configuration>;

const file = <Args extends ReturnType<typeof closed>>(builder: string, args: Args) =>
  closed({
    applications: Type.Array(
      closed({
        name: Type.String(),
        route_prefix: Type.Literal('/'),
        import_path: Type.Literal(`ray.serve.llm:${builder}`),
        args,
      }),
      { minItems: 1, maxItems: 1 },
    ),
  });

const One = closed({ llm_configs: Type.Array(Configuration, { minItems: 1, maxItems: 1 }) });
const Grouped = closed({ llm_config: Configuration });
const Apart = closed({ prefill_config: Configuration, decode_config: Configuration });
const files = {
  build_openai_app: file('build_openai_app', One),
  build_dp_openai_app: file('build_dp_openai_app', Grouped),
  build_pd_openai_app: file('build_pd_openai_app', Apart),
} as const;

/** A flag of vLLM as a command would have it. */
function flagOf([key, value]: readonly [string, unknown]): readonly string[] {
  const flag = `--${key.replaceAll('_', '-')}`;
  if (value === true) return [flag];
  if (typeof value === 'string' || typeof value === 'number') return [flag, String(value)];
  if (typeof value === 'object' && value !== null) return [flag, JSON.stringify(value)];
  throw new Unreadable(`${key} is ${String(value)}`);
}

function workersOf(configuration: Configuration, role: ReadWorkers['role']): ReadWorkers {
  const { engine_kwargs, placement_group_config, deployment_config, runtime_env } = configuration;
  const dp = Number(engine_kwargs.data_parallel_size ?? 1);
  const command = ['vllm', 'serve', stand.model, ...Object.entries(engine_kwargs).flatMap(flagOf)].map((word) =>
    // Drafts are named within a structure.
    word.replace(/"model":"[^"]+"/, `"model":"${stand.draft}"`),
  );
  return {
    role,
    workers: deployment_config.num_replicas,
    nodes: 1,
    gpusPerNode: placement_group_config.bundles.length * dp,
    splitsNodes: placement_group_config.strategy === 'PACK' || dp > 1,
    numbered: false,
    saysItself: 'nothing',
    processOf: () => ({
      started: startedAs(command, new Map(Object.entries(runtime_env?.env_vars ?? {}))),
      files: [],
    }),
  };
}

export function readRay(text: string): ReadPlatform {
  const documents = documentsOf(text);
  const [document, another] = documents;
  if (!document || another) throw new Unreadable(`the file has ${documents.length} documents`);
  const built = /^ {4}import_path: ray\.serve\.llm:(\w+)$/m.exec(text)?.[1];
  const read = (
    configurations: readonly Configuration[],
    workers: readonly ReadWorkers[],
    grouped: boolean,
  ): ReadPlatform => {
    const dp = workers.some((each) => each.processOf(0, 0).started.command.includes('--data-parallel-size'));
    return {
      engine: 'vllm',
      workers,
      checkpoints: configurations.map((each) => each.model_loading_config.model_source),
      faults: [
        ...(workers.length === 1 && dp !== grouped
          ? [`${built} is not the builder for data parallelism ${dp ? 'of several' : 'of one'}`]
          : []),
        ...(new Set(configurations.map((each) => each.model_loading_config.model_id)).size > 1
          ? ['prefill and decode workers serve models of different names']
          : []),
      ],
    };
  };
  switch (built) {
    case 'build_openai_app': {
      const [application] = heldTo(files[built], document).applications;
      const { llm_configs } = heldTo(One, { kind: 'args', content: application?.args });
      return read(
        llm_configs,
        llm_configs.map((each) => workersOf(each, 'both')),
        false,
      );
    }
    case 'build_dp_openai_app': {
      const [application] = heldTo(files[built], document).applications;
      const { llm_config } = heldTo(Grouped, { kind: 'args', content: application?.args });
      return read([llm_config], [workersOf(llm_config, 'both')], true);
    }
    case 'build_pd_openai_app': {
      const [application] = heldTo(files[built], document).applications;
      const { prefill_config, decode_config } = heldTo(Apart, { kind: 'args', content: application?.args });
      return read(
        [prefill_config, decode_config],
        [workersOf(prefill_config, 'prefill'), workersOf(decode_config, 'decode')],
        false,
      );
    }
    default:
      throw new Unreadable(`no builder that launch files use: ${built ?? 'none'}`);
  }
}
