/**
 * How far predictions are from measured serving runs.
 *
 *   npm run fidelity
 */
import { errorTables, headline } from './fidelity/error-tables.ts';
import { scoreInProcess } from './fidelity/predict.ts';
import { mappedDifferently, measurementsFile, readServingRows } from './fidelity/rows.ts';
import { createResolver } from './fidelity/settings.ts';

const rows = readServingRows();
if (!rows) {
  console.log(`The measurements are not at ${measurementsFile.pathname}: there is nothing to compare with.`);
  process.exit(0);
}

const differing = await mappedDifferently(rows);
if (differing.length > 0) {
  console.error(`tools/score.mjs maps ${differing.length} rows otherwise: ${differing.slice(0, 5).join(', ')}`);
  process.exitCode = 1;
}

const started = performance.now();
const scored = scoreInProcess(rows, createResolver());
console.log(headline(scored));
console.log(`${((performance.now() - started) / 1e3).toFixed(1)} s`);
for (const { title, lines } of errorTables(scored)) console.log(['', title, ...lines].join('\n'));
