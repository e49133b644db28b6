/** What no table of kernels has: how fast memory streams. */
import { readFileSync } from 'node:fs';
import type { Bench } from './operator.ts';

interface StreamRow {
  readonly kind: string;
  readonly gpu: string;
  readonly op?: string;
  readonly tbps?: number;
}

/** Share of HBM bandwidth that STREAM's triad reaches; 0.8 where nobody measured it, as aiconfigurator's own files set it. */
export function streamEfficiency({ system, hardware, directory }: Bench): number {
  const file: { readonly rows: readonly StreamRow[] } = JSON.parse(
    readFileSync(new URL('../compute-microbench.json', directory), 'utf8'),
  );
  const triad = file.rows.find((row) => row.kind === 'hbm_bandwidth' && row.op === 'Triad' && row.gpu === system.gpu);
  return triad?.tbps === undefined ? 0.8 : Number(((triad.tbps * 1e12) / hardware.memoryBandwidth).toFixed(3));
}
