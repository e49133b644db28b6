/**
 * Rows that no physics fits, marked by rule: what was measured there is not what the row says was run, or not the engine alone. Rules
 * may look at predictions, and a row off by much is not marked for that: each looks for a contradiction within the measurements, or with
 * the hardware's own limits.
 */
import { type MetricName, measuredThroughput, median, quantile } from './metrics.ts';
import { type Answered, isAnswered, type Scored } from './predict.ts';
import { groupedBy, type Table } from './report.ts';
import { groupings, sectionOf } from './sections.ts';
import {
  burstMs,
  hasFreeCache,
  isFilled,
  peakShare,
  possibleShare,
  possibleShares,
  prefillLoad,
  promptRanks,
  tpot,
  ttft,
} from './signs.ts';

export interface Rule {
  readonly id: string;
  /** Likely cause, and how the rows show it. */
  readonly reason: string;
  /** Figures of a marked row that do not count. */
  readonly spoils: readonly MetricName[];
  readonly marks: (answered: readonly Answered[]) => readonly Answered[];
}

const all: readonly MetricName[] = ['TPOT', 'TTFT', 'tokens/s/GPU'];
/** The rows' throughput of a closed loop is derived from both latencies. */
const firstToken: readonly MetricName[] = ['TTFT', 'tokens/s/GPU'];

export const rules: readonly Rule[] = [
  {
    id: 'faster-than-computed',
    reason: `in a third of a series or more, FLOPs of all tokens exceed what products reach of the peak (${possibleShares.bf16} in bf16, ${possibleShares.narrower} below), or prompts finish faster than they can be computed one by one: prefix-cache hits, or another deployment than the row says`,
    spoils: all,
    marks: (answered) => wholeSeries(answered, (row) => peakShare(row) > possibleShare(row) || prefillLoad(row) > 1),
  },
  {
    id: 'host-bound-release',
    reason:
      'TPOT at least twice the prediction and the same within a quarter while the concurrency at least doubles: the host, not the GPU, set the pace of that release',
    spoils: all,
    marks: (answered) => seriesOf(answered).flatMap((series) => (isFlatAndSlow(series) ? series : [])),
  },
  {
    id: 'burst-exceeded',
    reason:
      'in a third of a series or more, TTFT above 1.3 times the whole burst of prompts and half a second, with room in the KV cache: something else than prefill was waited for, often the client',
    spoils: firstToken,
    marks: (answered) => wholeSeries(answered, (row) => hasFreeCache(row) && ttft(row) > 1.3 * burstMs(row) + 500),
  },
  {
    id: 'ttft-does-not-fall-with-tp',
    reason:
      'TTFT no lower than on fewer GPUs per worker though prefill takes a quarter less time: the client or the host set it',
    spoils: firstToken,
    marks: (answered) =>
      alike(answered, ['series', 'lengths'], ({ row }) => String(row.workload.concurrency)).flatMap(notFalling),
  },
  {
    id: 'streamed-in-intervals',
    reason:
      'TTFT above the prediction by 14 to 23 TPOTs, nearly the same number at every concurrency: tokens were sent to the client in groups of 20',
    spoils: firstToken,
    marks: (answered) =>
      alike(answered, ['series', 'lengths'], strategy).flatMap((group) => (isStreamed(group) ? group : [])),
  },
  {
    id: 'ttft-grows-with-answer',
    reason:
      'TTFT a third higher for answers twice as long, with all else equal and room in the KV cache: some requests waited for another to finish, as with one slot fewer than clients',
    spoils: firstToken,
    marks: (answered) =>
      alike(answered, ['series'], (row) => [row.row.workload.isl, row.row.workload.concurrency, strategy(row)].join())
        .filter((group) => growsWithAnswer(group))
        .flat(),
  },
  {
    id: 'engine-not-filled',
    reason:
      'latencies of a run without a printed concurrency, of fewer than half of the requests in flight that the engine has room for (tokens/s × TPOT, where both are printed): the load was not the saturation that the row is asked as',
    spoils: ['TPOT', 'TTFT'],
    marks: (answered) =>
      answered.filter((row) => row.body.workload.saturated === true && tpot(row) > 0 && !isFilled(row)),
  },
  {
    id: 'shared-heads-not-shared',
    reason:
      'in a third of a series of static batches or more, less than half of the gain over a model of its size whose cache is several times as large: a release whose kernels work through keys and values once for each query head',
    spoils: ['TPOT', 'tokens/s/GPU'],
    marks: (answered) => {
      const batches = answered.filter(({ row }) => sectionOf(row) === 'static batch');
      const slow = new Set(groupedBy(batches, batchKey).flatMap(([, group]) => gainless(group)));
      return groupedBy(batches, ({ row }) => groupings.series(row)).flatMap(([, series]) =>
        series.filter((row) => slow.has(row)).length >= series.length / 3 ? series : [],
      );
    },
  },
];

export type Marks = ReadonlyMap<string, readonly Rule[]>;

