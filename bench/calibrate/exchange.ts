/** Fits the expert-parallel exchange: DeepEP within a node and across nodes, TensorRT-LLM's all-to-all across an NVL72. */
import { readFileSync } from 'node:fs';
import { exchangeCurveTime } from '../../src/planner/cost/link-curves.ts';
import type { ExchangeCurve, ExchangeCurves } from '../../src/planner/curves.ts';
import type { Sample } from './fit.ts';
import { around, type Bench, fitCurve, type Report, rangeOf, tableOf } from './operator.ts';
import { groupBy, number, text } from './tables.ts';

type Shape = Parameters<typeof exchangeCurveTime>[1];
type Direction = 'dispatch' | 'combine';
type Mode = 'normal' | 'low-latency';

interface Measured {
  readonly direction: Direction;
  readonly sample: Sample<Shape>;
}

/** Bytes of a value: dispatched in fp8 with a 4-byte scale for 128 values, combined in bf16. */
const valueBytes: Readonly<Record<Direction, number>> = { dispatch: 1 + 4 / 128, combine: 2 };

/** ConnectX-7, 400 Gbit/s a GPU: the network of the multi-node rows. */
const networkBandwidth = 50e9;

const names = [
  'latency',
  'latencyExponent',
  'efficiency',
  'efficiencyExponent',
  'nodeLatency',
  'networkEfficiency',
] as const;

export function fitDeepEp(bench: Bench, mode: Mode): { curves?: ExchangeCurves; reports: Report[] } {
  const name = mode === 'normal' ? 'wideep_deepep_normal_perf' : 'wideep_deepep_ll_perf';
  const table = tableOf(bench, 'comm', 'sglang', name);
  if (table === undefined) return { reports: [] };
  const measured = table.rows.flatMap((row): Measured[] => {
    // The normal kernels take as many SMs as they are given: the engines give them 20 to 24.
    if (mode === 'normal' && number(row, 'dispatch_sms') !== 24) return [];
    const columns =
      mode === 'normal' ? ['dispatch_transmit_us', 'combine_transmit_us'] : ['dispatch_avg_t_us', 'combine_avg_t_us'];
    return (['dispatch', 'combine'] as const).map((direction, i) => {
      const work = {
        tokens: number(row, 'num_token'),
        hidden: number(row, 'hidden_size'),
        topk: number(row, 'num_topk'),
      };
      const shape = shapeOf(bench, mode, direction, { ...work, nodes: 1 });
      return { direction, sample: { shape, seconds: number(row, columns[i] ?? '') * 1e-6 } };
    });
  });
  const all = [...measured, ...acrossNodes(bench, mode)];
  const fitted = fitBoth(all, { operator: `DeepEP ${mode}`, table: name, version: table.version }, mode === 'normal');
  return fitted;
}

/** TensorRT-LLM's NVLink kernels, 2 to 64 ranks of one domain; the faster of its two where both were measured. */
export function fitNvlinkAllToAll(bench: Bench): { curves?: ExchangeCurves; reports: Report[] } {
  const table = tableOf(bench, 'comm', 'trtllm', 'trtllm_alltoall_perf');
  if (table === undefined) return { reports: [] };
  const bytes: Readonly<Record<string, number>> = { bfloat16: 2, fp8: 1, nvfp4: 9 / 16 };
  const measured = table.rows.flatMap((row): (Measured & { key: string })[] => {
    const op = text(row, 'op_name');
    const direction = op === 'alltoall_dispatch' ? 'dispatch' : op === 'alltoall_combine' ? 'combine' : undefined;
    const size = direction === 'combine' ? 2 : bytes[text(row, 'moe_dtype')];
    if (direction === undefined || size === undefined) return [];
    const tokens = number(row, 'num_tokens');
    const ranks = number(row, 'moe_ep_size');
    const shape: Shape = {
      tokens,
      bytesPerToken: number(row, 'hidden_size') * size,
      topk: number(row, 'topk'),
      ranks,
      nodes: 1,
      dedupe: true,
      fastBandwidth: bench.hardware.fastBandwidth,
      networkBandwidth,
    };
    const key = [direction, tokens, ranks, size].join();
    return [{ key, direction, sample: { shape, seconds: number(row, 'latency') * 1e-3 } }];
  });
  const fastest = [...groupBy(measured, (m) => m.key).values()].flatMap((same) =>
    same.toSorted((a, b) => a.sample.seconds - b.sample.seconds).slice(0, 1),
  );
  return fitBoth(
    fastest,
    { operator: 'NVLink all-to-all', table: 'trtllm_alltoall_perf', version: table.version },
    true,
  );
}

