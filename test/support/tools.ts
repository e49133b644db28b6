/**
 * Programs that some tests run and that the service itself does not need. Where one is missing its tests are skipped, and the run
 * says so; in CI they run all the same and fail, so that a gate never passes without them.
 */
import { spawnSync } from 'node:child_process';

function usable(program: string, asked: readonly string[] = ['--version']): boolean {
  return process.env.CI !== undefined || spawnSync(program, asked).status === 0;
}

export const hasPython = usable('python3');
export const hasPromtool = usable('promtool');
export const hasPrometheus = usable('prometheus');
export const hasKubectl = usable('kubectl', ['version', '--client']);
export const hasNginx = usable('nginx', ['-v']);
