/**
 * Operator curves for a GPU that the catalog does not know: H100's, as shares of the rates that the request gives. Everything
 * computed from them is `extrapolated`.
 */
import type { OperatorCurves } from '../planner/curves.ts';
import { extrapolated } from './calibration.ts';
import { h100Sxm } from './calibrations/h100-sxm.ts';

export const defaultCurves: OperatorCurves = extrapolated(
  h100Sxm.curves,
  `a GPU that nobody measured: curves of ${h100Sxm.gpu}, as shares of its own rates`,
);
