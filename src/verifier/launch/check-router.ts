/** Whether a router is told of every worker, where it answers, and as what it serves. */
import type { Answering } from './check-launch.ts';
import { type ExpectedLaunch, sharesOf } from './expectation.ts';
import { type FlagTable, readFlags } from './flags.ts';
import { readYaml } from './read-yaml.ts';
import { disaggregatedKeys, sglangRouterFlags, vllmRouterFlags } from './router-flags.ts';
import { programOf, type ShellProgram } from './shell-program.ts';
import { type Started, startedBy } from './shell-run.ts';

type Role = Answering['role'];

/** Where a router sends requests of each role, in order. */
interface Routed {
  readonly urls: Readonly<Record<Role, readonly string[]>>;
  readonly bootstrapPorts: readonly (string | undefined)[];
  readonly faults: readonly string[];
}

function byFlags(started: Started, table: FlagTable, program: readonly string[]): Routed {
  const begins = program.every((word, i) => started.command[i] === word);
  const { repeated, faults, values } = readFlags(started.command.slice(program.length), table);
  const all = (flag: string) => repeated.get(flag) ?? [];
  const apart = values.has('--vllm-pd-disaggregation') || values.has('--pd-disaggregation');
  const disaggregated = all('--prefill').length > 0;
  return {
    urls: {
      both: all('--worker-urls').flat(),
      prefill: all('--prefill').map(([url]) => url ?? ''),
      decode: all('--decode').map(([url]) => url ?? ''),
    },
    bootstrapPorts: all('--prefill').map(([, port]) => port),
    faults: [
      ...faults,
      ...(begins ? [] : [`${started.command.slice(0, 3).join(' ')} is not ${program.join(' ')}`]),
      ...(apart === disaggregated ? [] : ['prefill workers and the word for disaggregation go together']),
    ],
  };
}

function servers(value: unknown): readonly string[] {
  const urls: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'urls') : undefined;
  return Array.isArray(urls) ? urls.map((url) => `http://${String(url)}`) : [];
}

function byYaml({ command, written }: Started): Routed {
  const [config = ''] = command.slice(3);
  const [document] = readYaml(written.get(config) ?? '');
  const entries = new Map(typeof document === 'object' && document !== null ? Object.entries(document) : []);
  const known = new Set(disaggregatedKeys.rules.map(({ flag }) => flag));
  const unknown = [...entries.keys()].filter((key) => !known.has(key));
  const counts = ['context_servers', 'generation_servers'].flatMap((key) => {
    const section: unknown = entries.get(key);
    const told: unknown = typeof section === 'object' && section !== null ? Reflect.get(section, 'num_instances') : 0;
    return told === servers(section).length ? [] : [`${key} says ${String(told)} and lists ${servers(section).length}`];
  });
  return {
    urls: {
      both: [],
      prefill: servers(entries.get('context_servers')),
      decode: servers(entries.get('generation_servers')),
    },
    bootstrapPorts: [],
    faults: [
      ...(command.slice(0, 3).join(' ') === 'trtllm-serve disaggregated -c'
        ? []
        : [`${command.slice(0, 3).join(' ')} is not trtllm-serve disaggregated -c`]),
      ...unknown.map((key) => `${disaggregatedKeys.program} has no key ${key}`),
      ...counts,
    ],
  };
}

export function routed({ engine }: ExpectedLaunch, started: Started): Routed {
  switch (engine) {
    case 'vllm':
      return byFlags(started, vllmRouterFlags, ['vllm-router']);
    case 'sglang':
      return byFlags(started, sglangRouterFlags, ['python3', '-m', 'sglang_router.launch_router']);
    case 'tensorrt-llm':
      return byYaml(started);
  }
}

/** Nodes whose addresses the script wants, in order. */
function nodesOf({ comments }: ShellProgram): readonly number[] {
  const line = comments.find((comment) => /^nodes( \d+)+$/.test(comment));
  return line?.split(' ').slice(1).map(Number) ?? [];
}

const address = (node: number) => `address-of-node-${node}`;

export function routerFaults(
  expected: ExpectedLaunch,
  script: string,
  answering: readonly Answering[],
): readonly string[] {
  const program = programOf(script);
  const nodes = nodesOf(program);
  const started = startedBy(program, { arguments: nodes.map(address), environment: {} });
  const { urls, bootstrapPorts, faults } = routed(expected, started);
  const found = [...faults];
  for (const workers of expected.workers) {
    const { role, grid } = workers;
    const told = urls[role];
    if (told.length !== grid.replicas)
      found.push(`${told.length} workers of kind ${role} are told, and there are ${grid.replicas}`);
    for (const { worker, port } of answering.filter((each) => each.role === role)) {
      const node = sharesOf(workers, worker)[0]?.node ?? -1;
      const url = `http://${address(node)}:${port}`;
      if (told[worker] !== url)
        found.push(`${role} worker ${worker} answers at ${url}, and the router asks ${told[worker]}`);
    }
  }
  const every = new Set(Object.values(urls).flat());
  if (every.size !== Object.values(urls).flat().length) found.push('a worker is told twice');
  if (expected.engine === 'sglang' && bootstrapPorts.some((port) => !/^\d+$/.test(port ?? '')))
    found.push('a prefill worker has no bootstrap port');
  return found;
}
