/** What no table of kernels has: what a launch outside a CUDA graph takes the host, and how fast memory streams. */
import { readFileSync } from 'node:fs';
import type { Bench } from './operator.ts';

interface AllReduceRow {
  readonly system: string;
  readonly framework: string;
  readonly kernel: string;
  readonly num_gpus: number;
  readonly small_msg_latency_us: number;
}

/** The median, over engines and group sizes, of a small all-reduce's time outside a graph less the same within one. */
export function eagerLaunch({ system, directory }: Bench): number {
  const file: { readonly custom_allreduce_intra_node: { readonly rows: readonly AllReduceRow[] } } = JSON.parse(
    readFileSync(new URL('../kernels.json', directory), 'utf8'),
  );
  const rows = file.custom_allreduce_intra_node.rows.filter((row) => row.system === system.table);
  const differences = rows.flatMap((eager) => {
    if (!eager.kernel.endsWith('_eager')) return [];
    const name = eager.kernel.replace('_eager', '_graph');
    const graph = rows.find((row) => row.kernel === name && row.num_gpus === eager.num_gpus);
    return graph === undefined ? [] : [eager.small_msg_latency_us - graph.small_msg_latency_us];
  });
  const sorted = differences.sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  if (median === undefined) throw new Error(`kernels.json has no all-reduce outside a graph for ${system.table}`);
  return Number((median * 1e-6).toPrecision(3));
}

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
