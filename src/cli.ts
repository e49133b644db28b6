#!/usr/bin/env node
/** `shardwell`: plans, costs and verifies from the command line, with the code that the service answers with and without a server. */
import { stderr, stdout } from 'node:process';
import { readCommand } from './cli/command.ts';
import { runCommand } from './cli/run-command.ts';
import { complaintOf } from './cli/show-complaint.ts';

/** Whoever reads may stop reading, as `head` does: that is no fault of anybody's. */
for (const stream of [stdout, stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

try {
  process.exitCode = await runCommand(readCommand(process.argv.slice(2)));
} catch (error) {
  const { text, status } = complaintOf(error);
  stderr.write(text);
  process.exitCode = status;
}
