/**
 * KServe's LLMInferenceService v1alpha2 (kserve/kserve pkg/apis/serving/v1alpha2 @795d3cab, its rules in llm_inference_service_validation.go
 * @14232d55). The controller's presets start `vllm serve` (config/llmisvcconfig @01b12410, @04184a46): with a worker section they spell tensor,
 * pipeline or data parallelism from `parallelism` and number the pods; without one they spell none of them. What they do not spell is told in
 * VLLM_ADDITIONAL_ARGS, which their shell reads as a part of the command.
 */
import type { LaunchPlan, LaunchRole, Setting, Settings } from '../launch-plan.ts';
import { shellWord } from '../shell-words.ts';
import { engineImages } from './images.ts';
import {
  degree,
  engineTitles,
  has,
  heading,
  objectName,
  platformArguments,
  type Refusal,
  settledWord,
} from './platform.ts';
import { type Note, yamlText } from './yaml-text.ts';

interface Parallelism {
  readonly settings: Settings;
  /** Pods of a worker, GPUs of each. */
  readonly pods: number;
  readonly gpus: number;
  /** Flags that the preset spells from the settings. */
  readonly spelled: readonly string[];
}

type Found =
  | { readonly kind: 'found'; readonly parallelism: Parallelism }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

const no = (why: string, nearest: string): Found => ({ kind: 'refused', refusal: { why, nearest } });
const elsewhere = 'the leaderworkerset file';

function parallelismOf(role: LaunchRole): Found {
  const { nodes, gpusPerNode } = role.layout;
  const tensor = degree(role, '--tensor-parallel-size');
  const pipeline = degree(role, '--pipeline-parallel-size');
  const data = degree(role, '--data-parallel-size');
  const expert = has(role, '--enable-expert-parallel') ? { expert: true } : {};
  if (nodes === 1) {
    const settings = { tensor, ...(data > 1 && { data, dataLocal: data }), ...expert };
    return { kind: 'found', parallelism: { settings, pods: 1, gpus: gpusPerNode, spelled: [] } };
  }
  if (degree(role, '--prefill-context-parallel-size') > 1)
    return no('it has no word for context parallelism over several pods', elsewhere);
  if (data > 1 && pipeline > 1)
    return no(
      `it has pipeline or data parallelism over several pods, not both: pp ${pipeline} with dp ${data}`,
      `pp 1 with dp ${data * pipeline}, or ${elsewhere}`,
    );
  const dataLocal = data / nodes;
  if (data > 1 && !Number.isInteger(dataLocal))
    return no(
      `its pods hold whole data-parallel ranks: a rank of ${tensor} GPUs does not fit a node with ${gpusPerNode} of the worker’s`,
      `tp ${gpusPerNode} with dp ${nodes}, or ${elsewhere}`,
    );
  if (data > 1) {
    const settings = { tensor, data, dataLocal, ...expert };
    const spelled = ['--tensor-parallel-size', '--data-parallel-size', '--enable-expert-parallel'];
    return { kind: 'found', parallelism: { settings, pods: nodes, gpus: dataLocal * tensor, spelled } };
  }
  if (pipeline === 1)
    return no(
      `it spreads a worker over pods by pipeline or data parallelism, and tp ${tensor} on ${nodes} nodes is neither`,
      `pp ${nodes} with tp ${gpusPerNode}, or ${elsewhere}`,
    );
  if (tensor > gpusPerNode)
    return no(
      `each of its pods is a whole stage: tp ${tensor} does not fit ${gpusPerNode} GPUs of a node`,
      `tp ${gpusPerNode} with pp ${(pipeline * tensor) / gpusPerNode}, or ${elsewhere}`,
    );
  // The preset for pipelines spells no expert parallelism: the flag is told like any other.
  const settings = { tensor, pipeline };
  const spelled = ['--tensor-parallel-size', '--pipeline-parallel-size'];
  return { kind: 'found', parallelism: { settings, pods: pipeline, gpus: tensor, spelled } };
}

/** One argument a line, as the preset's shell reads them. */
function furtherArguments(role: LaunchRole, spelled: readonly string[]): string {
  const layout = { ...role.layout, sites: [] };
  const args = platformArguments('vllm', role, spelled).map(({ flag, value }) => {
    // The shell knows the draft by the container's own variable.
    return value ? `${flag} ${shellWord(value, layout).replaceAll('$draft_model', '$DRAFT_MODEL')}` : flag;
  });
  return args.join(' ');
}