export function markRows(scored: readonly Scored[]): Marks {
  const answered = scored.filter(isAnswered);
  const marks = new Map<string, Rule[]>();
  for (const rule of rules) {
    for (const { row } of rule.marks(answered)) marks.set(row.id, [...(marks.get(row.id) ?? []), rule]);
  }
  return marks;
}

/** Whether a row's figure counts where marked rows do not. */
export function isSound(marks: Marks, id: string, metric: MetricName): boolean {
  return !(marks.get(id) ?? []).some(({ spoils }) => spoils.includes(metric));
}

export function oddityTable(scored: readonly Scored[], marks: Marks): Table {
  return {
    title: 'Rows that no physics fits',
    head: ['rule', 'rows', 'spoils', 'likely cause', 'where'],
    rows: rules.map((rule) => {
      const marked = scored.filter(({ row }) => marks.get(row.id)?.includes(rule));
      const where = groupedBy(marked, ({ row }) => groupings.series(row));
      const most = where.slice(0, 4).map(([series, of]) => `${series} (${of.length})`);
      const others = where.length > most.length ? `${where.length - most.length} more series` : [];
      return [rule.id, String(marked.length), rule.spoils.join(', '), rule.reason, most.concat(others).join('; ')];
    }),
  };
}

const strategy = ({ row }: Answered): string => groupings.strategy(row);

function alike(
  answered: readonly Answered[],
  by: readonly ('series' | 'lengths')[],
  also: (row: Answered) => string,
): Answered[][] {
  const closed = answered.filter(({ row }) => sectionOf(row) === 'closed loop');
  const key = (one: Answered) => [...by.map((grouping) => groupings[grouping](one.row)), also(one)].join(' | ');
  return groupedBy(closed, key).map(([, group]) => group);
}

/** A contradiction in a third of the runs that one team made with one release says what the others are worth. */
function wholeSeries(answered: readonly Answered[], contradicts: (row: Answered) => boolean): Answered[] {
  return alike(answered, ['series'], () => '').flatMap((series) =>
    series.filter(contradicts).length >= series.length / 3 ? series : [],
  );
}

const seriesOf = (answered: readonly Answered[]): Answered[][] => alike(answered, ['series', 'lengths'], () => '');

function isFlatAndSlow(series: readonly Answered[]): boolean {
  const concurrencies = series.map(({ row }) => row.workload.concurrency ?? 0);
  const tpots = series.map(tpot).filter((value) => value > 0);
  if (series.length < 3 || tpots.length < series.length) return false;
  const slow = median(series.map((row) => tpot(row) / row.outcome.prediction.tpotMs));
  const spread = Math.max(...tpots) / Math.min(...tpots);
  return Math.max(...concurrencies) >= 2 * Math.min(...concurrencies) && spread <= 1.25 && slow >= 2;
}

function notFalling(group: readonly Answered[]): Answered[] {
  return group.filter((one) =>
    group.some(
      (smaller) =>
        (smaller.row.parallelism.tp ?? 1) < (one.row.parallelism.tp ?? 1) &&
        promptRanks(smaller) === promptRanks(one) &&
        one.outcome.prediction.prefillMs <= 0.75 * smaller.outcome.prediction.prefillMs &&
        ttft(smaller) > 0 &&
        ttft(one) >= ttft(smaller),
    ),
  );
}

function isStreamed(group: readonly Answered[]): boolean {
  const free = group.filter((row) => hasFreeCache(row) && ttft(row) > 0 && tpot(row) > 0);
  if (free.length < 3) return false;
  const intervals = free.map((row) => (ttft(row) - row.outcome.prediction.ttftMs) / tpot(row));
  const middle = median(intervals);
  return middle >= 14 && middle <= 23 && quantile(intervals, 0.75) - quantile(intervals, 0.25) <= 4;
}

function growsWithAnswer(group: readonly Answered[]): boolean {
  const free = group.filter((row) => hasFreeCache(row) && ttft(row) > 0);
  const sorted = free.toSorted((a, b) => (a.row.workload.osl ?? 0) - (b.row.workload.osl ?? 0));
  const [shortest, longest] = [sorted[0], sorted.at(-1)];
  if (!shortest || !longest) return false;
  const longer = (longest.row.workload.osl ?? 0) / (shortest.row.workload.osl ?? 1);
  return longer >= 2 && ttft(longest) / ttft(shortest) >= 1 + Math.log2(longer) / 3;
}

/** Runs that differ in the model alone. */
function batchKey({ row, body }: Answered): string {
  const { inputTokens, outputTokens, staticBatch } = body.workload;
  return [row.hardware.gpu, row.engine?.version, inputTokens, outputTokens, staticBatch].join(' ');
}

/** Runs that should be at least half as fast again as another by the size of their cache, and have less than half of that gain. */
function gainless(group: readonly Answered[]): Answered[] {
  const rate = ({ row }: Answered) => measuredThroughput(row) ?? 0;
  const promised = ({ outcome }: Answered) => outcome.prediction.tokensPerSecondPerGpu;
  return group.filter((one) =>
    group.some((other) => {
      const gain = promised(one) / promised(other) - 1;
      return gain >= 0.5 && rate(one) / rate(other) - 1 < gain / 2;
    }),
  );
}
