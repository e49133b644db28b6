/** All files of a plan in one archive. Equal plans give equal bytes: no clock is read, and files keep their order. */
import { strToU8, type Zippable, zipSync } from 'fflate';
import type { Artifact } from './artifacts.ts';

/** The first day that the format can tell. Told as local time, which is how it is written. */
const dayOne = new Date(1980, 0, 1);

/** Unix, so that a mode is read at all; and the mode, in the upper half of the attributes. */
const unix = 3;
const mode = (executable: boolean) => (0o100000 | (executable ? 0o755 : 0o644)) << 16;

export function zipOf(files: readonly Artifact[]): Uint8Array {
  const entries: Zippable = {};
  for (const { name, executable, content } of files)
    entries[name] = [strToU8(content()), { mtime: dayOne, os: unix, attrs: mode(executable) }];
  return zipSync(entries, { level: 6 });
}
