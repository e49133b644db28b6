/** Which curves a GPU takes: its own where it was measured, else its nearest relative's, marked as extrapolated. */
import type { OperatorCurves } from '../planner/curves.ts';
import { type Calibration, extrapolated } from './calibration.ts';
import { a100Sxm } from './calibrations/a100-sxm.ts';
import { b200Sxm } from './calibrations/b200-sxm.ts';
import { b300Sxm } from './calibrations/b300-sxm.ts';
import { gb200 } from './calibrations/gb200.ts';
import { gb300 } from './calibrations/gb300.ts';
import { h100Sxm } from './calibrations/h100-sxm.ts';
import { h200Sxm } from './calibrations/h200-sxm.ts';
import { l40s } from './calibrations/l40s.ts';
import { rtxPro6000Server } from './calibrations/rtx-pro-6000-server.ts';
import type { GpuSpec } from './gpus/spec.ts';

export const calibrations: readonly Calibration[] = [
  a100Sxm,
  h100Sxm,
  h200Sxm,
  b200Sxm,
  b300Sxm,
  gb200,
  gb300,
  l40s,
  rtxPro6000Server,
];

export function curvesFor(gpu: Pick<GpuSpec, 'name' | 'calibration'>): OperatorCurves {
  const calibration = calibrations.find(({ id }) => id === gpu.calibration) ?? h100Sxm;
  if (calibration.gpu === gpu.name) return calibration.curves;
  return extrapolated(
    calibration.curves,
    `${gpu.name} was not measured: curves of ${calibration.gpu}, its nearest relative`,
  );
}
