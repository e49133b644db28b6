/** What a tier tells of itself. The metrics implement it; the store depends on nothing of them. */
export type LocalTier = 'memory' | 'disk';
/** `shared` is what all replicas have in common. */
export type Tier = LocalTier | 'shared';

export interface CacheRecorder {
  hit(tier: Tier): void;
  miss(tier: Tier): void;
  /** The shared tier lets entries go by itself, and tells nobody. */
  eviction(tier: LocalTier): void;
  /** An entry that could not be trusted: torn, tampered with, or of another version. */
  corruption(tier: Tier): void;
  /** The tier itself failed: full, unwritable, not to be opened, too slow. */
  failure(tier: Tier): void;
}

export type SharedOperation = 'get' | 'put' | 'claim' | 'renew' | 'release' | 'delete' | 'probe';

/**
 * `up`: it reads and writes. `read-only`: it answers and takes nothing more, being full or a copy. `down`: it is not asked.
 * `off`: there is none.
 */
export type SharedState = 'up' | 'read-only' | 'down' | 'off';

/**
 * How a request came by its plan where several replicas may want it at once. `own`: planned here, under a lease. `elsewhere`: another
 * replica's work was waited for. `alone`: planned here without asking, the shared tier being unable to say. `out-of-time`: the wait
 * for another replica outlasted the request's deadline.
 */
export type TurnOutcome = 'own' | 'elsewhere' | 'alone' | 'out-of-time';

/** What the shared tier tells beside that. */
export interface SharedRecorder {
  operation(name: SharedOperation, seconds: number): void;
  turn(outcome: TurnOutcome): void;
}

/** The part of a pino logger that the store uses. */
export interface CacheLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
