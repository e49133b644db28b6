/** What a tier tells of itself. The metrics implement it; the store depends on nothing of them. */
export type Tier = 'memory' | 'disk';

export interface CacheRecorder {
  hit(tier: Tier): void;
  miss(tier: Tier): void;
  eviction(tier: Tier): void;
  /** An entry that could not be trusted: torn, tampered with, or of another version. */
  corruption(tier: Tier): void;
  /** The tier itself failed: full, unwritable, not to be opened, too slow. */
  failure(tier: Tier): void;
}

/** The part of a pino logger that the store uses. */
export interface CacheLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
