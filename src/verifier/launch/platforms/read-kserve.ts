/**
 * KServe's LLMInferenceService back into workers. Schema: serving.kserve.io/v1alpha2, pkg/apis/serving/v1alpha2/llm_inference_service_types.go @795d3cab;
 * rules: llm_inference_service_validation.go @14232d55; the commands that its presets complete: config/llmisvcconfig @01b12410 and @04184a46.
 */
import { type Static, Type } from 'typebox';
import { Unreadable } from '../shell-words.ts';
import { type ReadPlatform, type ReadWorkers, stand, startedAs } from './platform-reading.ts';
import { closed, EnvironmentEntry, gpuCount, Metadata } from './pod-schema.ts';
import { shellText } from './shell-text.ts';
import { documentsOf, heldTo, onlyKinds } from './yaml-documents.ts';

const degree = Type.Integer({ minimum: 1 });

const Parallelism = closed({
  tensor: Type.Optional(degree),
  pipeline: Type.Optional(degree),
  data: Type.Optional(degree),
  dataLocal: Type.Optional(degree),
  expert: Type.Optional(Type.Boolean()),
});

const Pod = closed({
  containers: Type.Array(
    closed({
      name: Type.Literal('main'),
      env: Type.Array(EnvironmentEntry),
      resources: closed({ limits: closed({ 'nvidia.com/gpu': gpuCount }) }),
      startupProbe: Type.Optional(closed({ periodSeconds: degree, failureThreshold: degree })),
    }),
    { minItems: 1, maxItems: 1 },
  ),
});
type Pod = Static<typeof Pod>;

const workload = { replicas: degree, parallelism: Parallelism, template: Pod, worker: Type.Optional(Pod) };
const Workload = closed(workload);
type Workload = Static<typeof Workload>;

const LLMInferenceService = closed({
  apiVersion: Type.Literal('serving.kserve.io/v1alpha2'),
  kind: Type.Literal('LLMInferenceService'),
  metadata: Metadata,
  spec: closed({
    model: closed({ uri: Type.String({ pattern: '^(hf|pvc)://.+$' }), name: Type.String({ minLength: 1 }) }),
    router: closed({ route: closed({}), gateway: closed({}), scheduler: Type.Optional(closed({})) }),
    ...workload,
    prefill: Type.Optional(Workload),
  }),
});

/** What its admission webhook refuses. */
function admission({ parallelism, worker }: Workload): readonly string[] {
  const { pipeline, data, dataLocal } = parallelism;
  const inData = data !== undefined || dataLocal !== undefined;
  return [
    ...(pipeline !== undefined && inData ? ['pipeline and data parallelism are set together'] : []),
    ...((data === undefined) !== (dataLocal === undefined) ? ['data and dataLocal go together'] : []),
    ...(worker && pipeline === undefined && !inData ? ['a worker section wants data or pipeline parallelism'] : []),
  ];
}

/** The controller's own count: data / dataLocal, or else pipeline; one pod where there is no worker section. */
function podsOf({ parallelism, worker }: Workload): number {
  const { pipeline = 1, data, dataLocal = 1 } = parallelism;
  if (!worker) return 1;
  return data === undefined ? pipeline : Math.max(1, Math.floor(data / dataLocal));
}

/** What the preset's script says before the further arguments; nothing of parallelism where there is no worker section. */
function spelled({ parallelism, worker }: Workload, nodeRank: number): readonly string[] {
  if (!worker) return [];
  const { tensor, pipeline = 1, data, dataLocal = 1, expert } = parallelism;
  const tensors = tensor === undefined ? [] : ['--tensor-parallel-size', String(tensor)];
  if (data === undefined)
    return [
      '--pipeline-parallel-size',
      String(pipeline),
      ...['--nnodes', String(pipeline), '--node-rank', String(nodeRank)],
      ...['--master-addr', stand.head, '--master-port', '29500'],
      ...tensors,
      ...(nodeRank > 0 ? ['--headless'] : []),
    ];
  return [
    ...(expert ? ['--enable-expert-parallel'] : []),
    ...tensors,
    ...['--data-parallel-size', String(data), '--data-parallel-size-local', String(dataLocal)],
    ...['--data-parallel-address', stand.head, '--data-parallel-rpc-port', '5555'],
    ...(nodeRank > 0 ? ['--data-parallel-start-rank', String(nodeRank * dataLocal), '--headless'] : []),
  ];
}