function environment(plan: LaunchPlan, role: LaunchRole, spelled: readonly string[]): readonly Setting[] {
  const drafts = role.arguments.some(({ value }) =>
    value?.some((part) => typeof part !== 'string' && part.variable === 'draft-model'),
  );
  return [
    ...role.environment.map(({ name, value }) =>
      value.some((part) => typeof part !== 'string' && part.variable === 'node-address')
        ? { name, valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }
        : { name, value: settledWord(value, plan) },
    ),
    ...(drafts ? [{ name: 'DRAFT_MODEL', value: '/REPLACE/with-your-draft-checkpoint' }] : []),
    { name: 'VLLM_ADDITIONAL_ARGS', value: furtherArguments(role, spelled) },
  ];
}

function pod(plan: LaunchPlan, role: LaunchRole, { gpus, spelled }: Parallelism, answers: boolean): Settings {
  return {
    containers: [
      {
        name: 'main',
        env: environment(plan, role, spelled),
        resources: { limits: { 'nvidia.com/gpu': String(gpus) } },
        // The preset gives ten minutes to load the weights.
        ...(answers && { startupProbe: { periodSeconds: 10, failureThreshold: 360 } }),
      },
    ],
  };
}

function workload(plan: LaunchPlan, role: LaunchRole, parallelism: Parallelism): Settings {
  return {
    replicas: role.workers,
    parallelism: parallelism.settings,
    template: pod(plan, role, parallelism, true),
    ...(parallelism.pods > 1 && { worker: pod(plan, role, parallelism, false) }),
  };
}

function notes(at: readonly string[]): readonly Note[] {
  return [
    {
      above: [...at, 'template', 'containers'],
      lines: [
        'Gated checkpoints: name the account whose Secret has the token.',
        '  serviceAccountName: hf-account',
        `The presets’ image has to know the plan’s flags, as ${engineImages.vllm} does: name one as image of the container where it does not.`,
      ],
    },
    {
      above: [...at, 'template', 'containers', 0, 'resources'],
      lines: [
        'Over RDMA, ask for the devices beside the GPUs by the name that your device plugin gives them:',
        '  rdma/roce_gdr: "1"',
      ],
    },
  ];
}

export function kserveRefusal({ engine, roles }: LaunchPlan): Refusal | undefined {
  if (engine !== 'vllm')
    return {
      why: `its presets for several pods and for prefill beside decode start vLLM alone, and ${engineTitles[engine]} at most from a runtime of one pod`,
      nearest: 'the dynamo file',
    };
  return roles.flatMap((role) => {
    const found = parallelismOf(role);
    return found.kind === 'refused' ? [found.refusal] : [];
  })[0];
}

export function llmInferenceService(plan: LaunchPlan): string {
  const ready = plan.roles.flatMap((role) => {
    const found = parallelismOf(role);
    return found.kind === 'found' ? [{ role, parallelism: found.parallelism }] : [];
  });
  const main = ready.find(({ role }) => role.role !== 'prefill');
  if (!main) throw new RangeError('KServe cannot start the plan’s workers');
  const prefill = ready.find(({ role }) => role.role === 'prefill');
  const { repository } = plan.model;
  const schedules = prefill !== undefined || main.role.workers > 1;
  const settings: Settings = {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata: { name: objectName(plan) },
    spec: {
      model: {
        uri: repository ? `hf://${repository}` : 'pvc://REPLACE/with-your-checkpoint',
        name: repository ?? plan.model.name,
      },
      router: { route: {}, gateway: {}, ...(schedules && { scheduler: {} }) },
      ...workload(plan, main.role, main.parallelism),
      ...(prefill && { prefill: workload(plan, prefill.role, prefill.parallelism) }),
    },
  };
  const head = heading(
    plan,
    'an LLMInferenceService v1alpha2 (KServe)',
    ...ready
      .filter(({ role, parallelism }) => parallelism.pods > role.layout.nodes)
      .map(
        ({ parallelism }) =>
          `A pod is a stage of ${parallelism.gpus} GPUs: the scheduler says which stages share a node.`,
      ),
    'Apply with kubectl apply -f; the URL is in the status.',
  );
  return yamlText(head, [{ settings, notes: notes(['spec']) }]);
}
