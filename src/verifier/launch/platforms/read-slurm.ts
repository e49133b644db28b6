/**
 * A Slurm job back into workers. What is the same in every job is known here to the letter, so that what it does is known too: it names the job's nodes,
 * and start() runs a step on `nodes` of them from `first` on, `tasks` to each, whose script gets the worker's number and the addresses of its
 * nodes; the router's part waits for all workers and hands it the addresses of router_nodes.
 */
import type { EngineName } from '../../../planner/engine.ts';
import { programOf, type ShellProgram } from '../shell-program.ts';
import { startedBy } from '../shell-run.ts';
import { Unreadable } from '../shell-words.ts';
import { type PlatformProcess, type ReadPlatform, type ReadWorkers, roleOfWord, stand } from './platform-reading.ts';
import { withConfiguration } from './read-leaderworkerset.ts';

const knownSettings = `set -euo pipefail

mapfile -t hosts < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
addresses=()
for host in "\${hosts[@]}"; do
  read -r address _ < <(getent ahostsv4 "$host")
  addresses+=("$address")
done

container=()
if [[ -n "\${IMAGE:-}" ]]; then
  container=("--container-image=$IMAGE" "--container-mounts=\${MOUNTS:-$SLURM_SUBMIT_DIR:$SLURM_SUBMIT_DIR}")
fi

# A worker: its name, its script and number, its first node and how many it has, tasks on each, and who tells tasks from each other.
start() {
  local name="$1" script="$2" worker="$3" first="$4" nodes="$5" tasks="$6" mpi="$7" on
  printf -v on '%s,' "\${hosts[@]:first:nodes}"
  srun --overlap --nodes="$nodes" --ntasks-per-node="$tasks" --nodelist="\${on%,}" --gpus-per-node="$SLURM_GPUS_PER_NODE" \\
    --cpu-bind=none --mem=0 --mpi="$mpi" --kill-on-bad-exit=1 --label \\
    "\${container[@]}" bash -c "$script" "$name" "$worker" "\${addresses[@]:first:nodes}" &
}`;

const knownRouterSettings = `
router_container=()
if [[ -n "\${ROUTER_IMAGE:-}" ]]; then router_container=("--container-image=$ROUTER_IMAGE"); fi

answers() { (exec 3<> "/dev/tcp/$1/$2") 2> /dev/null; }`;

const knownRouterStart = `router_addresses=()
for node in "\${router_nodes[@]}"; do router_addresses+=("\${addresses[node]}"); done
srun --overlap --nodes=1 --ntasks=1 --nodelist="\${hosts[0]}" --cpu-bind=none --mem=0 \\
  "\${router_container[@]}" bash -c "$router_script" router "\${router_addresses[@]}" &`;

const knownEnd = `
# Whichever step ends first ends the job: the others would wait for it for ever.
wait -n || true
echo "a part of the job has ended: see its lines above" >&2
exit 1`;

interface Cursor {
  readonly lines: readonly string[];
  at: number;
}

/** Takes a text that is known to the letter. */
function take(cursor: Cursor, text: string, what: string): void {
  const expected = text.split('\n');
  const differs = expected.findIndex((line, i) => cursor.lines[cursor.at + i] !== line);
  if (differs >= 0)
    throw new Unreadable(`${what} is not as in every job: ${cursor.lines[cursor.at + differs] ?? 'the end'}`);
  cursor.at += expected.length;
}

function line(cursor: Cursor): string {
  const next = cursor.lines[cursor.at];
  if (next === undefined) throw new Unreadable('the job ends early');
  cursor.at += 1;
  return next;
}

/** An array of whole numbers, on one line or on several. */
function numbers(cursor: Cursor, name: string): readonly number[] {
  let text = line(cursor);
  if (!text.startsWith(`${name}=(`)) throw new Unreadable(`${name} is missing: ${text}`);
  while (!text.endsWith(')')) text = `${text} ${line(cursor)}`;
  const inside = text
    .slice(name.length + 2, -1)
    .trim()
    .split(/\s+/);
  if (inside.some((word) => !/^\d{1,9}$/.test(word))) throw new Unreadable(`${name} has something else than numbers`);
  return inside.map(Number);
}

