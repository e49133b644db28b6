/** Which heading a row stands under: the kind of run decides what its figures mean. */
import { engineOf, isMixture, layoutUnknown, type Row, toRequest } from './rows.ts';

export const sections = [
  'closed loop',
  'disaggregated',
  'saturated, dense',
  'saturated, MoE',
  'expert layout unknown',
  'static batch',
  'first token',
  'arrival rate',
  'MLPerf, offline',
  'MLPerf, server',
] as const;
export type Section = (typeof sections)[number];

/** As score.mjs has it: the aims of TPOT, TTFT and throughput hold over all of these together. */
export const isAggregated = (row: Row): boolean => !row.disagg && !layoutUnknown(row);

export function sectionOf(row: Row): Section {
  if (row.disagg) return 'disaggregated';
  if (layoutUnknown(row)) return 'expert layout unknown';
  if (row.id.startsWith('mlperf')) {
    return typeof row.workload.request_rate === 'number' ? 'MLPerf, server' : 'MLPerf, offline';
  }
  if (/_ftl/.test(row.id)) return 'first token';
  const workload = toRequest(row)?.workload;
  if (workload?.staticBatch !== undefined) return 'static batch';
  if (workload?.requestsPerSecond !== undefined) return 'arrival rate';
  if (workload?.concurrency !== undefined) return 'closed loop';
  return isMixture(row) ? 'saturated, MoE' : 'saturated, dense';
}

/** What a fit leaves out together: runs that share model, GPU, number format and engine share their oddities too. */
export const familyOf = (row: Row): string =>
  [row.model.name, row.hardware.gpu, row.precision, engineOf(row) ?? 'none'].join(' · ');

/** What errors can be shown by. */
export const groupings = {
  engine: (row: Row) => engineOf(row) ?? 'none',
  gpu: (row: Row) => row.hardware.gpu,
  model: (row: Row) => row.model.name,
  precision: (row: Row) => row.precision,
  version: (row: Row) => `${engineOf(row) ?? 'none'} ${row.engine?.version ?? '?'}`,
  family: familyOf,
  series: (row: Row) => `${familyOf(row)} · ${row.engine?.version ?? '?'}`,
  strategy: strategyText,
  concurrency: ({ workload }: Row) => (workload.concurrency ? `C ${octave(workload.concurrency)}` : 'no concurrency'),
  tp: ({ parallelism }: Row) => `TP ${parallelism.tp ?? '?'}`,
  lengths: ({ workload }: Row) => `${workload.isl}/${workload.osl}`,
  source: ({ id }: Row) => id.split('-')[0] ?? id,
} as const;
export type Grouping = keyof typeof groupings;

export const isGrouping = (text: string): text is Grouping => Object.hasOwn(groupings, text);

function strategyText({ parallelism: { tp = 1, pp = 1, attention_dp = 1, moe_ep, ep }, disagg }: Row): string {
  if (disagg) return 'disaggregated';
  const parts = [`TP${tp}`, `PP${pp}`, `DP${attention_dp}`, `EP${moe_ep || ep || '–'}`];
  return parts.filter((part, i) => i === 0 || !/^..1$/.test(part)).join(' ');
}

/** 64–127 and so on: powers of two. */
function octave(value: number): string {
  const least = 2 ** Math.floor(Math.log2(value));
  return `${least}–${2 * least - 1}`.padStart(9);
}
