/**
 * Remakes src/catalog/calibrations/ and docs/calibration.md from the measured operator tables.
 *
 *   npm run calibrate                 all systems; some minutes
 *   npm run calibrate -- h200-sxm     prints one system's errors and writes nothing
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import type { Calibration } from '../src/catalog/calibration.ts';
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

if (wanted.length === 0) {
  mkdirSync(calibrations, { recursive: true });
  for (const [id, calibration] of done) writeFileSync(new URL(`${id}.ts`, calibrations), calibrationFile(calibration));
  writeFileSync(documentPath, documentFile([...done.values()]));
}

/** Those whose curves a system may take, nearest first. */
function relatives(id: string): string[] {
  const relative = systems.find((system) => system.id === id)?.relative;
  return relative === undefined ? [] : [relative, ...relatives(relative)];
}
