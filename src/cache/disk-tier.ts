/**
 * The durable tier: plans by id in LMDB, within a byte limit, the oldest out first.
 *
 * Nothing here is an error to the caller. An entry that cannot be trusted is a miss, counted and deleted; a disk that fails is
 * counted and logged, and the plan lives in memory alone. Plans can always be made again, so losing one is never worth an outage.
 */
import { constants } from 'node:fs';
import { type FileHandle, open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TransactionFlags } from 'lmdb';
import type { CacheLog, CacheRecorder } from './cache-recorder.ts';
import { type DiskEnvironment, entriesOf, openEnvironment, storeDirectory } from './disk-environment.ts';
import { inspectStore } from './disk-inspection.ts';
import type { SiblingModule } from './sibling-module.ts';
import { decodePlan, encodePlan, HEADER_BYTES, type StoredPlan, sequenceOf } from './stored-plan.ts';

export interface DiskTier {
  get(id: string): StoredPlan | undefined;
  /** Resolves once the plan is on the medium, or once it is known that it will not be. Never rejects. */
  put(plan: StoredPlan): Promise<void>;
  size(): { readonly entries: number; readonly bytes: number };
  /** Whether the last plan that was put is on the medium. */
  isSound(): boolean;
  close(): Promise<void>;
}

export interface DiskTierOptions {
  readonly dataDir: string;
  readonly maxBytes: number;
  readonly log: CacheLog;
  readonly recorder: CacheRecorder;
  /** Told whenever the disk stops taking plans, and when it takes them again. */
  readonly onSound?: ((sound: boolean) => void) | undefined;
  /** What looks at the store before it is opened; the program beside this file unless another is given. */
  readonly check?: SiblingModule | undefined;
}

const PAGE_BYTES = 4096;
/** LMDB's own header on the first page of a value, its node in the tree and the entry in the written order. */
const NODE_BYTES = 256;
/**
 * Pages that deletions free are used again, and fragmentation leaves some idle: after six times the limit was written, in sizes
 * of 3 KB to 500 KB, the file was at most 1.12 times the live pages. Plans fill 0.8 of the limit, so that the file stays under it.
 */
const FILL = 0.8;
/** A disk that is slower than this keeps no caller waiting: the plan is in memory, and the flush goes on behind. */
const FLUSH_PATIENCE_MS = 2_000;
/** A full disk fails every write: one line says as much as thousands. A disk that fails now and then gets one in so many seconds. */
const LOG_EVERY_MS = 10_000;
/** Commit on this thread before returning, and leave the medium to flush(). */
const COMMIT_WITHOUT_FLUSH = TransactionFlags.SYNCHRONOUS_COMMIT | TransactionFlags.NO_SYNC_FLUSH;

const pagesOf = (bytes: number): number => Math.ceil((bytes + NODE_BYTES) / PAGE_BYTES) * PAGE_BYTES;

/** Undefined where the directory cannot be used; that has then been counted, and said to `log`. */
export async function openDiskTier(options: DiskTierOptions, log = options.log): Promise<DiskTier | undefined> {
  const { dataDir, recorder, check } = options;
  const directory = storeDirectory(dataDir);
  if (!(await inspectStore({ directory, log, recorder, check }))) return undefined;
  try {
    const environment = openEnvironment(directory);
    const file = await openFile(join(directory, 'data.mdb'), constants.O_RDWR);
    return createDiskTier({ ...options, environment, file });
  } catch (error) {
    recorder.failure('disk');
    log.error({ directory, err: error }, 'plan store cannot be opened: plans are kept in memory only');
    return undefined;
  }
}

interface OpenDiskTier extends DiskTierOptions {
  readonly environment: DiskEnvironment;
  readonly file: FileHandle;
}

