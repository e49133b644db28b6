/** LeaderWorkerSets back into workers. Schema: leaderworkerset.x-k8s.io/v1, api/leaderworkerset/v1 @024af084, as far as launch files use it. */
import { type Static, Type } from 'typebox';
import type { EngineName } from '../../../planner/engine.ts';
import type { Role } from '../../serving/worker.ts';
import type { ReadableFile } from '../readable-file.ts';
import { programOf, type ShellProgram } from '../shell-program.ts';
import { type Started, scriptFolder, startedBy } from '../shell-run.ts';
import { Unreadable } from '../shell-words.ts';
import {
  type PlatformProcess,
  type ReadPlatform,
  type ReadWorkers,
  roleOfWord,
  stand,
  startedAs,
} from './platform-reading.ts';
import { ConfigMap, type Container, closed, Deployment, Metadata, PodSpec, Service } from './pod-schema.ts';
import { documentsOf, heldTo, onlyKinds, type YamlDocument } from './yaml-documents.ts';

const Template = closed({
  metadata: closed({ labels: closed({ 'app.kubernetes.io/component': Type.String() }) }),
  spec: PodSpec,
});

const LeaderWorkerSet = closed({
  apiVersion: Type.Literal('leaderworkerset.x-k8s.io/v1'),
  kind: Type.Literal('LeaderWorkerSet'),
  metadata: Metadata,
  spec: closed({
    replicas: Type.Integer({ minimum: 1 }),
    leaderWorkerTemplate: closed({
      size: Type.Integer({ minimum: 1 }),
      restartPolicy: Type.Literal('RecreateGroupOnPodRestart'),
      leaderTemplate: Type.Optional(Template),
      workerTemplate: Template,
    }),
  }),
});
type LeaderWorkerSet = Static<typeof LeaderWorkerSet>;
type Template = Static<typeof Template>;
type Deployed = Static<typeof Deployment>;

/** The one loop that a pod's script may have, to the letter: it waits until the leader's name has an address. */
const waitForLeader = 'until read -r head_address _ < <(getent hosts "$LWS_LEADER_ADDRESS"); do sleep 2; done';

/** What Kubernetes and the controller put in the container's environment. */
function environmentOf({ env = [] }: Container, index: number, size: number): Readonly<Record<string, string>> {
  const given: Record<string, string> = {
    LWS_LEADER_ADDRESS: stand.head,
    LWS_GROUP_SIZE: String(size),
    LWS_WORKER_INDEX: String(index),
  };
  for (const entry of env) {
    if ('value' in entry) given[entry.name] = entry.value;
    else if ('fieldRef' in entry.valueFrom) given[entry.name] = stand.node;
  }
  if ('MODEL' in given) given.MODEL = stand.model;
  if ('DRAFT_MODEL' in given) given.DRAFT_MODEL = stand.draft;
  return given;
}

function scriptOf({ command, args = [] }: Container): string {
  const [script] = args;
  if (command.join(' ') !== '/bin/bash -c' || args.length !== 1 || script === undefined)
    throw new Unreadable(`a container runs ${command.join(' ')} and not one script of bash`);
  return script.replace(waitForLeader, 'head_address="$LWS_LEADER_ADDRESS"');
}

/** Files that a pod sees, where the engine's command names them. */
function writtenFor(spec: PodSpec, maps: readonly ConfigMap[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { name, mountPath, subPath } of spec.containers[0]?.volumeMounts ?? []) {
    const volume = spec.volumes?.find((each) => each.name === name);
    if (!volume) throw new Unreadable(`nothing is mounted at ${mountPath}: there is no volume ${name}`);
    if (!('configMap' in volume)) continue;
    const map = maps.find(({ metadata }) => metadata.name === volume.configMap.name);
    if (!map) throw new Unreadable(`there is no ConfigMap ${volume.configMap.name}`);
    for (const [key, content] of Object.entries(map.data)) {
      if (subPath === undefined) found.set(`${mountPath}/${key}`, content);
      else if (subPath === key) found.set(mountPath, content);
    }
  }
  return found;
}

