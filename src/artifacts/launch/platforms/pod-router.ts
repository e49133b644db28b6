/** The router before the workers, as a Deployment, and the Service that clients reach. */
import type { LaunchPlan, LaunchRole, Router, Settings } from '../launch-plan.ts';
import { routerImages } from './images.ts';
import { engineTitles, objectName, roleWord } from './platform.ts';
import { innerYaml, type YamlPart } from './yaml-text.ts';

export type AddressOf = (role: LaunchRole, worker: number) => string;

function addresses(role: LaunchRole, addressOf: AddressOf): readonly string[] {
  return Array.from({ length: role.workers }, (_, worker) => addressOf(role, worker));
}

type CommandRouter = Extract<Router, { kind: 'command' }>;

function workerArguments(router: CommandRouter, role: LaunchRole, addressOf: AddressOf): readonly string[] {
  const flag = router.workerFlags[role.role];
  if (flag === undefined) throw new RangeError(`the router takes no ${role.role} workers`);
  const urls = addresses(role, addressOf).map((address) => `http://${address}:${role.httpPort.base}`);
  if (router.oneFlagForAll) return [flag, ...urls];
  const behind = role.role === 'prefill' && router.bootstrapPort ? [String(router.bootstrapPort.base)] : [];
  return urls.flatMap((url) => [flag, url, ...behind]);
}

/** TensorRT-LLM docs/source/features/disagg-serving.md @0434b982. */
function disaggregatedServers(port: number, roles: readonly LaunchRole[], addressOf: AddressOf): Settings {
  const servers = (wanted: LaunchRole['role']) => {
    const urls = roles
      .filter(({ role }) => role === wanted)
      .flatMap((role) => addresses(role, addressOf).map((address) => `${address}:${role.httpPort.base}`));
    return { num_instances: urls.length, urls };
  };
  return {
    hostname: '0.0.0.0',
    port,
    backend: 'pytorch',
    context_servers: servers('prefill'),
    generation_servers: servers('decode'),
  };
}

export function routerPort(router: Router): number {
  if (router.kind === 'disaggregated-yaml') return router.port;
  const [, port] = router.arguments.find(([flag]) => flag === '--port') ?? [];
  return Number(port);
}

function configMap(name: string, config: string): YamlPart {
  return { settings: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { 'router.yaml': config } } };
}

function service(name: string, selector: Settings, targetPort: number): YamlPart {
  return {
    settings: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector, ports: [{ name: 'http', port: 80, targetPort }] },
    },
  };
}

/** A Service of the workers' own leaders, where nothing has to stand before them. */
export function leaderService(plan: LaunchPlan, setName: string, port: number): YamlPart {
  const selector = {
    'leaderworkerset.sigs.k8s.io/name': setName,
    'leaderworkerset.sigs.k8s.io/worker-index': '0',
  };
  return service(objectName(plan), selector, port);
}

export function routerParts(plan: LaunchPlan, router: Router, addressOf: AddressOf): readonly YamlPart[] {
  const name = objectName(plan, 'router');
  const labels = { 'app.kubernetes.io/name': name };
  const port = routerPort(router);
  const byFile = router.kind === 'disaggregated-yaml';
  const command = byFile
    ? ['trtllm-serve', 'disaggregated', '-c', '/config/router.yaml']
    : [
        ...router.program,
        ...router.arguments.flat(),
        ...plan.roles.flatMap((role) => workerArguments(router, role, addressOf)),
      ];
  const deployment: Settings = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'router',
              image: routerImages[plan.engine],
              command,
              ports: [{ name: 'http', containerPort: port }],
              readinessProbe: { tcpSocket: { port }, periodSeconds: 10 },
              ...(byFile && { volumeMounts: [{ name: 'config', mountPath: '/config', readOnly: true }] }),
            },
          ],
          ...(byFile && { volumes: [{ name: 'config', configMap: { name } }] }),
        },
      },
    },
  };
  const heading = `${engineTitles[plan.engine]}’s router knows these ${plan.roles.map(roleWord).join(' and ')} workers: whoever changes replicas lists them here.`;
  return [
    ...(byFile ? [configMap(name, innerYaml(disaggregatedServers(port, plan.roles, addressOf)))] : []),
    { settings: deployment, notes: [{ above: ['apiVersion'], lines: [heading] }] },
    service(objectName(plan), labels, port),
  ];
}
