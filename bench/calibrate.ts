/**
 * Remakes src/catalog/calibrations/ and docs/calibration.md from the measured operator tables.
 *
 *   npm run calibrate                 all systems; some minutes
 *   npm run calibrate -- h200-sxm     prints one system's errors and writes nothing
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { type Calibration, demote } from '../src/catalog/calibration.ts';
import { calibrateSystem } from './calibrate/assemble.ts';
import { errorLine } from './calibrate/document.ts';
import { hardwareOf } from './calibrate/operator.ts';
import { systems } from './calibrate/systems.ts';
import { calibrationFile, documentFile } from './calibrate/write.ts';

const directory = new URL('../../shared/data/operators/', import.meta.url);
const calibrations = new URL('../src/catalog/calibrations/', import.meta.url);
const documentPath = new URL('../docs/calibration.md', import.meta.url);

if (!existsSync(directory)) {
  console.error(`The measurements are not at ${directory.pathname}: calibration needs them beside the repository.`);
  process.exit(1);
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((id) => !systems.some((system) => system.id === id));
if (unknown.length > 0) {
  console.error(`No such system: ${unknown.join(', ')}. Known: ${systems.map((system) => system.id).join(', ')}.`);
  process.exit(1);
}

const done = new Map<string, Calibration>();
for (const system of systems) {
  const neededBy = systems.some((other) => wanted.includes(other.id) && relatives(other.id).includes(system.id));
  if (wanted.length > 0 && !wanted.includes(system.id) && !neededBy) continue;
  const bench = { system, directory, hardware: hardwareOf(system) };
  const calibration = calibrateSystem(bench, done.get(system.relative ?? ''));
  done.set(system.id, calibration);
  for (const report of calibration.reports) console.log(errorLine(system.id, report));
}

const l40s = done.get('l40s');
if (wanted.length === 0 && l40s) {
  for (const [id, calibration] of done) done.set(id, withWeightOnly(calibration, l40s));
  mkdirSync(calibrations, { recursive: true });
  for (const [id, calibration] of done) writeFileSync(new URL(`${id}.ts`, calibrations), calibrationFile(calibration));
  writeFileSync(documentPath, documentFile([...done.values()]));
}

/**
 * Experts whose weights of few bits are multiplied in 16 are the work of kernels in the manner of Marlin, made for Ampere's tensor cores and run on all
 * GPUs since. Nobody timed them; L40S' kernel for bf16 is of that manner, with tiles of few rows, and reads weights at a share of HBM's speed that
 * does not depend on their bytes. What launching them takes is as of the GPU's own kernels for bf16.
 */
function withWeightOnly(calibration: Calibration, { curves: { groupedGemm } }: Calibration): Calibration {
  const { curves } = calibration;
  const [own] = curves.groupedGemm.bf16;
  const weightOnly = groupedGemm.bf16.map((curve) => {
    const { perExpert, perRoute, ramp, rampTokens, floor } = own ?? curve;
    return demote({ ...curve, perExpert, perRoute, ramp, rampTokens, floor });
  });
  return { ...calibration, curves: { ...curves, groupedGemm: { ...curves.groupedGemm, weightOnly } } };
}

/** Those whose curves a system may take, nearest first. */
function relatives(id: string): string[] {
  const relative = systems.find((system) => system.id === id)?.relative;
  return relative === undefined ? [] : [relative, ...relatives(relative)];
}
