/** How far a search is, on a terminal that waits for it; never in a file or a pipe. */
import { writeSync } from 'node:fs';
import type { SearchProgress } from '../planner/result.ts';

/** Sooner than this nobody asks. */
const SILENT_MS = 1_000;
const EVERY_MS = 200;

export interface Progress {
  tell(progress: () => SearchProgress): void;
  /** Takes the line away. */
  clear(): void;
}

/** The search never yields, so what is written goes to the descriptor itself: a stream would keep it until the end. */
export function createProgress({ isTTY, env }: { readonly isTTY: boolean; readonly env: NodeJS.ProcessEnv }): Progress {
  const shown = isTTY && env.TERM !== 'dumb';
  let next = performance.now() + SILENT_MS;
  let onScreen = false;
  const write = (text: string) => writeSync(2, `\r\x1b[2K${text}`);
  return {
    tell(progress) {
      const now = performance.now();
      if (!shown || now < next) return;
      next = now + EVERY_MS;
      onScreen = true;
      write(progressLine(progress()));
    },
    clear() {
      if (onScreen) write('');
      onScreen = false;
    },
  };
}

export function progressLine({ enumerated, accounted, best }: SearchProgress): string {
  const count = (value: number) => value.toLocaleString('en-US');
  const share = enumerated > 0 ? ` (${Math.floor((100 * accounted) / enumerated)} %)` : '';
  const so = best === undefined ? '' : `; best so far ${best.slice(0, 40)}`;
  return `Searching: ${count(accounted)} of ${count(enumerated)} candidates${share}${so}`.slice(0, 79);
}
