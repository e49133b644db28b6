/** What every operator's fit has in common: read a table, leave rows out and say why, fit, and measure the error. */
import { findGpu } from '../../src/catalog/gpus.ts';
import type { ShapeRange } from '../../src/planner/curves.ts';
import type { ComputeDtype } from '../../src/planner/precision.ts';
import { type Errors, errors, leastSquares, type Parameters, type Sample, type Values } from './fit.ts';
import type { System } from './systems.ts';
import { readTable, type Table } from './tables.ts';

export interface Hardware {
  readonly peakFlops: Readonly<Record<ComputeDtype, number>>;
  readonly memoryBandwidth: number;
  readonly fastBandwidth: number;
  /** Its GPUs have no links of their own, and meet over the host's. */
  readonly meetsAtHost: boolean;
}

export interface Bench {
  readonly system: System;
  readonly hardware: Hardware;
  readonly directory: URL;
}

/** One line of the error table. */
export interface Report {
  readonly operator: string;
  readonly format: string;
  readonly table: string;
  readonly version: string;
  readonly errors: Errors;
  /** The same over rows that take at least twice the floor. */
  readonly aboveFloor: Errors;
  readonly leftOut: Readonly<Record<string, number>>;
}

export function hardwareOf(system: System): Hardware {
  const gpu = findGpu(system.gpu);
  if (gpu === undefined) throw new Error(`The catalog lacks ${system.gpu}`);
  const peak = (dtype: ComputeDtype, other: number): number => (gpu.peakTflops[dtype]?.value ?? other / 1e12) * 1e12;
  const bf16 = peak('bf16', 0);
  const fp8 = peak('fp8', peak('int8', bf16));
  return {
    peakFlops: { bf16, fp8, fp4: peak('fp4', fp8), int8: peak('int8', fp8) },
    memoryBandwidth: gpu.memoryBandwidthGBps.value * 1e9,
    fastBandwidth: (gpu.fastLink.bandwidthGBps?.value ?? 0) * 1e9,
    meetsAtHost: gpu.fastLink.domainGpus?.value === 1,
  };
}

/** A table of this system, or undefined where it was not measured or is left out. */
export function tableOf(bench: Bench, family: string, framework: string, name: string): Table | undefined {
  if (bench.system.leaveOut?.[name] !== undefined) return undefined;
  return readTable(bench.directory, `${bench.system.table}__${family}__${framework}__${name}.csv.gz`);
}

export interface Fitting<Shape, Name extends string, Curve> {
  readonly operator: string;
  readonly format: string;
  readonly table: string;
  readonly version: string;
  readonly leftOut: Readonly<Record<string, number>>;
  readonly samples: readonly Sample<Shape>[];
  readonly names: readonly Name[];
  readonly parameters: Parameters<Name>;
  readonly build: (values: Values<Name>) => Curve;
  readonly seconds: (curve: Curve, shape: Shape) => number;
  /** The part of a curve that does not depend on the shape: its floor or latency. */
  readonly floor: (curve: Curve, shape: Shape) => number;
}

export function fitCurve<Shape, Name extends string, Curve>(
  fitting: Fitting<Shape, Name, Curve>,
): { readonly curve: Curve; readonly report: Report } {
  const { names, parameters, samples, build, seconds } = fitting;
  const values = leastSquares({ names, parameters, samples, seconds: (v, shape) => seconds(build(v), shape) });
  const curve = build(values);
  return { curve, report: reportOf(fitting, curve) };
}

export function reportOf<Shape, Curve>(
  fitting: Pick<
    Fitting<Shape, string, Curve>,
    'operator' | 'format' | 'table' | 'version' | 'leftOut' | 'samples' | 'seconds' | 'floor'
  >,
  curve: Curve,
): Report {
  const { operator, format, table, version, leftOut, samples, seconds, floor } = fitting;
  const above = samples.filter((s) => s.seconds >= 2 * floor(curve, s.shape));
  const of = (some: readonly Sample<Shape>[]): Errors => errors(some, (shape) => seconds(curve, shape));
  return { operator, format, table, version, leftOut, errors: of(samples), aboveFloor: of(above) };
}

/**
 * Whether a row was served from the L2 that the collector left warm, by its shape alone: bound by memory, longer than a launch,
 * and small enough.
 */
export function fromL2(
  { system, hardware }: Bench,
  work: { bytes: number; flops: number; peakFlops: number },
): boolean {
  if (system.warmL2Bytes === undefined || work.bytes > system.warmL2Bytes) return false;
  return work.bytes / hardware.memoryBandwidth > Math.max(work.flops / work.peakFlops, 1e-6);
}

/** A row that reads its bytes faster than the datasheet's HBM can: not a measurement of the work it names. */
export function fasterThanMemory({ hardware }: Bench, bytes: number, seconds: number): boolean {
  return bytes / hardware.memoryBandwidth > seconds;
}

/** The least and the most of each dimension over the samples. */
export function rangeOf<Shape>(
  samples: readonly Sample<Shape>[],
  dimensions: Readonly<Record<string, (shape: Shape) => number>>,
): ShapeRange {
  return Object.fromEntries(
    Object.entries(dimensions).map(([name, of]): [string, [number, number]] => {
      let [least, most] = [Number.POSITIVE_INFINITY, 0];
      for (const { shape } of samples) {
        least = Math.min(least, of(shape));
        most = Math.max(most, of(shape));
      }
      return [name, [least, most]];
    }),
  );
}

/** A positive number searched over `decades` on either side of where it starts. */
export function around(start: number, decades = 4, ...more: readonly number[]): Parameters<'x'>['x'] {
  return { starts: [start, ...more], min: start / 10 ** decades, max: start * 10 ** decades };
}

/** A share of a roof, up to `most`. */
export function share(start: number, most = 1): Parameters<'x'>['x'] {
  return { starts: [start], min: 0.001, max: most };
}

export const sharp: Parameters<'x'>['x'] = { starts: [2], min: 1, max: 12 };
