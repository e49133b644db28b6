/**
 * Dynamo's DynamoGraphDeployment back into workers. Schema: nvidia.com/v1alpha1, deploy/operator/api/v1alpha1 @00686d64 and @015d780b. The operator completes
 * the commands of workers on several nodes, which is done here as it does it (internal/dynamo/backend_vllm.go @003d1ee5, backend_sglang.go and
 * backend_trtllm.go @015d780b), but for vLLM's hybrid balancing, in which each node answers for its own ranks: ranks are where they would be without.
 */
import { type Static, Type } from 'typebox';
import type { EngineName } from '../../../planner/engine.ts';
import { Unreadable } from '../shell-words.ts';
import {
  type PlatformProcess,
  type ReadPlatform,
  type ReadWorkers,
  roleOfWord,
  stand,
  startedAs,
} from './platform-reading.ts';
import { ConfigMap, closed, gpuCount, Metadata, Volume, VolumeMount } from './pod-schema.ts';
import { withConfiguration } from './read-leaderworkerset.ts';
import { documentsOf, heldTo, onlyKinds } from './yaml-documents.ts';

const count = Type.Integer({ minimum: 1 });

const Frontend = closed({
  componentType: Type.Literal('frontend'),
  replicas: count,
  extraPodSpec: closed({ mainContainer: closed({ image: Type.String() }) }),
});

const Worker = closed({
  componentType: Type.Literal('worker'),
  subComponentType: Type.Optional(Type.Union([Type.Literal('prefill'), Type.Literal('decode')])),
  replicas: count,
  multinode: Type.Optional(closed({ nodeCount: Type.Integer({ minimum: 2 }) })),
  resources: closed({ limits: closed({ gpu: gpuCount }) }),
  sharedMemory: closed({ size: Type.String({ pattern: '^[0-9]+Gi$' }) }),
  envFromSecret: Type.String(),
  envs: Type.Optional(Type.Array(closed({ name: Type.String(), value: Type.String() }))),
  extraPodSpec: closed({
    volumes: Type.Optional(Type.Array(Volume)),
    mainContainer: closed({
      image: Type.String(),
      volumeMounts: Type.Optional(Type.Array(VolumeMount)),
      command: Type.Array(Type.String()),
      args: Type.Array(Type.String()),
    }),
  }),
});
type Worker = Static<typeof Worker>;

const frameworks = { vllm: 'vllm', sglang: 'sglang', trtllm: 'tensorrt-llm' } as const;

const DynamoGraphDeployment = closed({
  apiVersion: Type.Literal('nvidia.com/v1alpha1'),
  kind: Type.Literal('DynamoGraphDeployment'),
  metadata: Metadata,
  spec: closed({
    backendFramework: Type.Union([Type.Literal('vllm'), Type.Literal('sglang'), Type.Literal('trtllm')]),
    services: closed({
      Frontend,
      worker: Type.Optional(Worker),
      prefill: Type.Optional(Worker),
      decode: Type.Optional(Worker),
    }),
  }),
});

/** Takes a flag and its value out of arguments. */
function taken(args: readonly string[], flag: string): readonly [value: string | undefined, rest: readonly string[]] {
  const at = args.indexOf(flag);
  if (at < 0) return [undefined, args];
  return [args[at + 1], [...args.slice(0, at), ...args.slice(at + 2)]];
}

const flagNumber = (args: readonly string[], flag: string) =>
  args.includes(flag) ? Number(args[args.indexOf(flag) + 1]) : 1;

interface Place {
  readonly nodes: number;
  readonly gpus: number;
  readonly nodeRank: number;
}

function vllmNodes(args: readonly string[], { nodes, gpus, nodeRank }: Place): readonly string[] {
  if (nodes === 1) return [];
  const rank = flagNumber(args, '--tensor-parallel-size') * flagNumber(args, '--pipeline-parallel-size');
  const headless = nodeRank > 0 ? ['--headless'] : [];
  if (rank > gpus)
    return ['--nnodes', String(nodes), '--node-rank', String(nodeRank), '--master-addr', stand.head, ...headless];
  if (rank * flagNumber(args, '--data-parallel-size') <= gpus) return [];
  const local = Math.floor(gpus / rank);
  return [
    ...[
      '--data-parallel-size-local',
      String(local),
      '--data-parallel-address',
      stand.head,
      '--data-parallel-rpc-port',
      '13445',
    ],
    ...(nodeRank > 0 ? ['--data-parallel-start-rank', String(local * nodeRank)] : []),
    ...headless,
  ];
}

interface Unwrapped {
  readonly role: string | undefined;
  readonly command: readonly string[];
  readonly faults: readonly string[];
}

