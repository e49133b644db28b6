/**
 * The script that starts one node's part of a worker: all its processes, or all of the worker where MPI starts the others. One script serves
 * every worker of a kind and every node of it; what differs comes as arguments.
 */
import type { Argument, LaunchPlan, LaunchRole, WorkerLayout } from './launch-plan.ts';
import { siteOf } from './launch-plan.ts';
import { hasSlots, quoted, shellWord } from './shell-words.ts';

/** Checks an argument before bash reads it as arithmetic, where it could do more than count. */
const whole = [
  'whole() {',
  '  [[ "$2" =~ ^(0|[1-9][0-9]{0,8})$ ]] && (( $2 < $3 )) && return',
  '  echo "$1 has to be a whole number below $3, and is: $2" >&2',
  '  exit 2',
  '}',
];

interface Parameter {
  readonly name: string;
  readonly variable: string;
  readonly meaning: string;
  /** The number below which it has to be. */
  readonly below?: number;
}

/** Whether a worker's number changes anything on a node: the others are started by the same words. */
function differ({ sites }: WorkerLayout): boolean {
  const gpus = ({ firstGpus }: WorkerLayout['sites'][number]) => firstGpus.join();
  return sites.some((site, i) => i > 0 && gpus(site) !== gpus(sites[0] ?? site));
}

function parametersOf({ workers, layout, start }: LaunchRole): readonly Parameter[] {
  const { nodes } = layout;
  const several = nodes > 1;
  return [
    ...(workers > 1 && differ(layout)
      ? [{ name: 'WORKER', variable: 'worker', meaning: `which of the ${workers} workers, from 0`, below: workers }]
      : []),
    ...(several && start === 'each-node'
      ? [
          {
            name: 'NODE_RANK',
            variable: 'node_rank',
            meaning: `which of its ${nodes} nodes this is, from 0`,
            below: nodes,
          },
          { name: 'HEAD_ADDRESS', variable: 'head_address', meaning: 'address of its node 0, as the others reach it' },
        ]
      : []),
    ...(several && start === 'mpi'
      ? [
          {
            name: 'HOSTFILE',
            variable: 'hostfile',
            meaning: `a line for each of its ${nodes} nodes in order: address slots=${layout.gpusPerNode}`,
          },
        ]
      : []),
  ];
}

const shownWorkers = 32;

function gpusInWords({ gpusPerNode }: WorkerLayout, firstGpu: number): string {
  return gpusPerNode === 1 ? `GPU ${firstGpu}` : `GPUs ${firstGpu} to ${firstGpu + gpusPerNode - 1}`;
}

/** Where workers are, in the cluster's numbers. */
export function whereabouts({ workers, layout }: LaunchRole): readonly string[] {
  const { nodes, wholeNodes, period, nodesPerPeriod } = layout;
  const lines = Array.from({ length: Math.min(workers, shownWorkers) }, (_, worker) => {
    const { firstNode, firstGpus } = siteOf(layout, worker);
    const where = nodes === 1 ? `node ${firstNode}` : `nodes ${firstNode} to ${firstNode + nodes - 1}`;
    const alike = firstGpus.every((gpu) => gpu === firstGpus[0]);
    const gpus = wholeNodes
      ? ''
      : `, ${alike ? gpusInWords(layout, firstGpus[0] ?? 0) : firstGpus.map((gpu) => gpusInWords(layout, gpu)).join(' and ')}`;
    return `worker ${worker}: ${where}${gpus}`;
  });
  if (workers > shownWorkers)
    lines.push(`and so on: ${period} workers further on are ${nodesPerPeriod} nodes further on`);
  return lines;
}

function heading(
  plan: LaunchPlan,
  launched: LaunchRole,
  file: string,
  parameters: readonly Parameter[],
): readonly string[] {
  const { role, workers, layout, start } = launched;
  const kind = role === 'both' ? 'worker' : `${role} worker`;
  const part = layout.nodes > 1 && start === 'each-node' ? 'this node’s part of one' : 'one';
  const width = Math.max(...parameters.map(({ name }) => name.length), 0);
  const gpus = layout.nodes * layout.gpusPerNode;
  const spread = layout.nodes > 1 ? ` on ${layout.nodes} nodes` : '';
  return [
    '#!/usr/bin/env bash',
    `# Plan ${plan.planId}`,
    `# ${plan.strategy} of ${plan.model.name} under ${plan.engine}. Starts ${part} ${kind}; there ${workers === 1 ? 'is 1' : `are ${workers}`}, of ${gpus === 1 ? '1 GPU' : `${gpus} GPUs`}${spread}.`,
    `# Usage: ${[`./${file}`, ...parameters.map(({ name }) => name)].join(' ')}`,
    ...parameters.map(({ name, meaning }) => `#   ${name.padEnd(width)}  ${meaning}`),
    ...whereabouts(launched).map((line) => `# ${line}`),
    'set -euo pipefail',
  ];
}

function checks(file: string, parameters: readonly Parameter[]): readonly string[] {
  if (parameters.length === 0) return [];
  const usage = quoted(`usage: ./${file} ${parameters.map(({ name }) => name).join(' ')}`);
  return [
    '',
    ...(parameters.some(({ below }) => below !== undefined) ? [...whole, ''] : []),
    `if (( $# != ${parameters.length} )); then`,
    `  echo ${usage} >&2`,
    '  exit 2',
    'fi',
    ...parameters.map(({ variable }, i) => `${variable}="$${i + 1}"`),
    ...parameters.flatMap(({ name, variable, below }) =>
      below === undefined ? [] : [`whole ${name} "$${variable}" ${below}`],
    ),
  ];
}

