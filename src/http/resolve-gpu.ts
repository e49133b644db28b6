/** `cluster.gpu` of a request: a GPU by its datasheet, taken as written, or a name of the catalog. */
import type { Static } from 'typebox';
import { curvesFor } from '../catalog/calibrations.ts';
import { defaultCurves } from '../catalog/default-curves.ts';
import type { Figure, GpuSpec } from '../catalog/gpus/spec.ts';
import { findGpu, gpuMemoryBytes, suggestGpus } from '../catalog/gpus.ts';
import type { Gpu } from '../planner/cluster.ts';
import type { ComputeDtype } from '../planner/precision.ts';
import { GB, GiB, tera } from './contract-units.ts';
import { notInCatalog } from './not-in-catalog.ts';
import type { Findings } from './resolve-findings.ts';
import { type Peaks, resolvePeaks } from './resolve-peaks.ts';
import type { Gpu as GpuInput } from './schemas/request.ts';

const path = '/cluster/gpu';

/** The catalog's entry of a name; where there is none, a fault says so, with the names that are like it. */
export function findNamedGpu(name: string, findings: Findings): GpuSpec | undefined {
  const spec = findGpu(name);
  if (!spec) findings.fault(path, notInCatalog(name, { near: suggestGpus(name), list: '/gpus' }));
  return spec;
}

export function gpuByDatasheet(gpu: Static<typeof GpuInput>, findings: Findings): Gpu {
  return {
    name: findings.orAssume(
      gpu.name,
      `${path}/name`,
      'unnamed',
      'the request does not name the GPU; only labels use it',
    ),
    memoryBytes: gpu.memoryGiB * GiB,
    memoryBandwidth: gpu.memoryBandwidthGBps * GB,
    peakFlops: resolvePeaks(gpu.peakTflops, findings),
    curves: defaultCurves,
  };
}

/** Each figure of the catalog is an assumption, with the source that the catalog has for it. */
export function gpuOfCatalog(spec: GpuSpec, findings: Findings): Gpu {
  const memoryBytes = gpuMemoryBytes(spec);
  const { usableBytes, memoryGiB, memoryBandwidthGBps } = spec;
  findings.assume(
    `${path}/memoryGiB`,
    memoryBytes / GiB,
    usableBytes ? `what the driver reports: ${usableBytes.source}` : `the number on the box: ${memoryGiB.source}`,
  );
  findings.assume(`${path}/memoryBandwidthGBps`, memoryBandwidthGBps.value, memoryBandwidthGBps.source);
  return {
    name: spec.name,
    memoryBytes,
    memoryBandwidth: memoryBandwidthGBps.value * GB,
    peakFlops: peaksOfCatalog(spec, findings),
    curves: curvesFor(spec),
  };
}

function peaksOfCatalog({ name, peakTflops }: GpuSpec, findings: Findings): Gpu['peakFlops'] {
  const known: Peaks = {};
  for (const [rate, figure] of ratesOf(peakTflops)) {
    known[rate] = figure.value;
    findings.assume(`${path}/peakTflops/${rate}`, figure.value, figure.source);
  }
  if (Object.keys(known).length > 0) return resolvePeaks(known, findings);
  findings.fault(
    path,
    `the catalog has no peak rate of ${name}: give the GPU as an object, with peakTflops, memoryGiB and memoryBandwidthGBps`,
  );
  // A stand-in: the fault keeps it from being planned with.
  return { bf16: tera, fp8: tera, fp4: tera, int8: tera };
}

function ratesOf(peaks: GpuSpec['peakTflops']): (readonly [ComputeDtype, Figure])[] {
  const rates: readonly ComputeDtype[] = ['bf16', 'fp8', 'fp4', 'int8'];
  return rates.flatMap((rate) => {
    const figure = peaks[rate];
    return figure ? [[rate, figure] as const] : [];
  });
}
