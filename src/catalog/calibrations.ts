/** Which curves a GPU takes: its own where it was measured, else its nearest relative's, marked as extrapolated. */
import type { OperatorCurves } from '../planner/curves.ts';
import { type Calibration, cutTensorCores, extrapolated, overPcie, sustained } from './calibration.ts';
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

type Known = Pick<GpuSpec, 'name' | 'calibration' | 'fastLink' | 'sustainedShare' | 'tensorShare'>;

export function curvesFor(gpu: Known): OperatorCurves {
  const calibration = calibrations.find(({ id }) => id === gpu.calibration) ?? h100Sxm;
  if (calibration.gpu === gpu.name) return calibration.curves;
  const relative = extrapolated(
    calibration.curves,
    `${gpu.name} was not measured: curves of ${calibration.gpu}, its nearest relative`,
  );
  const held = gpu.sustainedShare === undefined ? relative : sustained(relative, gpu.sustainedShare.value);
  const curves = gpu.tensorShare === undefined ? held : cutTensorCores(held, gpu.tensorShare.value);
  return meetsOverPcie(gpu) ? overPcie(curves, rtxPro6000Server.curves.collectives) : curves;
}

/** Whether its GPUs have no link of their own but the host's. */
function meetsOverPcie({ fastLink }: Pick<GpuSpec, 'fastLink'>): boolean {
  return fastLink.domainGpus?.value === 1;
}

/** Whether the collectives' curves are of the link that the catalog gives the GPU: its own measured ones, or any host's PCIe. */
export function linkHasCurves(gpu: Known): boolean {
  return meetsOverPcie(gpu) || curvesFor(gpu).evidence === 'calibrated';
}
