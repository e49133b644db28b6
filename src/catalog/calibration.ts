/** A measured GPU: its curves, and how well they meet the measurements they were fitted to. Made by `npm run calibrate`. */
import type { CollectiveCurves, ExchangeCurves, OperatorCurves } from '../planner/curves.ts';

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
    },
    prefillAttention: { full: demoteBoth(prefillAttention.full), window: demoteBoth(prefillAttention.window) },
    decodeAttention: { grouped: demoteBoth(decodeAttention.grouped), multiHead: demoteBoth(decodeAttention.multiHead) },
    mlaPrefill: demoteBoth(mlaPrefill),
    mlaDecode: demoteBoth(mlaDecode),
    stream,
    collectives: extrapolatedCollectives(collectives),
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
    eagerLaunch: curves.eagerLaunch,
  };
}

export function demote<Curve extends { readonly evidence: OperatorCurves['evidence'] }>(curve: Curve): Curve {
  return { ...curve, evidence: 'extrapolated' };
}

function demoteBoth<Curve extends { readonly evidence: OperatorCurves['evidence'] }>(
  pair: Readonly<Record<'bf16' | 'fp8', Curve>>,
): Readonly<Record<'bf16' | 'fp8', Curve>> {
  return { bf16: demote(pair.bf16), fp8: demote(pair.fp8) };
}
