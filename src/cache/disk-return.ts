/**
 * A disk that cannot be used when the service starts (full, read-only, not mounted yet) is tried again, so that whoever mends it need
 * not restart the service too. Until then plans live in memory, and this tier has nothing.
 */
import { type DiskTier, type DiskTierOptions, openDiskTier } from './disk-tier.ts';

/** Each try starts a process that looks at the store: soon at first, seldom later. */
const FIRST_RETRY_MS = 2_000;
const LAST_RETRY_MS = 60_000;

/** The first failure has said all; the tries that follow are counted and not logged. */
const quiet = { info() {}, warn() {}, error() {} };

/** Never rejects. Resolves after the first try, whatever has come of it. */
export async function openReturningDiskTier(options: DiskTierOptions): Promise<DiskTier> {
  const { log, onSound } = options;
  let tier = await openDiskTier(options);
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let trying: Promise<void> = Promise.resolve();

  const tryAgain = async (): Promise<void> => {
    // The tier that opens speaks aloud again: only the looking is quiet.
    const found = await openDiskTier(options, quiet);
    if (closed) return found?.close();
    tier = found;
    if (found === undefined) return;
    log.info({ dataDir: options.dataDir }, 'plan store: the disk can be used now');
    onSound?.(true);
  };
  const retryAfter = (ms: number): void => {
    if (tier !== undefined || closed) return;
    timer = setTimeout(() => {
      trying = tryAgain().finally(() => retryAfter(Math.min(2 * ms, LAST_RETRY_MS)));
    }, ms);
    // A service that has nothing else to do may end.
    timer.unref();
  };
  retryAfter(FIRST_RETRY_MS);

  return {
    get: (id) => tier?.get(id),
    put: async (plan) => tier?.put(plan),
    size: () => tier?.size() ?? { entries: 0, bytes: 0 },
    isSound: () => tier?.isSound() ?? false,
    async close() {
      closed = true;
      clearTimeout(timer);
      await trying;
      await tier?.close();
    },
  };
}
