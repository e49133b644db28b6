/** A measured GPU: its curves, and how well they meet the measurements they were fitted to. Made by `npm run calibrate`. */
import type {
  CollectiveCurves,
  ExchangeCurves,
  ExpertsCurve,
  GemmCurve,
  OperatorCurves,
  PrefillCurve,
} from '../planner/curves.ts';

export interface FitError {
  readonly rows: number;
  /** Relative errors. */
  readonly median: number;
  readonly p90: number;
}

export interface FitReport extends FitError {
  readonly operator: string;
  readonly format: string;
  readonly table: string;
  /** Of the software that was measured. */
  readonly version: string;
  /** The same over the rows that take at least twice the curve's floor. */
  readonly aboveFloor: FitError;
  /** Rows that the fit did not see, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

export interface Calibration {
  readonly id: string;
  /** The catalog's name of the GPU that was measured. */
  readonly gpu: string;
  readonly source: string;
  /** Day of the measurements' release, ISO 8601. */
  readonly released: string;
  readonly curves: OperatorCurves;
  readonly reports: readonly FitReport[];
}

/** The same curves for a GPU that nobody measured: every figure from them is an extrapolation. */
export function extrapolated(curves: OperatorCurves, source: string): OperatorCurves {
  const { gemm, groupedGemm, prefillAttention, decodeAttention, mlaPrefill, mlaDecode, stream, collectives } = curves;
  return {
    evidence: 'extrapolated',
    source,
    ...(curves.sustainedClocks && { sustainedClocks: true }),
    gemm: {
      bf16: demote(gemm.bf16),
      fp8: demote(gemm.fp8),
      fp8Block: demote(gemm.fp8Block),
      fp4: demote(gemm.fp4),
      int8: demote(gemm.int8),
    },
    groupedGemm: {
      bf16: groupedGemm.bf16.map(demote),
      fp8: groupedGemm.fp8.map(demote),
      fp8Block: groupedGemm.fp8Block.map(demote),
      fp4: groupedGemm.fp4.map(demote),
      int8: groupedGemm.int8.map(demote),
      mxfp4: groupedGemm.mxfp4.map(demote),
      weightOnly: groupedGemm.weightOnly.map(demote),
    },
    prefillAttention: { full: demoteBoth(prefillAttention.full), window: demoteBoth(prefillAttention.window) },
    decodeAttention: { grouped: demoteBoth(decodeAttention.grouped), multiHead: demoteBoth(decodeAttention.multiHead) },
    mlaPrefill: demoteBoth(mlaPrefill),
    mlaDecode: demoteBoth(mlaDecode),
    stream,
    collectives: extrapolatedCollectives(collectives),
  };
}

/** The same for a board whose products reach less of the peak, by its power or its libraries; what waits for memory is not slower. */
export function sustained(curves: OperatorCurves, share: number): OperatorCurves {
  const slower = <Curve extends { readonly efficiency: number }>(curve: Curve): Curve => ({
    ...curve,
    efficiency: curve.efficiency * share,
  });
  return computing(curves, { gemm: slower, experts: slower, prefill: slower });
}

/**
 * The same for a chip whose tensor cores were cut to `share`: beside a lower peak, kernels pay for tiles that are not full, for filling and for draining,
 * which the curves hold as work at the peak. That takes as long as it did on the relative's multiprocessors.
 */
export function cutTensorCores(curves: OperatorCurves, share: number): OperatorCurves {
  return computing(curves, {
    gemm: (curve) => ({ ...curve, half: curve.half * share, halfDepth: curve.halfDepth * share }),
    experts: (curve) => ({
      ...curve,
      half: curve.half * share,
      halfRows: curve.halfRows * share,
      halfHidden: curve.halfHidden * share,
      halfIntermediate: curve.halfIntermediate * share,
    }),
    prefill: (curve) => ({
      ...curve,
      half: curve.half * share,
      halfQueries: curve.halfQueries * share,
      idleQueries: curve.idleQueries * share,
      halfDim: curve.halfDim * share,
    }),
  });
}

