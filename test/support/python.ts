/** Tests that run Python are left out where there is none: the service itself needs nothing but Node. */
import { spawnSync } from 'node:child_process';

export const hasPython = spawnSync('python3', ['--version']).status === 0;
