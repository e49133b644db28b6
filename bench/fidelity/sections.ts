/** Which heading a row stands under: the kind of run decides what its figures mean. */
import { isMixture, layoutUnknown, type Row, toRequest } from './rows.ts';

export const sections = [
  'closed loop',
  'disaggregated',
  'saturated, dense',
  'saturated, MoE',
  'saturated, MoE, expert layout unknown',
  'static batch',
  'first token',
  'arrival rate',
  'MLPerf, offline',
  'MLPerf, server',
] as const;
export type Section = (typeof sections)[number];

/** The modes of score.mjs: the aims of TPOT, TTFT and throughput hold over all aggregated rows together. */
export const modes = ['aggregated', 'disaggregated', 'expert layout unknown'] as const;
export type Mode = (typeof modes)[number];

export function modeOf(row: Row): Mode {
  if (row.disagg) return 'disaggregated';
  return layoutUnknown(row) ? 'expert layout unknown' : 'aggregated';
}

export function sectionOf(row: Row): Section {
  if (row.disagg) return 'disaggregated';
  if (row.id.startsWith('mlperf')) {
    return typeof row.workload.request_rate === 'number' ? 'MLPerf, server' : 'MLPerf, offline';
  }
  if (/_ftl/.test(row.id)) return 'first token';
  const workload = toRequest(row)?.workload;
  if (workload?.staticBatch !== undefined) return 'static batch';
  if (workload?.requestsPerSecond !== undefined) return 'arrival rate';
  if (workload?.concurrency !== undefined) return 'closed loop';
  if (!isMixture(row)) return 'saturated, dense';
  return layoutUnknown(row) ? 'saturated, MoE, expert layout unknown' : 'saturated, MoE';
}
