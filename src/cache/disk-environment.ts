/** How the plan store's LMDB environment is opened: the same way by the service and by the check that runs before it. */
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';

/** Written order: a write's number, and whose plan it was, of how many bytes. Eviction takes from its front. */
export type OrderEntry = readonly [id: string, bytes: number];

export interface DiskEnvironment {
  readonly root: RootDatabase;
  readonly plans: Database<Buffer, string>;
  readonly order: Database<OrderEntry, number>;
}

/** The store's own directory inside DATA_DIR: it can be set aside whole without touching what else lies there. */
export const storeDirectory = (dataDir: string): string => join(dataDir, 'plans');

export function openEnvironment(directory: string): DiskEnvironment {
  const root = open({
    path: directory,
    maxDbs: 2,
    // The flush after a commit is the disk tier's own, off the event loop: see put() there.
    overlappingSync: false,
    // Freed memory of this process has no business in a file.
    noMemInit: false,
  });
  return {
    root,
    plans: root.openDB<Buffer, string>('plans', { encoding: 'binary' }),
    order: root.openDB<OrderEntry, number>('order', { encoding: 'msgpack' }),
  };
}

/** LMDB's statistics are typed as `{}`; these are the three that are asked for. */
interface Stats {
  readonly entryCount?: number;
  readonly lastPageNumber?: number;
  readonly pageSize?: number;
}

export function entriesOf({ plans }: DiskEnvironment): number {
  const { entryCount = 0 }: Stats = plans.getStats();
  return entryCount;
}

/** How long the file has to be for all its pages to be in it. */
export function neededBytesOf({ root }: DiskEnvironment): number {
  const { lastPageNumber = 0, pageSize = 4096 }: Stats = root.getStats();
  return (lastPageNumber + 1) * pageSize;
}
