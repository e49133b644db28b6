/** The script that starts what takes requests and hands them to the workers. */
import { stringify } from 'yaml';
import type { Role } from '../served-workers.ts';
import { type LaunchPlan, type LaunchRole, type Part, type Router, siteOf } from './launch-plan.ts';
import { quoted } from './shell-words.ts';

/** More workers than this behind one router are no longer listed in a file. */
export const routedWorkers = 512;

interface Head {
  readonly role: Role;
  readonly node: number;
  readonly port: number;
  readonly bootstrapPort?: number;
}

function portAt({ base, stride }: Extract<Part, { variable: 'port' }>, firstGpu: number): number {
  return base + stride * firstGpu;
}

function headsOf(
  roles: readonly LaunchRole[],
  bootstrap: Extract<Part, { variable: 'port' }> | undefined,
): readonly Head[] {
  return roles.flatMap(({ role, workers, layout, httpPort }) =>
    Array.from({ length: workers }, (_, worker) => {
      const { firstNode, firstGpus } = siteOf(layout, worker);
      const firstGpu = firstGpus[0] ?? 0;
      return {
        role,
        node: firstNode,
        port: portAt(httpPort, firstGpu),
        ...(bootstrap && role === 'prefill' && { bootstrapPort: portAt(bootstrap, firstGpu) }),
      };
    }),
  );
}

type Commanded = Extract<Router, { kind: 'command' }>;

function commandLines(router: Commanded, heads: readonly Head[], nodes: readonly number[]): readonly string[] {
  const url = ({ node, port, bootstrapPort }: Head) =>
    `"http://\${hosts[${nodes.indexOf(node)}]}:${port}"${bootstrapPort === undefined ? '' : ` ${bootstrapPort}`}`;
  const workers = Object.entries(router.workerFlags).flatMap(([role, name]) => {
    const own = heads.filter((head) => head.role === role).map(url);
    return router.oneFlagForAll ? [name, ...own.map((each) => `  ${each}`)] : own.map((each) => `${name} ${each}`);
  });
  return [
    'arguments=(',
    ...router.arguments.map((words) => `  ${words.map(quoted).join(' ')}`),
    ...workers.map((line) => `  ${line}`),
    ')',
    `exec ${router.program.map(quoted).join(' ')} "\${arguments[@]}"`,
  ];
}

/** `trtllm-serve disaggregated` reads who serves from a file, which is written when the addresses are known. */
function yamlLines(port: number, heads: readonly Head[], nodes: readonly number[]): readonly string[] {
  const urls = (role: Role) =>
    heads.filter((head) => head.role === role).map(({ node, port: own }) => `\${hosts[${nodes.indexOf(node)}]}:${own}`);
  const servers = (role: Role) => ({ num_instances: urls(role).length, urls: urls(role) });
  const config = {
    hostname: '0.0.0.0',
    port,
    backend: 'pytorch',
    context_servers: servers('prefill'),
    generation_servers: servers('decode'),
  };
  return [
    'config_file="$(mktemp --suffix=.yaml)"',
    'cat > "$config_file" <<EOF',
    ...stringify(config, { lineWidth: 0 }).trimEnd().split('\n'),
    'EOF',
    'exec trtllm-serve disaggregated -c "$config_file"',
  ];
}

export function routerScript(
  { planId, strategy, model, engine, roles }: LaunchPlan,
  router: Router,
  file: string,
): string {
  const heads = headsOf(roles, router.kind === 'command' ? router.bootstrapPort : undefined);
  const nodes = [...new Set(heads.map(({ node }) => node))];
  const lines = [
    '#!/usr/bin/env bash',
    `# Plan ${planId}`,
    `# ${strategy} of ${model.name} under ${engine}: hands requests to ${heads.length} workers. Start it when they answer.`,
    `# Usage: ./${file} ADDRESS... with the address of each node that a worker begins on, in this order:`,
    `# nodes ${nodes.join(' ')}`,
    'set -euo pipefail',
    '',
    `if (( $# != ${nodes.length} )); then`,
    `  echo ${quoted(`usage: ./${file} ADDRESS... of nodes ${nodes.join(' ')}`)} >&2`,
    '  exit 2',
    'fi',
    'hosts=("$@")',
    '',
    ...(router.kind === 'command' ? commandLines(router, heads, nodes) : yamlLines(router.port, heads, nodes)),
  ];
  return `${lines.join('\n')}\n`;
}