/** The configuration that a command names, where the reader of the engine looks for it. */
export function withConfiguration(
  started: Started,
  contents: ReadonlyMap<string, string>,
): Omit<PlatformProcess, 'head' | 'node'> {
  const at = started.command.indexOf('--config') + 1;
  const path = at > 0 ? started.command[at] : undefined;
  const content = path === undefined ? undefined : contents.get(path);
  if (content === undefined) return { started, files: [] };
  const file: ReadableFile = { name: 'engine.yaml', content };
  const command = started.command.map((word, i) => (i === at ? `${scriptFolder}/${file.name}` : word));
  return { started: { ...started, command }, files: [file] };
}

function containerOf({ spec }: Template): Container {
  const [container] = spec.containers;
  if (!container) throw new Unreadable('a pod has no container');
  return container;
}

function workersOf({ spec, metadata }: LeaderWorkerSet, maps: readonly ConfigMap[]): ReadWorkers {
  const { size, leaderTemplate, workerTemplate } = spec.leaderWorkerTemplate;
  const word = workerTemplate.metadata.labels['app.kubernetes.io/component'];
  const role = roleOfWord(word);
  if (role === undefined) throw new Unreadable(`${metadata.name} is of no kind of worker: ${word}`);
  if (size > 1 !== (leaderTemplate !== undefined))
    throw new Unreadable(
      `${metadata.name} has ${size} pods in a group and ${leaderTemplate ? 'a' : 'no'} leader of its own`,
    );
  const templates = [leaderTemplate ?? workerTemplate, workerTemplate];
  const gpus = new Set(templates.map((template) => containerOf(template).resources?.limits['nvidia.com/gpu'] ?? '0'));
  if (gpus.size > 1) throw new Unreadable(`${metadata.name}: leaders and workers ask for different numbers of GPUs`);
  const programs = new Map<Template, ShellProgram>();
  /** A template's script is read once, however many pods run it. */
  const programIn = (template: Template) => {
    const program = programs.get(template) ?? programOf(scriptOf(containerOf(template)));
    programs.set(template, program);
    return program;
  };
  return {
    role,
    workers: spec.replicas,
    nodes: size,
    gpusPerNode: Number([...gpus][0]),
    numbered: true,
    saysItself: 'all',
    hasDomain: metadata.annotations?.['leaderworkerset.sigs.k8s.io/exclusive-topology'] !== undefined,
    portOf: () => containerOf(leaderTemplate ?? workerTemplate).ports?.[0]?.containerPort,
    processOf: (_, nodeRank) => {
      const template = nodeRank === 0 ? (leaderTemplate ?? workerTemplate) : workerTemplate;
      const container = containerOf(template);
      const started = startedBy(programIn(template), {
        arguments: [],
        environment: environmentOf(container, nodeRank, size),
      });
      return { head: stand.head, node: stand.node, ...withConfiguration(started, writtenFor(template.spec, maps)) };
    },
  };
}

/** Where the router answers, as it is told itself. */
function routerPort(command: readonly string[], written: ReadonlyMap<string, string>): number {
  const at = command.indexOf('--port');
  if (at >= 0) return Number(command[at + 1]);
  return Number(/^port: (\d+)$/m.exec([...written.values()].join('\n'))?.[1]);
}

/** The router's own pod. */
function deploymentFaults(deployment: Deployed, maps: readonly ConfigMap[]): readonly string[] {
  const { selector, template } = deployment.spec;
  const [container] = template.spec.containers;
  const port = container?.ports?.[0]?.containerPort;
  const selected = Object.entries(selector.matchLabels).every(
    ([key, value]) => template.metadata.labels[key] === value,
  );
  const answers = routerPort(container?.command ?? [], writtenFor(template.spec, maps));
  const hosts = container?.command.includes('--host')
    ? container.command[container.command.indexOf('--host') + 1]
    : '0.0.0.0';
  return [
    ...(selected ? [] : ['the Deployment does not select its own pods']),
    ...(answers === port && container?.readinessProbe?.tcpSocket?.port === port
      ? []
      : [`the router answers on ${answers}, and its pod says ${port}`]),
    ...(hosts === '0.0.0.0' ? [] : [`the router answers at ${hosts} alone`]),
  ];
}

