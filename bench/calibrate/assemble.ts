/**
 * Puts a system's fits together, and fills what was not measured: first from the system's own nearest format, then from its
 * nearest relative, each marked as extrapolated.
 */
import { type Calibration, demote } from '../../src/catalog/calibration.ts';
import type {
  CollectiveCurves,
  ExpertsCurve,
  ExpertsFormat,
  GemmCurve,
  GemmFormat,
  KvFormat,
  OperatorCurves,
} from '../../src/planner/curves.ts';
import { fitDecode, fitPrefill } from './attention.ts';
import { fitCustomAllReduce, fitNccl } from './collectives.ts';
import { fitDeepEp, fitNvlinkAllToAll } from './exchange.ts';
import { fitExperts } from './experts.ts';
import { fitGemms } from './gemm.ts';
import { fitMla } from './mla.ts';
import { fitNetwork } from './network.ts';
import type { Bench, Report } from './operator.ts';
import { streamEfficiency } from './stream.ts';

export const source = 'operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0)';
export const released = '2026-08-21';

/** Time of a small kernel between two others in a replayed graph: fitted to served steps, about five of 2 us a layer. */
const streamFloor = 2e-6;

export function calibrateSystem(bench: Bench, relative: Calibration | undefined): Calibration {
  const gemm = fitGemms(bench);
  const experts = fitExperts(bench);
  const prefill = fitPrefill(bench);
  const decode = fitDecode(bench);
  const mla = fitMla(bench);
  const collectives = fitCollectives(bench, relative?.curves.collectives);
  const other = relative?.curves;
  const curves: OperatorCurves = {
    evidence: 'calibrated',
    source: `${bench.system.gpu}: ${source}`,
    ...(bench.system.sustainedClocks && { sustainedClocks: true }),
    gemm: fillGemm(gemm.curves, other?.gemm),
    groupedGemm: fillExperts(experts.curves, other?.groupedGemm),
    prefillAttention: {
      full: fillKv(prefill.curves.full, other?.prefillAttention.full),
      window: fillKv(prefill.curves.window, other?.prefillAttention.window),
    },
    decodeAttention: {
      grouped: fillKv(decode.curves.grouped, other?.decodeAttention.grouped),
      multiHead: fillKv(decode.curves.multiHead, other?.decodeAttention.multiHead),
    },
    mlaPrefill: fillKv(mla.prefill, other?.mlaPrefill),
    mlaDecode: fillKv(mla.decode, other?.mlaDecode),
    stream: {
      efficiency: streamEfficiency(bench),
      floor: streamFloor,
      cachedBytes: gemm.curves.fp8?.cachedInputs ?? gemm.curves.int8?.cachedInputs ?? other?.stream.cachedBytes ?? 0,
    },
    collectives: collectives.curves,
  };
  const reports = [gemm, experts, prefill, decode, mla, collectives].flatMap((part) => part.reports);
  return { id: bench.system.id, gpu: bench.system.gpu, source, released, curves, reports: reports.map(plain) };
}

function fitCollectives(
  bench: Bench,
  other: CollectiveCurves | undefined,
): { curves: CollectiveCurves; reports: Report[] } {
  const nccl = fitNccl(bench);
  const custom = fitCustomAllReduce(bench);
  const deepEp = fitDeepEp(bench, 'normal');
  const nvlink = fitNvlinkAllToAll(bench);
  const lowLatency = fitDeepEp(bench, 'low-latency');
  const allReduce = orRelative(nccl.curves.allReduce, other?.allReduce);
  const network = fitNetwork(bench, allReduce);
  // Across an NVL72 the NVLink kernels were measured to 64 ranks, DeepEP within a tray only: a relative's stand before that.
  const wide = nvlink.curves ?? (bench.system.gpusPerNode < 8 ? undefined : deepEp.curves);
  const curves: CollectiveCurves = {
    allReduce,
    allGather: orRelative(nccl.curves.allGather, other?.allGather),
    reduceScatter: orRelative(nccl.curves.reduceScatter, other?.reduceScatter),
    allToAll: orRelative(nccl.curves.allToAll, other?.allToAll),
    customAllReduce: custom.curve ?? {
      oneShot: orRelative(undefined, other?.customAllReduce.oneShot),
      twoShot: orRelative(undefined, other?.customAllReduce.twoShot),
    },
    exchangeNormal: wide ?? exchangeOf(other?.exchangeNormal),
    exchangeLowLatency: lowLatency.curves ?? exchangeOf(other?.exchangeLowLatency),
    network: orRelative(network.curve, other?.network),
  };
  const reports = [nccl, custom, deepEp, nvlink, lowLatency, network].flatMap((part) => part.reports);
  return { curves, reports };
}

