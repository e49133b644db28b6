/**
 * Programs that some tests run and that the service itself does not need. Where one is missing its tests are skipped, and the run
 * says so; in CI they run all the same and fail, so that a gate never passes without them.
 */
import { spawnSync } from 'node:child_process';

function usable(program: string, asked: readonly string[] = ['--version']): boolean {
  return process.env.CI !== undefined || spawnSync(program, asked).status === 0;
}

/** Debian's name for the browser; it is started without a window. */
export const chromium = '/usr/bin/chromium';

export const hasChromium = usable(chromium);
export const hasPython = usable('python3');
export const hasPromtool = usable('promtool');
export const hasRedis = usable('redis-server');
export const hasOpenssl = usable('openssl', ['version']);
/** Half a gigabyte to run one example with: where Go is not there, in CI as elsewhere, the example is not run. */
export const hasGo = spawnSync('go', ['version']).status === 0;
export const hasPrometheus = usable('prometheus');
/** Why there is none to render the manifests with: an older one does not know kustomize's components. In CI a test says so and fails. */
export const noKubectl = kubectlFault();
export const hasNginx = usable('nginx', ['-v']);
/** The scripts are held against bash itself too: where it is not there, a gate says enough without it. */
export const hasShellcheck = spawnSync('shellcheck', ['--version']).status === 0;

function kubectlFault(): string | undefined {
  const { status, stdout } = spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8' });
  if (status !== 0) return 'kubectl is missing';
  const [version = '', major, minor] = /v(\d+)\.(\d+)/.exec(stdout) ?? [];
  const isOld = Number(major) < 1 || (Number(major) === 1 && Number(minor) < 21);
  return version === '' || isOld
    ? `kubectl of 1.21 or later is wanted, and this is ${version || 'of no version'}`
    : undefined;
}
