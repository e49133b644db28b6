/** Fits collectives over several nodes to published all-reduce sweeps on InfiniBand; no table of operators/ crosses a node with NCCL. */
import { readFileSync } from 'node:fs';
import { collectiveCurveTime, spanningCurveTime } from '../../src/planner/cost/link-curves.ts';
import type { CollectiveCurve, NetworkCurve } from '../../src/planner/curves.ts';
import type { Sample } from './fit.ts';
import { around, type Bench, fitCurve, type Report, rangeOf } from './operator.ts';

type Shape = Parameters<typeof spanningCurveTime>[2];

interface Published {
  readonly op: string;
  readonly size_bytes: number | null;
  readonly busbw_gbs: number | null;
  readonly hardware: { readonly gpu?: string; readonly ranks: number; readonly nodes: number; readonly nic?: string };
}

/** nccl-tests' bus bandwidth back to seconds: 2(n−1)/n of the buffer at that rate. Only 400 Gbit/s InfiniBand rows. */
export function fitNetwork(bench: Bench, inNode: CollectiveCurve): { curve?: NetworkCurve; reports: Report[] } {
  const file: { readonly rows: readonly Published[] } = JSON.parse(
    readFileSync(new URL('../comm-microbench.json', bench.directory), 'utf8'),
  );
  const samples = file.rows.flatMap(({ op, size_bytes, busbw_gbs, hardware }): Sample<Shape>[] => {
    const { ranks, nodes, nic } = hardware;
    const wanted = op === 'all_reduce' && nodes > 1 && hardware.gpu === bench.system.gpu && nic === '8x400G IB NDR';
    if (!wanted || size_bytes === null || busbw_gbs === null) return [];
    const ranksPerNode = ranks / nodes;
    const work = { ranks: ranksPerNode, bytes: size_bytes, bandwidth: bench.hardware.fastBandwidth };
    const shape = {
      nodes,
      ranksPerNode,
      bytes: size_bytes,
      inNode: collectiveCurveTime(inNode, 'allReduce', work),
      bandwidth: 50e9,
    };
    return [{ shape, seconds: (2 * ((ranks - 1) / ranks) * size_bytes) / (busbw_gbs * 1e9) }];
  });
  if (samples.length === 0) return { reports: [] };
  const range = rangeOf(samples, { nodes: (s) => s.nodes, bytes: (s) => s.bytes });
  const { curve, report } = fitCurve({
    operator: 'all-reduce across nodes',
    format: 'bf16',
    table: 'comm-microbench.json (drmysore/nebius-h100-16gpu-benchmark)',
    version: '',
    leftOut: {},
    samples,
    names: ['latency', 'efficiency', 'sharpness'],
    parameters: {
      latency: around(3e-5, 1),
      efficiency: { starts: [0.9], min: 0.3, max: 1 },
      sharpness: { starts: [2], min: 1, max: 12 },
    },
    build: (values): NetworkCurve => ({ evidence: 'calibrated', range, ...values }),
    seconds: (c, shape) => spanningCurveTime(c, 'allReduce', shape),
    floor: (c) => c.latency,
  });
  return { curve, reports: [report] };
}
