/** The figures that are aimed at, one line each: ours, ours without the rows that no physics fits, the peer's, the aim. */
import { choiceQuality, targetQuality } from './decisions.ts';
import type { PoolErrors } from './kv-pools.ts';
import { errorsOf, type MetricName, metrics, type Pair, pairsOf, peerPairs } from './metrics.ts';
import { isSound, type Marks } from './oddities.ts';
import { isAnswered, type Scored } from './predict.ts';
import { oneDecimal, type Table } from './report.ts';
import { layoutUnknown, type Row } from './rows.ts';
import { isAggregated, sectionOf } from './sections.ts';

interface Aim {
  readonly title: string;
  readonly metric: MetricName;
  readonly of: (row: Row) => boolean;
  /** MAPE / median, percent; a median alone where one figure is aimed at. */
  readonly aim: readonly [mape: number | undefined, median: number];
}

const aims: readonly Aim[] = [
  { title: 'TPOT, aggregated', metric: 'TPOT', of: isAggregated, aim: [10, 6.5] },
  { title: 'TTFT, aggregated', metric: 'TTFT', of: isAggregated, aim: [38, 15] },
  { title: 'throughput, aggregated', metric: 'tokens/s/GPU', of: isAggregated, aim: [10, 6.5] },
  { title: 'TPOT, disaggregated', metric: 'TPOT', of: (row) => sectionOf(row) === 'disaggregated', aim: [25, 15] },
  {
    title: 'saturated throughput, dense',
    metric: 'tokens/s/GPU',
    of: (row) => sectionOf(row) === 'saturated, dense',
    aim: [undefined, 7],
  },
  {
    title: 'saturated throughput, MoE, expert layout known',
    metric: 'tokens/s/GPU',
    of: (row) => sectionOf(row) === 'saturated, MoE',
    aim: [undefined, 14],
  },
  {
    title: 'saturated throughput, MoE, all',
    metric: 'tokens/s/GPU',
    of: (row) => sectionOf(row) === 'saturated, MoE' || layoutUnknown(row),
    aim: [undefined, 14],
  },
  {
    title: 'static batch, throughput',
    metric: 'tokens/s/GPU',
    of: (row) => sectionOf(row) === 'static batch',
    aim: [undefined, 7],
  },
  { title: 'first-token latency', metric: 'TTFT', of: (row) => sectionOf(row) === 'first token', aim: [undefined, 7] },
];

export function headlineTable(scored: readonly Scored[], marks: Marks, pools: PoolErrors): Table {
  return {
    title: 'What is aimed at',
    note: 'Errors as MAPE / median in percent. Sound: without the rows that no physics fits, as far as their marks spoil the figure.',
    head: ['', 'n', 'ours', 'sound: n', 'ours', 'peer: n', 'peer', 'ours there', 'aim'],
    rows: [...aims.flatMap((aim) => aimLine(aim, scored, marks)), ...otherLines(scored, pools)],
  };
}

function aimLine({ title, metric, of, aim: [mape, median] }: Aim, scored: readonly Scored[], marks: Marks): string[][] {
  const pairs = pairsOf(scored.filter(isAnswered), metrics[metric]).filter(({ row }) => of(row));
  if (pairs.length === 0) return [];
  const sound = pairs.filter(({ row }) => isSound(marks, row.id, metric));
  const { ours, peers } = peerPairs(pairs, metrics[metric]);
  const aimed = mape === undefined ? `– / ${median}` : `${mape} / ${median}`;
  return [[title, ...counted(pairs), ...counted(sound), ...counted(peers), counted(ours)[1] ?? '', aimed]];
}

function counted(pairs: readonly Pair[]): string[] {
  if (pairs.length === 0) return ['', ''];
  const { n, mape, median } = errorsOf(pairs);
  return [String(n), `${oneDecimal(mape)} / ${oneDecimal(median)}`];
}

/** The peer's figures here are those that the aims were set with: its answers are not in the data. */
function otherLines(scored: readonly Scored[], { pool, concurrency }: PoolErrors): string[][] {
  const line = (title: string, figures: { n?: number; ours: string; peer: string; aim: string }): string[] => {
    const { n, ours, peer, aim } = figures;
    return [title, n === undefined ? '' : String(n), ours, '', '', '', peer, '', aim];
  };
  const answered = (100 * scored.filter(isAnswered).length) / scored.length;
  const choice = choiceQuality(scored);
  const figure = (value: number | undefined) => (value === undefined ? '–' : oneDecimal(value));
  const lines = [
    line('KV pool; concurrency, mean %', {
      ours: `${figure(pool)}; ${figure(concurrency)}`,
      peer: '6.6; 15.3',
      aim: '3; 6',
    }),
    line('rows answered %', { n: scored.length, ours: oneDecimal(answered), peer: '53', aim: '100' }),
    line('best picked; of the best reached %', {
      n: choice?.groups ?? 0,
      ours: `${figure(choice?.bestPicked)}; ${figure(choice?.reached)}`,
      peer: '90.7; 98.0',
      aim: '94; 99',
    }),
  ];
  const peers = [
    { target: 15, peer: '5 of 50; 86.7', aim: '1; 93' },
    { target: 25, peer: '4 of 52; 91.0', aim: '1; 95' },
  ];
  const picks = peers.map(({ target, peer, aim }) => {
    const { families, broken, reached } = targetQuality(scored, target);
    const title = `picks under TPOT ${target} ms: broken; the others reach %`;
    return line(title, { n: families, ours: `${broken.length}; ${oneDecimal(reached)}`, peer, aim });
  });
  return [...lines, ...picks];
}