function fitBoth(
  measured: readonly Measured[],
  from: Pick<Report, 'operator' | 'table' | 'version'>,
  dedupe: boolean,
): { curves: ExchangeCurves; reports: Report[] } {
  const [dispatch, combine] = (['dispatch', 'combine'] as const).map((direction) => {
    const samples = measured.filter((m) => m.direction === direction).map((m) => m.sample);
    const range = rangeOf(samples, {
      tokens: (s) => s.tokens,
      ranks: (s) => s.ranks,
      nodes: (s) => s.nodes,
      topk: (s) => s.topk,
    });
    const oneSize = range.ranks?.[0] === range.ranks?.[1];
    const oneNode = range.nodes?.[1] === 1;
    const pinned = (value: number) => ({ starts: [value], min: value, max: value * 1.001 });
    return fitCurve({
      ...from,
      operator: `${from.operator}, ${direction}`,
      format: direction === 'dispatch' ? 'fp8' : 'bf16',
      leftOut: {},
      samples,
      names,
      parameters: {
        latency: around(2e-5, 2),
        latencyExponent: oneSize ? pinned(1e-3) : { starts: [0.2], min: 1e-3, max: 1 },
        efficiency: { starts: [0.5], min: 0.02, max: 1.5 },
        efficiencyExponent: oneSize ? pinned(1e-3) : { starts: [0.05], min: 1e-3, max: 0.6 },
        // Where one node alone was measured: DeepEP across nodes on H100, the only published, and its share of the cards.
        nodeLatency: oneNode ? pinned(1e-5) : around(1e-5, 2),
        networkEfficiency: oneNode ? pinned(0.8) : { starts: [0.8], min: 0.2, max: 1 },
      },
      build: (values): ExchangeCurve => ({ evidence: 'calibrated', range, ...values }),
      seconds: (curve, shape) => exchangeCurveTime(curve, shape),
      floor: (curve, shape) => curve.latency * shape.ranks ** curve.latencyExponent,
    });
  });
  if (dispatch === undefined || combine === undefined) throw new Error(`No rows of ${from.operator}`);
  return {
    curves: { dedupe, dispatch: dispatch.curve, combine: combine.curve },
    reports: [dispatch.report, combine.report],
  };
}

interface Tokens {
  readonly tokens: number;
  readonly hidden: number;
  readonly topk: number;
  readonly nodes: number;
}

function shapeOf(bench: Bench, mode: Mode, direction: Direction, { tokens, hidden, topk, nodes }: Tokens): Shape {
  return {
    tokens,
    bytesPerToken: hidden * valueBytes[direction],
    topk,
    ranks: nodes * bench.system.gpusPerNode,
    nodes,
    dedupe: mode === 'normal',
    // DeepEP's own benchmark limits a token's experts to four nodes.
    nodeLimit: Math.min(nodes, 4),
    fastBandwidth: bench.hardware.fastBandwidth,
    networkBandwidth,
  };
}

interface Condensed {
  readonly system: string;
  readonly kernel: string;
  readonly nodes: number;
  readonly sms?: number;
  readonly 'us_by_tokens_per_rank_[dispatch,combine]': Readonly<Record<string, readonly [number, number]>>;
}

/**
 * Two, four and eight nodes, as kernels.json condenses them: hidden 7168, top-8. H100's and H200's are one measurement; of eight
 * nodes the normal dispatch is left out (2.6 times its bytes' time, and slower than its combine of twice the bytes), and 16,384 tokens.
 */
function acrossNodes(bench: Bench, mode: Mode): Measured[] {
  if (bench.system.table !== 'h100_sxm' && bench.system.table !== 'h200_sxm') return [];
  const file: { readonly moe_all2all: { readonly rows: readonly Condensed[] } } = JSON.parse(
    readFileSync(new URL('../kernels.json', bench.directory), 'utf8'),
  );
  return file.moe_all2all.rows.flatMap((row) => {
    const wanted = row.system === bench.system.table && row.kernel === `deepep ${mode}` && row.nodes > 1;
    if (!wanted || (mode === 'normal' && row.sms !== 24)) return [];
    return Object.entries(row['us_by_tokens_per_rank_[dispatch,combine]']).flatMap(([tokens, times]) =>
      (['dispatch', 'combine'] as const).flatMap((direction, i): Measured[] => {
        const doubtful = mode === 'normal' && row.nodes === 8 && (direction === 'dispatch' || Number(tokens) > 4096);
        if (doubtful) return [];
        const work = { tokens: Number(tokens), hidden: 7168, topk: 8, nodes: row.nodes };
        return [
          { direction, sample: { shape: shapeOf(bench, mode, direction, work), seconds: (times[i] ?? 0) * 1e-6 } },
        ];
      }),
    );
  });
}
