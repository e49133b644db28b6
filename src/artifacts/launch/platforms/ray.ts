/**
 * Ray Serve's configuration for ray.serve.llm (ray-project/ray doc/source/serve/llm/user-guides/configuration.md @07b40725, data-parallel-attention.md
 * @0718d5b0, prefill-decode.md @29ae5947; builders in python/ray/llm/_internal/serve/serving_patterns @01624ad4, @03f3ceda). Engine
 * arguments are vLLM's by their Python names; Ray places and numbers the processes.
 */
import type { LaunchPlan, LaunchRole, Setting, Settings } from '../launch-plan.ts';
import { degree, heading, platformArguments, type Refusal, settledWord, unnamedCheckpoint } from './platform.ts';
import { type Note, yamlText } from './yaml-text.ts';

/** Flags whose value is a structure of its own. */
const structured = ['--kv-transfer-config', '--eplb-config', '--speculative-config', '--compilation-config'];

function settingOf(flag: string, text: string | undefined): Setting {
  if (text === undefined) return true;
  if (structured.includes(flag)) return JSON.parse(text);
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

export const engineKey = (flag: string) => flag.replace(/^--/, '').replaceAll('-', '_');

function engineArguments(plan: LaunchPlan, role: LaunchRole): Settings {
  return Object.fromEntries(
    platformArguments('vllm', role).map(({ flag, value }) => [
      engineKey(flag),
      settingOf(flag, value && settledWord(value, plan)),
    ]),
  );
}

/** Ray names the address of KV transfers itself. */
function variables(plan: LaunchPlan, { environment }: LaunchRole): Settings {
  return Object.fromEntries(
    environment
      .filter(({ name }) => !name.startsWith('VLLM_NIXL_SIDE_CHANNEL'))
      .map(({ name, value }) => [name, settledWord(value, plan)]),
  );
}

function configuration(plan: LaunchPlan, role: LaunchRole): Settings {
  const { layout, workers } = role;
  const dp = degree(role, '--data-parallel-size');
  const gpus = (layout.nodes * layout.gpusPerNode) / dp;
  const environment = variables(plan, role);
  return {
    model_loading_config: {
      model_id: plan.model.repository ?? plan.model.name,
      model_source: plan.model.repository ?? unnamedCheckpoint,
    },
    engine_kwargs: engineArguments(plan, role),
    // Within a node: a rank whose GPUs were on two would send every layer over the network. Over nodes Ray fills one after another.
    placement_group_config: {
      bundles: Array.from({ length: gpus }, () => ({ CPU: 1, GPU: 1 })),
      strategy: layout.nodes === 1 || dp > 1 ? 'STRICT_PACK' : 'PACK',
    },
    // Of a data-parallel deployment, a replica is the whole group.
    deployment_config: { num_replicas: workers },
    ...(Object.keys(environment).length > 0 && { runtime_env: { env_vars: environment } }),
  };
}

const refusedEngines = {
  sglang:
    'ray.serve.llm runs vLLM; its SGLang server is new and has no replicas, no expert parallelism beyond a worker and no prefill beside decode',
  'tensorrt-llm': 'ray.serve.llm runs vLLM: it has no TensorRT-LLM server',
} as const;

export function rayRefusal({ engine, roles }: LaunchPlan): Refusal | undefined {
  if (engine !== 'vllm') return { why: refusedEngines[engine], nearest: 'the dynamo file' };
  for (const role of roles) {
    const { nodes, gpusPerNode } = role.layout;
    const dp = degree(role, '--data-parallel-size');
    const rank = (nodes * gpusPerNode) / dp;
    if (dp > 1 && rank > gpusPerNode)
      return {
        why: `ray.serve.llm keeps each data-parallel rank on one node: ranks of ${rank} GPUs do not fit ${gpusPerNode}`,
        nearest: `dp ${nodes} with ranks of ${gpusPerNode} GPUs, or the leaderworkerset file`,
      };
  }
  return undefined;
}

/** The application's builder, its arguments, and the keys down to each configuration. */
function applicationOf(plan: LaunchPlan): {
  readonly built: Settings;
  readonly paths: readonly (readonly (string | number)[])[];
} {
  const configurations = plan.roles.map((role) => ({ role, made: configuration(plan, role) }));
  if (configurations.length > 1) {
    const args = Object.fromEntries(configurations.map(({ role, made }) => [`${role.role}_config`, made]));
    return {
      built: { import_path: 'ray.serve.llm:build_pd_openai_app', args },
      paths: Object.keys(args).map((key) => [key]),
    };
  }
  const made = configurations.map((each) => each.made);
  const grouped = plan.roles.some((role) => degree(role, '--data-parallel-size') > 1);
  return grouped
    ? {
        built: {
          import_path: 'ray.serve.llm:build_dp_openai_app',
          args: Object.fromEntries(made.map((each) => ['llm_config', each])),
        },
        paths: [['llm_config']],
      }
    : {
        built: { import_path: 'ray.serve.llm:build_openai_app', args: { llm_configs: made } },
        paths: [['llm_configs', 0]],
      };
}

export function rayServe(plan: LaunchPlan): string {
  const { built, paths } = applicationOf(plan);
  const settings: Settings = { applications: [{ name: 'llm', route_prefix: '/', ...built }] };
  const configurations = paths.map((path) => ['applications', 0, 'args', ...path]);
  const notes = configurations.slice(0, 1).map(
    (path): Note => ({
      above: [...path, 'engine_kwargs'],
      lines: ['Where the Ray cluster has several kinds of GPU, name the plan’s: accelerator_type: H100'],
    }),
  );
  const rows = configurations.map((path) => [...path, 'placement_group_config', 'bundles']);
  const head = heading(
    plan,
    'Ray Serve (ray.serve.llm of Ray 2.57 or later)',
    'Ray chooses the nodes: the plan’s GPUs are asked for by number. A token for gated checkpoints comes from HF_TOKEN in the environment of the Ray cluster.',
    'Start with serve deploy on a Ray cluster of the plan’s nodes; clients reach port 8000.',
  );
  return yamlText(head, [{ settings, notes, rows }]);
}