function createDiskTier({ environment, file, maxBytes, log, recorder, onSound }: OpenDiskTier): DiskTier {
  const { root, plans, order } = environment;
  const limit = maxBytes * FILL;
  let liveBytes = 0;
  for (const { value } of order.getRange({ start: 1 })) liveBytes += value[1];

  let sound = true;
  let failures = 0;
  let lastLogged = Number.NEGATIVE_INFINITY;
  const logSeldom = (error: unknown, message: string) => {
    if (performance.now() - lastLogged < LOG_EVERY_MS) return;
    lastLogged = performance.now();
    log.error({ err: error }, `plan store: ${message}`);
  };
  const failed = (error: unknown, what: string) => {
    recorder.failure('disk');
    failures += 1;
    if (!sound) return;
    sound = false;
    logSeldom(error, `${what}; plans are kept in memory only`);
    onSound?.(false);
  };
  const recovered = () => {
    if (sound) return;
    sound = true;
    log.info({ failures }, 'plan store: the disk takes plans again');
    onSound?.(true);
  };

  // These three run inside a write transaction.

  /** Takes the oldest plans away until `needed` bytes have room. Looking comes before deleting: the cursor must not lose its place. */
  const evictOldest = (needed: number): { freed: number; evicted: number } => {
    const oldest: { sequence: number; id: string }[] = [];
    let freed = 0;
    for (const { key: sequence, value } of order.getRange({ start: 1 })) {
      if (liveBytes - freed + needed <= limit) break;
      oldest.push({ sequence, id: value[0] });
      freed += value[1];
    }
    let evicted = 0;
    for (const { sequence, id } of oldest) {
      order.removeSync(sequence);
      const current = plans.get(id);
      // An entry that was found corrupt, deleted and made again has a later place in the order: that one counts.
      if (current === undefined || (sequenceOf(current) ?? sequence) !== sequence) continue;
      plans.removeSync(id);
      evicted += 1;
    }
    return { freed, evicted };
  };

  /** Gives up the place in the order that the plan had so far; returns the bytes it was counted for. */
  const leaveOrder = (id: string): number => {
    const envelope = plans.get(id);
    const sequence = envelope === undefined ? undefined : sequenceOf(envelope);
    const entry = sequence === undefined ? undefined : order.get(sequence);
    if (sequence === undefined || entry?.[0] !== id) return 0;
    order.removeSync(sequence);
    return entry[1];
  };

  const nextSequence = (): number => {
    for (const last of order.getKeys({ reverse: true, limit: 1 })) return Math.max(last, 0) + 1;
    return 1;
  };

  const write = (plan: StoredPlan): void => {
    const bytes = pagesOf(HEADER_BYTES + plan.answer.length + plan.request.length);
    // A plan larger than the whole tier would push out all the others and then itself.
    if (bytes > limit) return;
    const change = root.transactionSync(() => {
      const replaced = leaveOrder(plan.id);
      const { freed, evicted } = evictOldest(bytes - replaced);
      const sequence = nextSequence();
      plans.putSync(plan.id, encodePlan(plan, sequence));
      order.putSync(sequence, [plan.id, bytes]);
      return { bytes: bytes - replaced - freed, evicted };
    }, COMMIT_WITHOUT_FLUSH);
    liveBytes += change.bytes;
    for (let i = 0; i < change.evicted; i += 1) recorder.eviction('disk');
  };

  const discard = (id: string, fault: string): void => {
    recorder.corruption('disk');
    log.warn({ planId: id, fault }, 'plan store: an entry that cannot be trusted is deleted');
    // The order's entry stays, and with it the count of its bytes, until eviction comes to it: that errs to the safe side.
    root.transactionSync(() => plans.removeSync(id), COMMIT_WITHOUT_FLUSH);
  };

  let flushing: Promise<void> = Promise.resolve();
  let waiting: Promise<void> | undefined;
  /** One flush runs and at most one waits: it serves every commit made before it begins. */
  const flush = (): Promise<void> => {
    waiting ??= flushing.then(() => {
      waiting = undefined;
      const before = failures;
      flushing = file.datasync().then(
        // A commit that failed while this flush ran is none that it has served.
        () => (failures === before ? recovered() : undefined),
        (error: unknown) => failed(error, 'the disk does not take what was written'),
      );
      return flushing;
    });
    return waiting;
  };

  const withPatience = async (flushed: Promise<void>): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    const impatient = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        failed(new Error(`no flush within ${FLUSH_PATIENCE_MS} ms`), 'the disk is slow');
        resolve();
      }, FLUSH_PATIENCE_MS);
    });
    await Promise.race([flushed, impatient]);
    clearTimeout(timer);
  };

  return {
    get(id) {
      try {
        const envelope = plans.get(id);
        const decoded = envelope === undefined ? undefined : decodePlan(id, envelope);
        if (decoded !== undefined && 'plan' in decoded) {
          recorder.hit('disk');
          return decoded.plan;
        }
        if (decoded !== undefined) discard(id, decoded.fault);
      } catch (error) {
        recorder.failure('disk');
        logSeldom(error, 'reading failed; the plan is made again');
      }
      recorder.miss('disk');
      return undefined;
    },

    /**
     * Commit here, flush elsewhere. LMDB's asynchronous writes turn a full disk into rejections that no caller can catch, and its
     * synced ones hold the event loop for as long as the disk takes (0.7 ms on a fast one, tens on a slow one). A commit without a
     * flush takes 0.05 ms and throws where it was called. It is then in the page cache, which a killed process leaves intact, so
     * the plan survives kill -9 from there on; the flush that follows, on a thread of Node's, makes it survive a power cut as well.
     * A power cut between the two can tear the file: the check at the next start finds that out and begins a new one.
     */
    async put(plan) {
      try {
        write(plan);
      } catch (error) {
        failed(error, 'writing failed');
        return;
      }
      await withPatience(flush());
    },

    size: () => ({ entries: entriesOf(environment), bytes: liveBytes }),
    isSound: () => sound,

    async close() {
      await withPatience(flush());
      await file.close();
      await root.close();
    },
  };
}