function exchangeOf(other: CollectiveCurves['exchangeNormal'] | undefined): CollectiveCurves['exchangeNormal'] {
  if (other === undefined) throw new Error('The first system must have measured an exchange');
  return { dedupe: other.dedupe, dispatch: demote(other.dispatch), combine: demote(other.combine) };
}

function orRelative<Curve extends { readonly evidence: OperatorCurves['evidence'] }>(
  own: Curve | undefined,
  other: Curve | undefined,
): Curve {
  if (own !== undefined) return own;
  if (other === undefined) throw new Error('Neither the system nor a relative was measured');
  return demote(other);
}

function fillGemm(
  own: Partial<Record<GemmFormat, GemmCurve>>,
  other: OperatorCurves['gemm'] | undefined,
): OperatorCurves['gemm'] {
  const first = (...formats: GemmFormat[]): GemmCurve => {
    const [wanted] = formats;
    const found = formats.find((format) => own[format] !== undefined);
    const curve = found === undefined ? undefined : own[found];
    if (curve === undefined) return orRelative(undefined, wanted && other?.[wanted]);
    return found === wanted ? curve : demote(curve);
  };
  return {
    bf16: first('bf16'),
    fp8: first('fp8', 'int8'),
    fp8Block: first('fp8Block', 'fp8', 'int8'),
    fp4: first('fp4', 'fp8Block', 'int8'),
    int8: first('int8', 'fp8'),
  };
}

function fillExperts(
  own: Partial<Record<ExpertsFormat, ExpertsCurve[]>>,
  other: OperatorCurves['groupedGemm'] | undefined,
): OperatorCurves['groupedGemm'] {
  const first = (...formats: ExpertsFormat[]): readonly ExpertsCurve[] => {
    const [wanted] = formats;
    const found = formats.find((format) => own[format] !== undefined);
    if (found !== undefined) return found === wanted ? (own[found] ?? []) : (own[found] ?? []).map(demote);
    const theirs = wanted && other?.[wanted];
    if (theirs === undefined) throw new Error(`Nobody measured experts in ${formats.join()}`);
    return theirs.map(demote);
  };
  const generated = generatedKernels(own, other);
  return {
    bf16: first('bf16'),
    fp8: first('fp8'),
    fp8Block: [...first('fp8Block', 'fp8'), ...generated.fp8Block],
    fp4: [...first('fp4', 'fp8Block', 'fp8'), ...generated.fp4],
    int8: first('int8', 'fp8'),
    mxfp4: first('mxfp4', 'bf16'),
    weightOnly: [],
  };
}

/**
 * TensorRT-LLM's generated kernels where only the relative's table has them (B300, GB300). In NVFP4 as much slower against the peak as the kernel is
 * that both timed: the peak rose by half, and that kernel by a tenth. In FP8, which is no faster than the relative's, as they are there.
 */
function generatedKernels(
  own: Partial<Record<ExpertsFormat, ExpertsCurve[]>>,
  other: OperatorCurves['groupedGemm'] | undefined,
): Readonly<Record<'fp4' | 'fp8Block', readonly ExpertsCurve[]>> {
  const theirs = other?.fp8Block.find(({ generated }) => generated);
  const shared = other?.fp4.find(({ generated }) => !generated);
  const [mine, ...more] = own.fp4 ?? [];
  if (!theirs || !shared || !mine || more.length > 0) return { fp4: [], fp8Block: [] };
  const efficiency = Number(((theirs.efficiency * mine.efficiency) / shared.efficiency).toPrecision(4));
  return { fp4: [demote({ ...theirs, rate: 'fp4', efficiency })], fp8Block: [demote(theirs)] };
}

function fillKv<Curve extends { readonly evidence: OperatorCurves['evidence'] }>(
  own: { readonly [F in KvFormat]?: Curve },
  other: Readonly<Record<KvFormat, Curve>> | undefined,
): Readonly<Record<KvFormat, Curve>> {
  const bf16 = orRelative(own.bf16, other?.bf16);
  return { bf16, fp8: own.fp8 ?? orRelative(undefined, own.bf16 ?? other?.fp8) };
}

function plain({ errors, ...report }: Report): Calibration['reports'][number] {
  const { operator, format, table, version, aboveFloor, leftOut } = report;
  const kept = Object.fromEntries(Object.entries(leftOut).filter(([, rows]) => rows > 0));
  return { operator, format, table, version, ...rounded(errors), aboveFloor: rounded(aboveFloor), leftOut: kept };
}

function rounded({ rows, median, p90 }: Report['errors']): Report['errors'] {
  return { rows, median: Number(median.toFixed(4)), p90: Number(p90.toFixed(4)) };
}
