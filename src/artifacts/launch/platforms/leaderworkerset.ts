/**
 * LeaderWorkerSet v1 (kubernetes-sigs/lws api/leaderworkerset/v1 @024af084): a set for each kind of worker, a group for each worker, a pod for
 * each of its nodes. Groups start as one and are restarted as one.
 */
import type { LaunchPlan, LaunchRole, Settings } from '../launch-plan.ts';
import { heading, objectName, type Refusal, roleWord, routerRefusal } from './platform.ts';
import { leaderService, routerParts } from './pod-router.ts';
import { podNotes, podSpec } from './pods.ts';
import { innerYaml, type Note, type YamlPart, yamlText } from './yaml-text.ts';

const setName = (plan: LaunchPlan, role: LaunchRole) => objectName(plan, roleWord(role));

/** The set's headless Service gives each group's leader this name. */
const leaderAddress = (plan: LaunchPlan, role: LaunchRole, worker: number) =>
  `${setName(plan, role)}-${worker}.${setName(plan, role)}`;

/** Of nodes that share fast links beyond one node, as NVIDIA's GPU operator labels them. */
const domainLabel = 'nvidia.com/gpu.clique';

/** Where a worker of several nodes lies in one domain of fast links, and no other worker fits there with it. */
function fillsDomain({ cluster }: LaunchPlan, { layout: { nodes, gpusPerNode } }: LaunchRole): boolean {
  const gpus = nodes * gpusPerNode;
  return nodes > 1 && gpus <= cluster.nvlinkDomainGpus && 2 * gpus > cluster.nvlinkDomainGpus;
}

function template(plan: LaunchPlan, role: LaunchRole, place: 'head' | 'followers' | 'alone'): Settings {
  const configMap = role.settings && place !== 'followers' ? objectName(plan, 'config') : undefined;
  return {
    metadata: { labels: { 'app.kubernetes.io/component': roleWord(role) } },
    spec: podSpec(plan, role, place, configMap),
  };
}

function setOf(plan: LaunchPlan, role: LaunchRole): YamlPart {
  const { nodes } = role.layout;
  const alone = nodes === 1;
  const at = ['spec', 'leaderWorkerTemplate', alone ? 'workerTemplate' : 'leaderTemplate', 'spec'];
  const isolated = fillsDomain(plan, role);
  const settings: Settings = {
    apiVersion: 'leaderworkerset.x-k8s.io/v1',
    kind: 'LeaderWorkerSet',
    metadata: {
      name: setName(plan, role),
      labels: { 'app.kubernetes.io/part-of': objectName(plan) },
      ...(isolated && { annotations: { 'leaderworkerset.sigs.k8s.io/exclusive-topology': domainLabel } }),
    },
    spec: {
      replicas: role.workers,
      leaderWorkerTemplate: {
        size: nodes,
        restartPolicy: 'RecreateGroupOnPodRestart',
        ...(!alone && { leaderTemplate: template(plan, role, 'head') }),
        workerTemplate: template(plan, role, alone ? 'alone' : 'followers'),
      },
    },
  };
  const notes: readonly Note[] = [
    ...(isolated
      ? [
          {
            above: ['metadata', 'annotations'],
            lines: [
              'The plan counts on one domain of fast links for each worker: name the label that your nodes have for it.',
            ],
          },
        ]
      : []),
    ...podNotes(at),
  ];
  return { settings, notes };
}

function configuration(plan: LaunchPlan): readonly YamlPart[] {
  const data = plan.roles.flatMap((role) =>
    role.settings ? [[`${roleWord(role)}.yaml`, innerYaml(role.settings)]] : [],
  );
  if (data.length === 0) return [];
  const metadata = { name: objectName(plan, 'config') };
  return [{ settings: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: Object.fromEntries(data) } }];
}

function partOfNodes({ roles }: LaunchPlan): readonly string[] {
  const apart = roles.some(({ layout: { nodes, wholeNodes } }) => nodes > 1 && !wholeNodes);
  return apart
    ? [
        'Pods ask for a part of a node: the scheduler may put two pods of one worker on a node, where the plan has them on two.',
      ]
    : [];
}

export function leaderWorkerSetRefusal(plan: LaunchPlan): Refusal | undefined {
  if (plan.roles.every(({ start }) => start !== 'mpi')) return routerRefusal(plan);
  return {
    why: 'a worker of several nodes is started by MPI, which has to reach its other pods by ssh: LeaderWorkerSet makes no keys and the engine’s image runs no ssh server',
    nearest: 'the dynamo file, whose operator makes the keys and starts both, or the slurm file',
  };
}

function entrance(plan: LaunchPlan): readonly YamlPart[] {
  if (plan.router) return routerParts(plan, plan.router, (role, worker) => leaderAddress(plan, role, worker));
  return plan.roles.map((role) => leaderService(plan, setName(plan, role), role.httpPort.base));
}

export function leaderWorkerSet(plan: LaunchPlan): string {
  const head = heading(
    plan,
    'LeaderWorkerSet v1',
    ...partOfNodes(plan),
    `Apply with kubectl apply -f; clients reach http://${objectName(plan)}. A token for gated checkpoints comes from the Secret hf-token-secret, key HF_TOKEN.`,
  );
  return yamlText(head, [...configuration(plan), ...plan.roles.map((role) => setOf(plan, role)), ...entrance(plan)]);
}
