/** The guide's maps: which rank is on which node, how ranks are numbered, who forms a group, what each stage holds. */
import type { FeasiblePlan } from '../http/schemas/answer.ts';
import type { GroupKind } from '../planner/estimate.ts';
import { count, plural, span, table } from './markdown.ts';
import { type PlacedPlan, planPlacement } from './placement-pages.ts';
import type { NodeRun, PlacementSummary } from './placement-summary.ts';

/** Longer tables are cut, and say so: the placement itself has every rank. */
const mostRows = 24;

function cut<T>(rows: readonly T[], what: string): { readonly shown: readonly T[]; readonly note: string } {
  if (rows.length <= mostRows) return { shown: rows, note: '' };
  return {
    shown: rows.slice(0, mostRows),
    note: `\n\n… and ${count(rows.length - mostRows)} more ${what} in the placement.`,
  };
}

/** The GPUs of a node that have ranks: the same on every node of a run, since ranks fill each domain from its first GPU. */
export function localGpus(plan: PlacedPlan, { firstRank, ranksPerNode }: NodeRun): readonly number[] {
  const { gpuOf } = planPlacement(plan);
  const { gpusPerNode } = plan.resolved.cluster;
  return Array.from({ length: ranksPerNode }, (_, j) => gpuOf(firstRank + j).gpu % gpusPerNode);
}

/** 0–5, or 0–1, 4–5 where some between are left out. */
export function ranges(values: readonly number[]): string {
  const runs: { first: number; length: number }[] = [];
  for (const value of values) {
    const run = runs.at(-1);
    if (run && run.first + run.length === value) run.length += 1;
    else runs.push({ first: value, length: 1 });
  }
  return runs.map(({ first, length }) => span(first, length)).join(', ');
}

/** Which ranks node n of a run has. */
function onNode({ firstNode, firstRank, ranksPerNode }: NodeRun): string {
  const n = firstNode === 0 ? 'n' : `(n − ${firstNode})`;
  const first = `${firstRank === 0 ? '' : `${firstRank} + `}${ranksPerNode} × ${n}`;
  return ranksPerNode === 1 ? `node n has ${first}` : `node n has ${first} and the next ${ranksPerNode - 1}`;
}

export function rankMap(plan: PlacedPlan, summary: PlacementSummary): string {
  const { cluster } = plan.resolved;
  const { shown, note } = cut(summary.nodes, 'rows');
  const rows = shown.map((run) => {
    const ranks = span(run.firstRank, run.nodes * run.ranksPerNode);
    const each = run.nodes === 1 ? '' : `; ${onNode(run)}`;
    return [span(run.firstNode, run.nodes), `${ranks}${each}`, ranges(localGpus(plan, run))];
  });
  const idle =
    summary.gpusIdle === 0
      ? 'Every GPU has a rank.'
      : `${plural(summary.gpusIdle, 'GPU')} of ${count(cluster.gpus)} ${summary.gpusIdle === 1 ? 'has' : 'have'} no rank.`;
  const domain =
    cluster.nvlinkDomainGpus === cluster.gpusPerNode
      ? `The ${plural(cluster.gpusPerNode, 'GPU')} of a node share ${cluster.intraNode.name}`
      : `Each ${plural(cluster.nvlinkDomainGpus, 'GPU')} in a row share ${cluster.intraNode.name}`;
  const between = cluster.gpus > cluster.nvlinkDomainGpus ? `; beyond them it is ${cluster.interNode.name}.` : '.';
  return `${domain}${between} ${idle}\n\n${table(['Node', 'Ranks', 'GPUs of the node'], rows)}${note}`;
}

export function stageMap({ strategy, resolved }: PlacedPlan, summary: PlacementSummary): string {
  const { shown, note } = cut(summary.stages, 'stages');
  const { vocabulary } = resolved.model;
  const rows = shown.map(({ stage, ranks, layers, moeLayers }) => {
    const dense = layers.count - moeLayers;
    const kinds =
      moeLayers === 0 ? 'dense' : dense === 0 ? 'with experts' : `${dense} dense, ${moeLayers} with experts`;
    const ends = [
      vocabulary && stage === 0 ? 'embedding' : undefined,
      stage === strategy.pp - 1 ? (vocabulary ? 'final norm, LM head' : 'final norm') : undefined,
    ].filter((end) => end !== undefined);
    return [
      String(stage),
      span(ranks.first, ranks.count),
      `${span(layers.first, layers.count)} (${kinds})`,
      ends.join(', '),
    ];
  });
  const replicas = strategy.replicas > 1 ? ` Replica r adds r × ${summary.ranksPerReplica} to each rank.` : '';
  return `${table(['Stage', 'Ranks', 'Layers', 'And'], rows)}${note}${replicas && `\n\n${replicas.trim()}`}`;
}

const groupMeanings: Readonly<Record<GroupKind, string>> = {
  tp: 'shards of one attention or dense layer',
  cp: 'parts of one sequence',
  dp: 'the same attention weights, other sequences',
  pp: 'the stages of one pipeline',
  ep: 'all experts of a layer: tokens are exchanged here',
  etp: 'shards of one expert',
  edp: 'the same experts, other tokens',
};

const expertGroups: ReadonlySet<GroupKind> = new Set(['ep', 'etp', 'edp']);

export function groupMap(plan: FeasiblePlan, summary: PlacementSummary): string {
  const used = new Map(plan.estimate.communication.perCollective.map((use) => [use.group, use]));
  const moe = plan.resolved.model.layers.some((run) => run.moe);
  const rows = summary.groups
    .filter(({ kind, size }) => size > 1 && (moe || !expertGroups.has(kind)))
    .map(({ kind, groups, size, stride }) => {
      const members =
        size <= 4
          ? Array.from({ length: size }, (_, j) => j * stride).join(', ')
          : `0, ${stride}, ${2 * stride}, …, ${(size - 1) * stride}`;
      const use = used.get(kind);
      const path = use === undefined ? 'no traffic in a step' : use.crossesNodes ? 'between nodes' : 'inside a node';
      return [kind, count(groups), count(size), count(stride), members, groupMeanings[kind], path];
    });
  if (rows.length === 0) return 'One rank, and no group of more than one.';
  return table(
    ['Group', 'Groups', 'Ranks in each', 'Stride', 'The group of rank 0', 'Its members are', 'Traffic'],
    rows,
  );
}

export function numbering({ tp, cp, dp, ep, etp, edp, pp }: FeasiblePlan['strategy']): string {
  const stage = tp * cp * dp;
  return [
    'Ranks count from 0, slowest axis first:',
    '',
    '```',
    `rank = (replica × ${pp} + stage) × ${stage} + i`,
    `i    = (dp × ${cp} + cp) × ${tp} + tp        read by attention, norms and dense layers`,
    `     = (edp × ${ep} + ep) × ${etp} + etp      read by expert layers`,
    `with stage < ${pp}, dp < ${dp}, cp < ${cp}, tp < ${tp}, edp < ${edp}, ep < ${ep}, etp < ${etp}`,
    '```',
  ].join('\n');
}
