/**
 * NVIDIA Dynamo's DynamoGraphDeployment v1alpha1 (ai-dynamo/dynamo deploy/operator/api/v1alpha1 @00686d64, @015d780b). The operator numbers the nodes
 * of a worker itself: it adds the flags of several nodes to the engine's command (internal/dynamo/backend_vllm.go @003d1ee5, backend_sglang.go
 * and backend_trtllm.go @015d780b), and counts GPUs as nodeCount × the GPU limit.
 */
import type { Argument, LaunchPlan, LaunchRole, Settings } from '../launch-plan.ts';
import { dynamoImages } from './images.ts';
import { degree, heading, objectName, platformArguments, type Refusal, roleWord, settledWord } from './platform.ts';
import { tokenSecret } from './pods.ts';
import { innerYaml, type YamlPart, yamlText } from './yaml-text.ts';

const frameworks = { vllm: 'vllm', sglang: 'sglang', 'tensorrt-llm': 'trtllm' } as const;

/** What the wrapper is told beside the engine's own arguments; SGLang is told its mode by a flag of its own already. */
function wrapped(plan: LaunchPlan, role: LaunchRole): readonly string[] {
  const checkpoint = settledWord([{ variable: 'model' }], plan);
  const mode = role.role === 'both' ? [] : ['--disaggregation-mode', role.role];
  const served = ['--served-model-name', plan.model.repository ?? plan.model.name];
  switch (plan.engine) {
    case 'vllm':
      return ['--model', checkpoint, ...served, ...mode];
    case 'sglang':
      // Prefill workers are reached at their own address by those that decode.
      return [...served, ...(role.role === 'both' ? [] : ['--host', '0.0.0.0'])];
    case 'tensorrt-llm':
      return ['--model-path', checkpoint, ...served, '--extra-engine-args', `/config/${roleWord(role)}.yaml`, ...mode];
  }
}

function spelled(args: readonly Argument[], plan: LaunchPlan): readonly string[] {
  return args.flatMap(({ flag, value }) => (value ? [flag, settledWord(value, plan)] : [flag]));
}

/** Dynamo names the address of KV transfers itself (components/src/dynamo/vllm/args.py). */
function environment({ environment: variables }: LaunchRole, plan: LaunchPlan): readonly Settings[] {
  return variables
    .filter(({ name }) => !name.startsWith('VLLM_NIXL_SIDE_CHANNEL'))
    .map(({ name, value }) => ({ name, value: settledWord(value, plan) }));
}

function service(plan: LaunchPlan, role: LaunchRole): Settings {
  const { nodes, gpusPerNode } = role.layout;
  const variables = environment(role, plan);
  const config = role.settings ? objectName(plan, 'config') : undefined;
  return {
    componentType: 'worker',
    ...(role.role !== 'both' && { subComponentType: role.role }),
    replicas: role.workers,
    ...(nodes > 1 && { multinode: { nodeCount: nodes } }),
    resources: { limits: { gpu: String(gpusPerNode) } },
    sharedMemory: { size: '64Gi' },
    envFromSecret: tokenSecret.name,
    ...(variables.length > 0 && { envs: variables }),
    extraPodSpec: {
      ...(config && { volumes: [{ name: 'config', configMap: { name: config } }] }),
      mainContainer: {
        image: dynamoImages[plan.engine],
        ...(config && { volumeMounts: [{ name: 'config', mountPath: '/config', readOnly: true }] }),
        command: ['python3', '-m', `dynamo.${frameworks[plan.engine]}`],
        args: [...wrapped(plan, role), ...spelled(platformArguments(plan.engine, role), plan)],
      },
    },
  };
}

/** What the operator's own numbering of nodes cannot do. */
function roleRefusal(role: LaunchRole): Refusal | undefined {
  const { nodes, gpusPerNode } = role.layout;
  if (nodes === 1) return undefined;
  if (degree(role, '--prefill-context-parallel-size') > 1)
    return {
      why: 'its operator counts tp·pp GPUs for a rank of vLLM and starts no context-parallel worker on several nodes',
      nearest: `context parallelism within ${gpusPerNode} GPUs of one node, or the leaderworkerset file`,
    };
  const rank = degree(role, '--tensor-parallel-size') * degree(role, '--pipeline-parallel-size');
  const dp = degree(role, '--data-parallel-size');
  if (dp > 1 && rank > gpusPerNode)
    return {
      why: `its operator spreads either one rank of vLLM over nodes or whole ranks over nodes: dp ${dp} with ranks of ${rank} GPUs on nodes of ${gpusPerNode} is both`,
      nearest: `dp ${nodes} with ranks of ${gpusPerNode} GPUs, or the leaderworkerset file`,
    };
  return undefined;
}

export function dynamoRefusal({ engine, roles }: LaunchPlan): Refusal | undefined {
  if (engine !== 'vllm') return undefined;
  return roles.map(roleRefusal).find((refusal) => refusal !== undefined);
}

function configuration(plan: LaunchPlan): readonly YamlPart[] {
  const data = plan.roles.flatMap((role) =>
    role.settings ? [[`${roleWord(role)}.yaml`, innerYaml(role.settings)]] : [],
  );
  if (data.length === 0) return [];
  const metadata = { name: objectName(plan, 'config') };
  return [{ settings: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: Object.fromEntries(data) } }];
}

export function dynamoGraphDeployment(plan: LaunchPlan): string {
  const deployment: Settings = {
    apiVersion: 'nvidia.com/v1alpha1',
    kind: 'DynamoGraphDeployment',
    metadata: { name: objectName(plan) },
    spec: {
      backendFramework: frameworks[plan.engine],
      services: {
        Frontend: {
          componentType: 'frontend',
          replicas: 1,
          extraPodSpec: { mainContainer: { image: dynamoImages[plan.engine] } },
        },
        ...Object.fromEntries(plan.roles.map((role) => [roleWord(role), service(plan, role)])),
      },
    },
  };
  const worker = ['spec', 'services', ...plan.roles.slice(0, 1).map(roleWord)];
  const notes = [
    {
      above: [...worker, 'resources'],
      lines: ['Over RDMA, ask for the devices beside the GPUs: custom: { rdma/ib: "1" }'],
    },
  ];
  const head = heading(
    plan,
    'a DynamoGraphDeployment v1alpha1 (Dynamo 1.3)',
    'The operator adds what tells the nodes of a worker from each other; start-up probes are its own, of two hours.',
    `Apply with kubectl apply -f; clients reach the frontend’s Service on port 8000. A token for gated checkpoints comes from the Secret ${tokenSecret.name}, key ${tokenSecret.key}.`,
  );
  return yamlText(head, [...configuration(plan), { settings: deployment, notes }]);
}