function environmentOf({ containers }: Pod): Readonly<Record<string, string>> {
  const given: Record<string, string> = {};
  for (const entry of containers[0]?.env ?? []) {
    if ('value' in entry) given[entry.name] = entry.value;
    else if ('fieldRef' in entry.valueFrom) given[entry.name] = stand.node;
  }
  if ('DRAFT_MODEL' in given) given.DRAFT_MODEL = stand.draft;
  return given;
}

/** Without a worker section the preset spells no degrees, and the section has to say what the arguments say. */
function echoFaults({ parallelism, worker }: Workload, further: readonly string[]): readonly string[] {
  if (worker) return [];
  const told = (flag: string) => Number(further[further.indexOf(flag) + 1]);
  const value = (flag: string) => (further.includes(flag) ? told(flag) : 1);
  return [
    ...((parallelism.tensor ?? 1) === value('--tensor-parallel-size')
      ? []
      : ['parallelism.tensor is not what the engine is told']),
    ...((parallelism.data ?? 1) === value('--data-parallel-size')
      ? []
      : ['parallelism.data is not what the engine is told']),
    ...((parallelism.dataLocal ?? 1) === value('--data-parallel-size')
      ? []
      : ['parallelism.dataLocal is not all ranks of the only pod']),
    ...((parallelism.expert ?? false) === further.includes('--enable-expert-parallel')
      ? []
      : ['parallelism.expert is not what the engine is told']),
  ];
}

function workersOf(load: Workload, role: ReadWorkers['role']): ReadWorkers {
  const pods = podsOf(load);
  const limits = [load.template, load.worker ?? load.template].map(
    ({ containers }) => containers[0]?.resources.limits['nvidia.com/gpu'],
  );
  if (limits[0] !== limits[1]) throw new Unreadable('the first pod and the others ask for different numbers of GPUs');
  return {
    role,
    workers: load.replicas,
    nodes: pods,
    gpusPerNode: Number(limits[0]),
    splitsNodes: load.worker !== undefined && load.parallelism.data === undefined,
    numbered: load.worker !== undefined,
    saysItself: 'address',
    processOf: (_, nodeRank) => {
      const environment = environmentOf(nodeRank > 0 && load.worker ? load.worker : load.template);
      const further = shellText(environment.VLLM_ADDITIONAL_ARGS ?? '', environment);
      const port = nodeRank === 0 ? ['--port', '8000'] : [];
      const command = ['vllm', 'serve', stand.model, ...port, ...spelled(load, nodeRank), ...further];
      return {
        started: startedAs(command, new Map(Object.entries(environment))),
        files: [],
        head: stand.head,
        node: stand.node,
      };
    },
  };
}

export function readKserve(text: string): ReadPlatform {
  const documents = documentsOf(text);
  onlyKinds(documents, ['LLMInferenceService']);
  const [document, another] = documents;
  if (!document || another) throw new Unreadable(`the file has ${documents.length} documents`);
  const { spec } = heldTo(LLMInferenceService, document);
  const { prefill, model, router, ...decode } = spec;
  const loads = [decode, ...(prefill ? [prefill] : [])];
  const several = prefill !== undefined || decode.replicas > 1;
  const echo = loads.flatMap((load) => {
    const environment = environmentOf(load.template);
    return echoFaults(load, shellText(environment.VLLM_ADDITIONAL_ARGS ?? '', environment));
  });
  return {
    engine: 'vllm',
    workers: [workersOf(decode, prefill ? 'decode' : 'both'), ...(prefill ? [workersOf(prefill, 'prefill')] : [])],
    checkpoints: model.uri.startsWith('hf://') ? [model.uri.slice('hf://'.length), model.name] : [],
    faults: [
      ...loads.flatMap(admission),
      ...echo,
      ...(several && !router.scheduler ? ['nothing chooses between the workers: router.scheduler is missing'] : []),
    ],
  };
}