/** Ports that containers answer on, and where Services and probes look for them. */
function portFaults(
  sets: readonly LeaderWorkerSet[],
  deployment: Static<typeof Deployment> | undefined,
  services: readonly Static<typeof Service>[],
): readonly string[] {
  const faults: string[] = [];
  for (const { metadata, spec } of services) {
    const { selector, ports } = spec;
    const set = sets.find((each) => each.metadata.name === selector['leaderworkerset.sigs.k8s.io/name']);
    const leader =
      set && (set.spec.leaderWorkerTemplate.leaderTemplate ?? set.spec.leaderWorkerTemplate.workerTemplate);
    const routed =
      deployment &&
      Object.entries(deployment.spec.template.metadata.labels).every(([key, value]) => selector[key] === value);
    const pod = leader ? leader.spec : routed ? deployment.spec.template.spec : undefined;
    if (leader && selector['leaderworkerset.sigs.k8s.io/worker-index'] !== '0')
      faults.push(`the Service ${metadata.name} sends requests to pods that do not answer`);
    const answered = pod?.containers[0]?.ports?.map(({ containerPort }) => containerPort) ?? [];
    if (!answered.includes(ports[0]?.targetPort ?? 0))
      faults.push(`the Service ${metadata.name} finds nobody who answers on port ${ports[0]?.targetPort}`);
  }
  for (const pod of sets.map(
    ({ spec: { leaderWorkerTemplate: each } }) => each.leaderTemplate ?? each.workerTemplate,
  )) {
    const { ports = [], startupProbe, readinessProbe, livenessProbe } = containerOf(pod);
    for (const probe of [startupProbe, readinessProbe, livenessProbe])
      if (probe?.httpGet?.port !== ports[0]?.containerPort)
        faults.push('a probe looks at another port than the engine answers on');
  }
  if (services.length !== 1) faults.push(`clients have ${services.length} Services to choose from`);
  return faults;
}

function routerOf(
  deployment: Deployed,
  sets: readonly LeaderWorkerSet[],
  maps: readonly ConfigMap[],
): ReadPlatform['router'] {
  const { spec } = deployment.spec.template;
  const addresses: Partial<Record<Role, readonly string[]>> = {};
  for (const set of sets) {
    const { name } = set.metadata;
    const role = roleOfWord(
      set.spec.leaderWorkerTemplate.workerTemplate.metadata.labels['app.kubernetes.io/component'],
    );
    if (role) addresses[role] = Array.from({ length: set.spec.replicas }, (_, i) => `${name}-${i}.${name}`);
  }
  const started = { ...startedAs(spec.containers[0]?.command ?? []), written: writtenFor(spec, maps) };
  return { started, addresses };
}

function all<T>(documents: readonly YamlDocument[], kind: string, read: (document: YamlDocument) => T): readonly T[] {
  return documents.filter((document) => document.kind === kind).map(read);
}

export function readLeaderWorkerSet(text: string, engine: EngineName): ReadPlatform {
  const documents = documentsOf(text);
  onlyKinds(documents, ['LeaderWorkerSet', 'ConfigMap', 'Service', 'Deployment']);
  const maps = all(documents, 'ConfigMap', (document) => heldTo(ConfigMap, document));
  const sets = all(documents, 'LeaderWorkerSet', (document) => heldTo(LeaderWorkerSet, document));
  const services = all(documents, 'Service', (document) => heldTo(Service, document));
  const [deployment, another] = all(documents, 'Deployment', (document) => heldTo(Deployment, document));
  if (another) throw new Unreadable('there are two routers');
  const router = deployment && routerOf(deployment, sets, maps);
  return {
    engine,
    workers: sets.map((set) => workersOf(set, maps)),
    faults: [...portFaults(sets, deployment, services), ...(deployment ? deploymentFaults(deployment, maps) : [])],
    checkpoints: sets.flatMap(({ spec: { leaderWorkerTemplate: each } }) =>
      [each.workerTemplate, each.leaderTemplate ?? each.workerTemplate].flatMap((template) =>
        (containerOf(template).env ?? []).flatMap((entry) =>
          entry.name === 'MODEL' && 'value' in entry ? [entry.value] : [],
        ),
      ),
    ),
    ...(router && { router }),
  };
}