/** A script that is held in a variable. */
function script(cursor: Cursor, name: string): ShellProgram {
  take(cursor, `${name}="$(\n  cat <<'SCRIPT'`, name);
  const from = cursor.at;
  while (line(cursor) !== 'SCRIPT');
  const text = cursor.lines.slice(from, cursor.at - 1).join('\n');
  take(cursor, ')"', name);
  return programOf(text);
}

const each = (name: string) => `for index in "\${!${name}_nodes[@]}"; do`;

interface Kind {
  readonly name: string;
  readonly nodes: readonly number[];
  readonly ports: readonly number[] | undefined;
  readonly program: ShellProgram;
  readonly nodesEach: number;
  readonly tasks: number;
  readonly numbering: string;
}

function kindAt(cursor: Cursor): Kind {
  const name = /^(\w+)_nodes=\(/.exec(cursor.lines[cursor.at] ?? '')?.[1] ?? '';
  const nodes = numbers(cursor, `${name}_nodes`);
  const ports = cursor.lines[cursor.at]?.startsWith(`${name}_ports=(`) ? numbers(cursor, `${name}_ports`) : undefined;
  const program = script(cursor, `${name}_script`);
  take(cursor, each(name), 'the loop over workers');
  const call = `  start ${name} "$${name}_script" "$index" "\${${name}_nodes[index]}" `;
  const started = line(cursor);
  const [, nodesEach, tasks, numbering] = /^(\d+) (\d+) (none|pmix)$/.exec(started.slice(call.length)) ?? [];
  if (!started.startsWith(call) || numbering === undefined)
    throw new Unreadable(`workers are started otherwise: ${started}`);
  if (numbering === 'none' && tasks !== '1') throw new Unreadable(`each node starts ${tasks} processes of a worker`);
  take(cursor, 'done', 'the loop over workers');
  return { name, nodes, ports, program, nodesEach: Number(nodesEach), tasks: Number(tasks), numbering };
}

const address = (node: number) => `address-of-node-${node}`;

function processOf(
  { program, nodes, nodesEach, tasks, numbering }: Kind,
  worker: number,
  nodeRank: number,
): PlatformProcess {
  const first = nodes[worker] ?? 0;
  const addresses = Array.from({ length: nodesEach }, (_, i) => address(first + i));
  const environment = { SLURM_NODEID: String(nodeRank), MODEL: stand.model, DRAFT_MODEL: stand.draft };
  const started = startedBy(program, { arguments: [String(worker), ...addresses], environment });
  // Slurm starts the ranks that mpirun would start.
  const ranks = ['mpirun', '-n', String(nodesEach * tasks), '--hostfile', address(first), '--map-by', 'slot'];
  const command = numbering === 'pmix' ? [...ranks, ...started.command] : started.command;
  return {
    head: nodesEach > 1 ? address(first) : '127.0.0.1',
    node: address(first + nodeRank),
    ...withConfiguration({ ...started, command }, started.written),
  };
}

function workersOf(kind: Kind, gpusPerNode: number): ReadWorkers {
  const role = roleOfWord(kind.name);
  if (role === undefined) throw new Unreadable(`${kind.name} is no kind of worker`);
  return {
    role,
    workers: kind.nodes.length,
    nodes: kind.nodesEach,
    gpusPerNode,
    firstNodes: kind.nodes,
    sharesNodes: true,
    numbered: true,
    saysItself: 'all',
    ...(kind.ports && { portOf: (worker: number) => kind.ports?.[worker] }),
    processOf: (worker, nodeRank) => processOf(kind, worker, nodeRank),
  };
}

const directives = new Map([
  ['job-name', /^shardwell-[0-9a-f]{8}$/],
  ['nodes', /^[1-9]\d{0,6}$/],
  ['gpus-per-node', /^[1-9]\d{0,3}$/],
  ['exclusive', /^$/],
  ['output', /^%x-%j\.log$/],
]);

function directivesAt(cursor: Cursor): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (;;) {
    const [, name, value = ''] = /^#SBATCH --([a-z-]+)(?:=(\S+))?$/.exec(cursor.lines[cursor.at] ?? '') ?? [];
    if (name === undefined) break;
    if (!directives.get(name)?.test(value))
      throw new Unreadable(`#SBATCH --${name}=${value} is no directive of launch files`);
    if (found.has(name)) throw new Unreadable(`#SBATCH --${name} is given twice`);
    found.set(name, value);
    cursor.at += 1;
  }
  for (const name of directives.keys()) if (!found.has(name)) throw new Unreadable(`#SBATCH --${name} is missing`);
  return found;
}

