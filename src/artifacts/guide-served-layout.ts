/** The serving guide's maps: what is cut over what, which rank is where, who forms a group. */
import type { FeasibleServingPlan } from '../http/schemas/serving-answer.ts';
import { type Kind, roles } from './guide-served-kinds.ts';
import { count, plural, span, table } from './markdown.ts';
import type { Workers } from './served-workers.ts';

/** A kind of worker in a sentence: how many, of how many GPUs, and what is cut over what. */
export function inWords({ workers, summary }: Kind, named: boolean): string {
  const { tp, cp, dp, pp, ep, etp, redundantExperts } = workers.strategy;
  const cuts = [
    ...(tp > 1 ? [`attention and dense layers are cut over ${tp} GPUs (tensor parallelism)`] : []),
    ...(cp > 1 ? [`each prompt over ${cp} (context parallelism)`] : []),
    ...(dp > 1 ? [`requests are dealt to ${dp} attention ranks (data parallelism)`] : []),
    ...(ep > 1 ? [`the experts of a layer to ${ep} ranks${etp > 1 ? `, each of them on ${etp} GPUs` : ''}`] : []),
    ...(redundantExperts > 0 ? [`${redundantExperts} experts of a layer are there twice`] : []),
    ...(pp > 1 ? [`the layers make ${pp} stages (pipeline parallelism)`] : []),
  ];
  const noun = named ? roles[workers.role].toLowerCase().replace(/s$/, '') : 'worker';
  const size = plural(summary.ranksPerWorker, 'GPU');
  const many = `${plural(summary.workers, noun)}${summary.workers > 1 ? `, each of ${size}` : ` of ${size}`}`;
  return cuts.length === 0 ? `${many}: a GPU holds the whole model.` : `${many}: ${cuts.join(', ')}.`;
}

export function degreeTable({ resolved }: FeasibleServingPlan, kinds: readonly Kind[]): string {
  const moe = resolved.model.layers.some((run) => run.moe);
  const rows: readonly (readonly [string, keyof Workers['strategy'], string])[] = [
    ['workers', 'replicas', 'instances of the engine'],
    ['tp, tensor', 'tp', 'attention and dense layers, by heads and columns'],
    ['cp, context', 'cp', 'each prompt, and a sequence’s cache where the engine shares it out'],
    ['dp, data', 'dp', 'requests, over attention ranks inside a worker'],
    ['pp, pipeline', 'pp', 'the layers, in stages'],
    ...(moe
      ? ([
          ['ep, expert', 'ep', 'the experts of a layer'],
          ['etp, expert tensor', 'etp', 'each expert, by columns'],
          ['redundant experts', 'redundantExperts', 'nothing: further copies of busy experts in each layer'],
        ] as const)
      : []),
    ['max. concurrency', 'maxConcurrency', 'requests that all these workers run at once, at most'],
  ];
  return table(
    ['Axis', ...kinds.map(({ workers }) => roles[workers.role]), 'Splits'],
    rows.map(([axis, name, splits]) => [axis, ...kinds.map(({ workers }) => count(workers.strategy[name])), splits]),
  );
}

export function rankMap({ workers, summary }: Kind): string {
  const each = `${plural(summary.workers, 'worker')} of ${plural(summary.ranksPerWorker, 'rank')}, ranks ${span(summary.firstRank, summary.ranks)}, from GPU ${summary.firstGpu} of the cluster on. Ranks of the plan count over all workers; inside a worker the engine counts from 0.`;
  const shown = summary.nodes.slice(0, 24);
  const more = summary.nodes.length > shown.length ? `\n\n… and more in the placement.` : '';
  const rows = shown.map(({ firstNode, nodes, firstRank, ranksPerNode }) => [
    span(firstNode, nodes),
    span(firstRank, nodes * ranksPerNode),
    count(ranksPerNode),
  ]);
  const stages = summary.stages.map(({ stage, ranks, layers, moeLayers }) => {
    const runs = ranks.runs === 1 ? '' : ` and ${ranks.runs - 1} times the same ${ranks.every} further on`;
    return [
      String(stage),
      `${span(ranks.first, ranks.run)}${runs}`,
      span(layers.first, layers.count),
      count(moeLayers),
    ];
  });
  const stageTable =
    workers.strategy.pp > 1
      ? `\n\n${table(['Stage', 'Ranks of the first worker', 'Layers', 'With experts'], stages)}`
      : '';
  return `${each}\n\n${table(['Node', 'Ranks', 'A node'], rows)}${more}${stageTable}`;
}

export function numbering({ resolved }: FeasibleServingPlan, kinds: readonly Kind[]): string {
  const { stages, expert } = resolved.engine.rankLayout;
  const [slowest, middle, fastest] = expert;
  const formula =
    stages === 'outside'
      ? 'rank = (worker × pp + stage) × tp × cp × dp + i'
      : 'rank = ((worker × dp + dp_i) × pp + stage) × cp × tp + cp_i × tp + tp_i';
  const text = [
    'As the engine numbers them, slowest axis first, from the first rank of their kind of worker on:',
    '',
    '```',
    formula,
    'i    = (dp_i × cp + cp_i) × tp + tp_i      read by attention and dense layers',
    `     = (${slowest}_i × ${middle} + ${middle}_i) × ${fastest} + ${fastest}_i      read by expert layers`,
    '```',
  ].join('\n');
  const rows = kinds.flatMap(({ workers, summary }) =>
    summary.groups
      .filter(({ size }) => size > 1)
      .map(({ kind, groups, size, firstGroup }) => [
        ...(kinds.length > 1 ? [roles[workers.role]] : []),
        kind,
        count(groups),
        count(size),
        firstGroup.length <= 8
          ? firstGroup.join(', ')
          : `${firstGroup.slice(0, 3).join(', ')}, …, ${firstGroup.at(-1)}`,
      ]),
  );
  if (rows.length === 0) return `${text}\n\nEvery rank is alone: there is no group of more than one.`;
  const head = [...(kinds.length > 1 ? ['Workers'] : []), 'Group', 'Groups', 'Ranks in each', 'The first'];
  return `${text}\n\n${table(head, rows)}`;
}
