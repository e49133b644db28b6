/**
 * What a container of a pod runs: the engine's process of one node of a worker. A pod has an address and all ports of its own, sees the GPUs that
 * it was given and no others, and learns its place in the group from the environment.
 */
import type { Argument, LaunchRole } from '../launch-plan.ts';
import { shellWord } from '../shell-words.ts';

/** head: a worker's node 0. followers: its others. alone: a worker of one node. */
export type PodPlace = 'head' | 'followers' | 'alone';

export function toldOn({ arguments: args }: LaunchRole, place: PodPlace): readonly Argument[] {
  const elsewhere = place === 'followers' ? 'head' : 'followers';
  return args.filter(({ on }) => on !== elsewhere);
}

type Variable = Exclude<LaunchRole['program'][number][number], string>['variable'];

function uses(role: LaunchRole, args: readonly Argument[], variable: Variable): boolean {
  const words = [
    ...role.program,
    ...args.flatMap(({ value }) => (value ? [value] : [])),
    ...role.environment.map(({ value }) => value),
  ];
  return words.some((word) => word.some((part) => typeof part !== 'string' && part.variable === variable));
}

export const configPath = '/config/engine.yaml';

/** Environment of the container that the script reads: Kubernetes fills it in. */
export function readEnvironment(role: LaunchRole): readonly ('MODEL' | 'DRAFT_MODEL' | 'POD_IP')[] {
  return [
    ...(uses(role, role.arguments, 'model') ? (['MODEL'] as const) : []),
    ...(uses(role, role.arguments, 'draft-model') ? (['DRAFT_MODEL'] as const) : []),
    ...(uses(role, role.arguments, 'node-address') ? (['POD_IP'] as const) : []),
  ];
}

/** The leader's name is known once it has an address, which may be after this pod has started; and some versions bind to addresses alone. */
export const leaderAddress = 'until read -r head_address _ < <(getent hosts "$LWS_LEADER_ADDRESS"); do sleep 2; done';

export function podScript(role: LaunchRole, place: PodPlace): string {
  const args = toldOn(role, place);
  const needs = (variable: Variable) => uses(role, args, variable);
  // No port depends on a GPU here.
  const layout = { ...role.layout, sites: [] };
  const lines = [
    '#!/usr/bin/env bash',
    'set -euo pipefail',
    ...(needs('model') ? [`model="\${MODEL:?set MODEL to a checkpoint}"`] : []),
    ...(needs('draft-model')
      ? [`draft_model="\${DRAFT_MODEL:?set DRAFT_MODEL to the checkpoint that guesses tokens}"`]
      : []),
    ...(needs('node-rank') ? ['node_rank="$LWS_WORKER_INDEX"'] : []),
    ...(needs('head-address') ? [leaderAddress] : []),
    ...(needs('node-address') ? ['node_address="$POD_IP"'] : []),
    ...(needs('config-file') ? [`config_file=${configPath}`] : []),
    ...role.environment.map(({ name, value }) => `export ${name}=${shellWord(value, layout)}`),
    'arguments=(',
    ...args.map(({ flag, value }) => `  ${flag}${value ? ` ${shellWord(value, layout)}` : ''}`),
    ')',
    `exec ${role.program.map((word) => shellWord(word, layout)).join(' ')} "\${arguments[@]}"`,
  ];
  return `${lines.join('\n')}\n`;
}
