/** A disk that can be full or read-only: a file system in memory, mounted for one test. Only root may mount. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const mount = (...args: readonly string[]) => spawnSync('mount', args, { encoding: 'utf8' });

function tryToMount(): string | undefined {
  if (process.platform !== 'linux') return 'only Linux has tmpfs';
  if (process.getuid?.() !== 0) return 'only root may mount a small disk';
  const directory = mkdtempSync(join(tmpdir(), 'shardwell-mount-'));
  const { status, stderr } = mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory);
  if (status === 0) spawnSync('umount', [directory]);
  rmSync(directory, { recursive: true, force: true });
  return status === 0 ? undefined : `mount: ${stderr ?? 'there is no such program'}`.trim();
}

/** Why no small disk is to be had here; undefined where one is. */
export const noSmallDisk = tryToMount();

export interface SmallDisk {
  readonly directory: string;
  fill(): void;
  clear(): void;
  setReadOnly(readOnly: boolean): void;
  remove(): void;
}

export function createSmallDisk(megabytes: number): SmallDisk {
  const directory = mkdtempSync(join(tmpdir(), 'shardwell-disk-'));
  const must = (...args: readonly string[]) => {
    const { status, stderr } = mount(...args);
    if (status !== 0) throw new Error(`mount ${args.join(' ')}: ${stderr}`);
  };
  must('-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory);
  const ballast = join(directory, 'ballast');
  return {
    directory,
    fill() {
      // To the last page: what does not fit as a whole is tried in ever smaller pieces.
      for (let bytes = megabytes * 2 ** 20, at = 0; bytes >= 4096; bytes /= 2) {
        for (; at < 10_000; at += 1) {
          try {
            writeFileSync(`${ballast}-${at}`, Buffer.alloc(bytes));
          } catch {
            rmSync(`${ballast}-${at}`, { force: true });
            break;
          }
        }
      }
    },
    clear() {
      for (let at = 0; at < 10_000; at += 1) rmSync(`${ballast}-${at}`, { force: true });
    },
    setReadOnly: (readOnly) => must('-o', `remount,${readOnly ? 'ro' : 'rw'}`, directory),
    remove() {
      // Lazily: a process that was killed a moment ago may still hold a file.
      spawnSync('umount', ['-l', directory]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