function required(name: string, what: string): string {
  return `"\${${name}:?${what.replaceAll(/["\\$`}]/g, '')}}"`;
}

function uses({ program, arguments: args, environment }: LaunchRole, variable: string): boolean {
  const words = [
    ...program,
    ...args.flatMap(({ value }) => (value ? [value] : [])),
    ...environment.map(({ value }) => value),
  ];
  return words.some((word) => word.some((part) => typeof part !== 'string' && part.variable === variable));
}

function variables({ model }: LaunchPlan, launched: LaunchRole, configFile: string | undefined): readonly string[] {
  const checkpoint = model.repository
    ? `"\${MODEL:-${model.repository}}"`
    : required('MODEL', `set MODEL to a checkpoint of ${model.name}: ${model.missing ?? 'none is known'}`);
  return [
    '',
    ...(uses(launched, 'model') ? [`model=${checkpoint}`] : []),
    ...(uses(launched, 'draft-model')
      ? [`draft_model=${required('DRAFT_MODEL', 'set DRAFT_MODEL to the checkpoint that guesses tokens')}`]
      : []),
    ...(uses(launched, 'node-address')
      ? [
          `node_address=${required('NODE_ADDRESS', 'set NODE_ADDRESS to the address at which other nodes reach this one')}`,
        ]
      : []),
    ...(uses(launched, 'config-file') && configFile ? [`config_file="$(dirname -- "$0")/${configFile}"`] : []),
  ];
}

/** The GPUs that the worker may see, and the first of them, which its ports depend on. */
export function devices({ layout, workers }: LaunchRole): readonly string[] {
  const { sites, nodes, gpusPerNode, wholeNodes, prefix, period } = layout;
  if (wholeNodes) return [];
  const seen = sites.map(({ firstGpus }) =>
    firstGpus.map((first) => Array.from({ length: gpusPerNode }, (_, i) => first + i).join(',')),
  );
  const alike = (lists: readonly (readonly string[])[]) => lists.flat().every((list) => list === lists[0]?.[0]);
  if (alike(seen))
    return [
      ...(hasSlots(layout) ? [`first_gpu=${sites[0]?.firstGpus[0] ?? 0}`] : []),
      `export CUDA_VISIBLE_DEVICES=${seen[0]?.[0]}`,
    ];
  const site = !differ(layout)
    ? '0'
    : workers === sites.length
      ? 'worker'
      : prefix === 0
        ? `worker % ${period}`
        : `worker < ${prefix} ? worker : ${prefix} + (worker - ${prefix}) % ${period}`;
  const acrossNodes = seen.every((list) => alike([list]));
  const index = acrossNodes ? 'site' : `site * ${nodes} + node_rank`;
  const table = acrossNodes ? seen.map(([first]) => first ?? '') : seen.flat();
  return [
    `site=$(( ${site} ))`,
    `visible=(${table.map((list) => `'${list}'`).join(' ')})`,
    `export CUDA_VISIBLE_DEVICES="\${visible[${index}]}"`,
    ...(hasSlots(layout) ? slot(sites.map(({ firstGpus }) => String(firstGpus[0] ?? 0))) : []),
  ];
}

function slot(firsts: readonly string[]): readonly string[] {
  if (firsts.length === 0) return [];
  return [`first_gpus=(${firsts.join(' ')})`, `first_gpu="\${first_gpus[site]}"`];
}

function argumentLines(args: readonly Argument[], layout: WorkerLayout, indent: string): readonly string[] {
  return args.map(({ flag, value }) => `${indent}${flag}${value ? ` ${shellWord(value, layout)}` : ''}`);
}

export function command(launched: LaunchRole): readonly string[] {
  const { layout, program, arguments: args, environment } = launched;
  const alone = layout.nodes === 1 || launched.start === 'mpi';
  const on = (place: Argument['on']) => args.filter((argument) => argument.on === place);
  const always = alone ? args.filter((argument) => argument.on !== 'followers') : on(undefined);
  const [heads, followers] = [on('head'), on('followers')];
  return [
    ...environment.map(({ name, value }) => `export ${name}=${shellWord(value, layout)}`),
    '',
    'arguments=(',
    ...argumentLines(always, layout, '  '),
    ')',
    ...(alone || heads.length + followers.length === 0
      ? []
      : [
          'if (( node_rank == 0 )); then',
          '  arguments+=(',
          ...argumentLines(heads, layout, '    '),
          '  )',
          'else',
          '  arguments+=(',
          ...argumentLines(followers, layout, '    '),
          '  )',
          'fi',
        ]),
    `exec ${program.map((word) => shellWord(word, layout)).join(' ')} "\${arguments[@]}"`,
  ];
}

export interface ScriptFiles {
  readonly file: string;
  readonly configFile?: string;
}

export function launchScript(plan: LaunchPlan, launched: LaunchRole, { file, configFile }: ScriptFiles): string {
  const parameters = parametersOf(launched);
  const lines = [
    ...heading(plan, launched, file, parameters),
    ...checks(file, parameters),
    ...variables(plan, launched, configFile),
    ...devices(launched),
    ...command(launched),
  ];
  return `${lines.join('\n')}\n`;
}