function routerAt(cursor: Cursor, kinds: readonly Kind[]): Pick<ReadPlatform, 'router' | 'faults'> {
  take(cursor, knownRouterSettings, 'the router’s container');
  take(cursor, '\n# The router is started when all workers answer. It runs on the first node.', 'the router’s start');
  for (const { name } of kinds) {
    const wait = `  until answers "\${addresses[\${${name}_nodes[index]}]}" "\${${name}_ports[index]}"; do sleep 10; done`;
    take(cursor, `${each(name)}\n${wait}\ndone`, `the wait for ${name}`);
  }
  const nodes = numbers(cursor, 'router_nodes');
  const program = script(cursor, 'router_script');
  take(cursor, knownRouterStart, 'the router’s start');
  const addresses = kinds.map(({ name, nodes: own }) => [roleOfWord(name) ?? 'both', own.map(address)] as const);
  return {
    router: {
      started: startedBy(program, { arguments: nodes.map(address), environment: {} }),
      addresses: Object.fromEntries(addresses),
    },
    faults: kinds.flatMap(({ name, ports }) => (ports ? [] : [`nobody knows where ${name} workers answer`])),
  };
}

export function readSlurm(text: string, engine: EngineName): ReadPlatform {
  if (!text.endsWith('\n')) throw new Unreadable('the last line has no end');
  const cursor: Cursor = { lines: text.slice(0, -1).split('\n'), at: 0 };
  take(cursor, '#!/usr/bin/env bash', 'the first line');
  while (/^# /.test(cursor.lines[cursor.at] ?? '')) cursor.at += 1;
  const told = directivesAt(cursor);
  take(cursor, knownSettings, 'the beginning');
  const kinds: Kind[] = [];
  while (/^# The first node of each /.test(cursor.lines[cursor.at + 1] ?? '')) {
    take(cursor, '', 'a gap');
    cursor.at += 1;
    kinds.push(kindAt(cursor));
  }
  const routed = cursor.lines[cursor.at + 1] === 'router_container=()' ? routerAt(cursor, kinds) : { faults: [] };
  take(cursor, knownEnd, 'the end');
  if (cursor.at !== cursor.lines.length) throw new Unreadable('the job goes on after its end');
  const [nodes, gpus] = [Number(told.get('nodes')), Number(told.get('gpus-per-node'))];
  const last = Math.max(...kinds.flatMap((kind) => kind.nodes.map((first) => first + kind.nodesEach)));
  return {
    engine,
    checkpoints: [...text.matchAll(/^model="\$\{MODEL:-(.*)\}"$/gm)].map(([, name]) => name ?? ''),
    workers: kinds.map((kind) => workersOf(kind, gpus)),
    faults: [
      ...routed.faults,
      ...(last === nodes ? [] : [`workers need ${last} nodes, and the job asks for ${nodes}`]),
    ],
    ...(routed.router && { router: routed.router }),
  };
}
