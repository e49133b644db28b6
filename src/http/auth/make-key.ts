/**
 * `npm run key -- --name ci --scopes plan,read [--expires 2027-01-31]`: makes an API key. The line for AUTH_KEYS_FILE goes to
 * standard output, to be appended to the file; the key itself goes to standard error, this once.
 */
import { argv } from 'node:process';
import { parseArgs } from 'node:util';
import { createKey } from './api-key.ts';
import { readKeyFile } from './key-file.ts';

const usage = 'usage: key --name NAME --scopes plan,read,metrics [--expires YYYY-MM-DD]';

function make(): void {
  const { values } = parseArgs({
    args: argv.slice(2),
    options: { name: { type: 'string' }, scopes: { type: 'string' }, expires: { type: 'string' } },
  });
  const { name, scopes, expires } = values;
  if (name === undefined || scopes === undefined) throw new Error('a name and scopes are wanted');
  const { id, key, sha256 } = createKey();
  const line = JSON.stringify({ id, name, sha256, scopes: scopes.split(','), ...(expires && { expires }) });
  const read = readKeyFile(line);
  if ('faults' in read) throw new Error(read.faults.join('; ').replace('line 1 ', 'this '));
  console.log(line);
  console.error(`The key, shown this once: ${key}`);
}

try {
  make();
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
  process.exitCode = 1;
}