/** The engine's own command, without the words of Dynamo's wrapper. */
function unwrapped(engine: EngineName, args: readonly string[], place: Place): Unwrapped {
  const [served, rest] = taken(args, '--served-model-name');
  const faults = served ? [] : ['the model is served under no name'];
  const port = place.nodeRank === 0 ? ['--port', '8000'] : [];
  const nodeWords = ['--nnodes', String(place.nodes), '--node-rank', String(place.nodeRank)];
  switch (engine) {
    case 'vllm': {
      const [role, told] = taken(rest, '--disaggregation-mode');
      const [model, own] = taken(told, '--model');
      const nodes = vllmNodes(own, place);
      return { role, command: ['vllm', 'serve', model ? stand.model : '', ...port, ...own, ...nodes], faults };
    }
    case 'sglang': {
      const [model, own] = taken(rest, '--model-path');
      const role = own.includes('--disaggregation-mode') ? own[own.indexOf('--disaggregation-mode') + 1] : undefined;
      const nodes =
        place.nodes > 1
          ? [...nodeWords, '--dist-init-addr', `${stand.head}:29500`]
          : ['--dist-init-addr', '127.0.0.1:29500'];
      const host = own.includes('--host') ? [] : ['--host', '127.0.0.1'];
      const reached =
        role === undefined || own.includes('0.0.0.0') ? [] : ['a worker that others reach listens to itself alone'];
      const command = [
        'python3',
        '-m',
        'sglang.launch_server',
        '--model-path',
        model ? stand.model : '',
        ...own,
        ...host,
        '--port',
        '30000',
        ...nodes,
      ];
      return { role, command, faults: [...faults, ...reached] };
    }
    case 'tensorrt-llm': {
      const [role, told] = taken(rest, '--disaggregation-mode');
      const [model, own] = taken(told, '--model-path');
      const [config, left] = taken(own, '--extra-engine-args');
      const ranks = String(place.nodes * place.gpus);
      const mpi =
        place.nodes > 1
          ? ['mpirun', '-n', ranks, '--hostfile', stand.head, '--map-by', 'slot', 'trtllm-llmapi-launch']
          : [];
      const serve = ['trtllm-serve', model ? stand.model : '', '--host', '0.0.0.0', ...port, '--config', config ?? ''];
      return { role, command: [...mpi, ...serve, ...left], faults };
    }
  }
}

function configurationOf({ extraPodSpec }: Worker, maps: readonly ConfigMap[]): ReadonlyMap<string, string> {
  const { mainContainer, volumes = [] } = extraPodSpec;
  const found = new Map<string, string>();
  for (const { name, mountPath } of mainContainer.volumeMounts ?? []) {
    const volume = volumes.find((each) => each.name === name);
    const map =
      volume && 'configMap' in volume
        ? maps.find(({ metadata }) => metadata.name === volume.configMap.name)
        : undefined;
    if (!map) throw new Unreadable(`nothing is mounted at ${mountPath}`);
    for (const [key, content] of Object.entries(map.data)) found.set(`${mountPath}/${key}`, content);
  }
  return found;
}

interface Service {
  readonly name: string;
  readonly worker: Worker;
  readonly engine: EngineName;
  readonly maps: readonly ConfigMap[];
}

function workersOf({ name, worker, engine, maps }: Service): ReadWorkers {
  const role = roleOfWord(name);
  if (role === undefined) throw new Unreadable(`${name} is no kind of worker`);
  const nodes = worker.multinode?.nodeCount ?? 1;
  const gpus = Number(worker.resources.limits.gpu);
  const { args } = worker.extraPodSpec.mainContainer;
  const environment = new Map((worker.envs ?? []).map((entry) => [entry.name, entry.value]));
  return {
    role,
    workers: worker.replicas,
    nodes,
    gpusPerNode: gpus,
    numbered: true,
    saysItself: 'nothing',
    processOf: (_, nodeRank): PlatformProcess => {
      const { command } = unwrapped(engine, args, { nodes, gpus, nodeRank });
      const known = withConfiguration(startedAs(command, environment), configurationOf(worker, maps));
      return { ...known, head: nodes > 1 || engine !== 'sglang' ? stand.head : '127.0.0.1' };
    },
  };
}

function serviceFaults({ name, worker, engine }: Service): readonly string[] {
  const wanted = name === 'worker' ? undefined : name;
  const { command, args } = worker.extraPodSpec.mainContainer;
  const module = engine === 'tensorrt-llm' ? 'trtllm' : engine;
  const { role, faults } = unwrapped(engine, args, { nodes: 1, gpus: 1, nodeRank: 0 });
  return [
    ...faults,
    ...(command.join(' ') === `python3 -m dynamo.${module}` ? [] : [`${name} runs ${command.join(' ')}`]),
    ...(worker.subComponentType === wanted
      ? []
      : [`${name} is a ${worker.subComponentType ?? 'worker'} to the operator`]),
    ...(role === wanted ? [] : [`${name} is told to ${role ?? 'do both'}`]),
  ];
}

export function readDynamo(text: string): ReadPlatform {
  const documents = documentsOf(text);
  onlyKinds(documents, ['DynamoGraphDeployment', 'ConfigMap']);
  const maps = documents.filter(({ kind }) => kind === 'ConfigMap').map((document) => heldTo(ConfigMap, document));
  const [graph, another] = documents.filter(({ kind }) => kind === 'DynamoGraphDeployment');
  if (!graph || another) throw new Unreadable('the file has not one DynamoGraphDeployment');
  const { backendFramework, services } = heldTo(DynamoGraphDeployment, graph).spec;
  const engine = frameworks[backendFramework];
  const found = (['worker', 'prefill', 'decode'] as const).flatMap((name): readonly Service[] => {
    const worker = services[name];
    return worker ? [{ name, worker, engine, maps }] : [];
  });
  const checkpoints = found.flatMap(({ worker }) => {
    const { args } = worker.extraPodSpec.mainContainer;
    return ['--model', '--model-path'].flatMap((flag) =>
      args.includes(flag) ? [args[args.indexOf(flag) + 1] ?? ''] : [],
    );
  });
  const names = new Set(
    found.map(({ worker: { extraPodSpec } }) => taken(extraPodSpec.mainContainer.args, '--served-model-name')[0]),
  );
  return {
    engine,
    workers: found.map(workersOf),
    faults: [
      ...found.flatMap(serviceFaults),
      ...(names.size > 1 ? ['prefill and decode workers serve models of different names'] : []),
    ],
    checkpoints,
  };
}