interface Changes {
  readonly gemm: (curve: GemmCurve) => GemmCurve;
  readonly experts: (curve: ExpertsCurve) => ExpertsCurve;
  readonly prefill: (curve: PrefillCurve) => PrefillCurve;
}

/** The curves of what computes, changed. */
function computing(curves: OperatorCurves, { gemm: product, experts, prefill }: Changes): OperatorCurves {
  const both = ({ bf16, fp8 }: Pair<PrefillCurve>): Pair<PrefillCurve> => ({ bf16: prefill(bf16), fp8: prefill(fp8) });
  const { gemm, groupedGemm, prefillAttention, mlaPrefill } = curves;
  return {
    ...curves,
    gemm: {
      bf16: product(gemm.bf16),
      fp8: product(gemm.fp8),
      fp8Block: product(gemm.fp8Block),
      fp4: product(gemm.fp4),
      int8: product(gemm.int8),
    },
    groupedGemm: {
      bf16: groupedGemm.bf16.map(experts),
      fp8: groupedGemm.fp8.map(experts),
      fp8Block: groupedGemm.fp8Block.map(experts),
      fp4: groupedGemm.fp4.map(experts),
      int8: groupedGemm.int8.map(experts),
      mxfp4: groupedGemm.mxfp4.map(experts),
      weightOnly: groupedGemm.weightOnly.map(experts),
    },
    prefillAttention: { full: both(prefillAttention.full), window: both(prefillAttention.window) },
    mlaPrefill: both(mlaPrefill),
  };
}

/**
 * The same for GPUs that meet over the host's PCIe: of the link they reach what was measured on such a host, not a switch's share.
 * RTX PRO 6000's over PCIe 5.0 reach a bus bandwidth of 0.55, 0.46 and 0.38 of the link among 2, 4 and 8 GPUs: 17, 14 and 12 GB/s of
 * PCIe 4.0. NCCL itself counts on 24 GB/s of a PCIe 4.0 link and 10 to 22 between sockets (NVIDIA/nccl src/graph/topo.h).
 * It errs slow on hosts with a PCIe switch over all GPUs, fast on those without peer-to-peer.
 */
export function overPcie(curves: OperatorCurves, pcie: CollectiveCurves): OperatorCurves {
  const { allReduce, allGather, reduceScatter, allToAll, customAllReduce } = extrapolatedCollectives(pcie);
  const { collectives } = curves;
  return {
    ...curves,
    collectives: { ...collectives, allReduce, allGather, reduceScatter, allToAll, customAllReduce },
  };
}

export function extrapolatedCollectives(curves: CollectiveCurves): CollectiveCurves {
  const exchange = ({ dedupe, dispatch, combine }: ExchangeCurves): ExchangeCurves => ({
    dedupe,
    dispatch: demote(dispatch),
    combine: demote(combine),
  });
  return {
    allReduce: demote(curves.allReduce),
    allGather: demote(curves.allGather),
    reduceScatter: demote(curves.reduceScatter),
    allToAll: demote(curves.allToAll),
    customAllReduce: {
      oneShot: demote(curves.customAllReduce.oneShot),
      twoShot: demote(curves.customAllReduce.twoShot),
    },
    exchangeNormal: exchange(curves.exchangeNormal),
    exchangeLowLatency: exchange(curves.exchangeLowLatency),
    network: demote(curves.network),
  };
}

export function demote<Curve extends { readonly evidence: OperatorCurves['evidence'] }>(curve: Curve): Curve {
  return { ...curve, evidence: 'extrapolated' };
}

type Pair<Curve> = Readonly<Record<'bf16' | 'fp8', Curve>>;

function demoteBoth<Curve extends { readonly evidence: OperatorCurves['evidence'] }>(pair: Pair<Curve>): Pair<Curve> {
  return { bf16: demote(pair.bf16), fp8: demote(pair.fp8) };
}
