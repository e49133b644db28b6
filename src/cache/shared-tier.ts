/**
 * The tier that replicas have in common: plans by id in Redis or Valkey, and who of them plans which request at the moment.
 *
 * As with the disk, nothing here is an error to the caller. What cannot be trusted is a miss, counted and deleted; what fails is
 * counted, and the plan is made and kept here. Plans never go stale, so the server may let go whichever it likes.
 */
import type { CacheLog, CacheRecorder, SharedRecorder, SharedState } from './cache-recorder.ts';
import { connectShared } from './shared-client.ts';
import { guardShared, sharedFault } from './shared-guard.ts';
import { decodePlan, ENVELOPE_VERSION, encodePlan, type StoredPlan } from './stored-plan.ts';

/** `mine`: the caller has the lease. `taken`: another has it. `unavailable`: nobody can say. Or somebody has made the plan already. */
export type Claimed = 'mine' | 'taken' | 'unavailable' | { readonly plan: StoredPlan };

/** Who holds a lease, by a word that nobody else knows. */
export interface LeaseHolder {
  readonly id: string;
  readonly token: string;
}

export interface SharedTier {
  /** The complete plan of the id; where there is none, one that a deadline cut short. Never rejects. */
  get(id: string): Promise<StoredPlan | undefined>;
  /** Whether the plan is there. Never rejects. */
  put(plan: StoredPlan): Promise<boolean>;
  claim(lease: LeaseHolder): Promise<Claimed>;
  /** Extends a lease, if it is still the holder's. Never rejects. */
  renew(lease: LeaseHolder): Promise<void>;
  /** Gives a lease back, if it is still the holder's. Never rejects. */
  release(lease: LeaseHolder): Promise<void>;
  state(): SharedState;
  close(): void;
}

export interface SharedTierOptions {
  readonly url: string;
  readonly timeoutMs: number;
  readonly leaseMs: number;
  /** 0 keeps plans until the server lets them go. */
  readonly ttlSeconds: number;
  readonly log: CacheLog;
  readonly recorder: CacheRecorder & SharedRecorder;
  readonly onState: (state: SharedState) => void;
}

/** Versions side by side: a replica of another release, whose envelope is another, looks under other keys. */
const PREFIX = `shardwell:${ENVELOPE_VERSION}`;
const planKey = (id: string): string => `${PREFIX}:plan:${id}`;
/** Under a key of its own, so that an answer cut short never takes the place of a whole one. */
const cutKey = (id: string): string => `${PREFIX}:cut:${id}`;
const leaseKey = (id: string): string => `${PREFIX}:lease:${id}`;

/** An answer that was cut short is for those who wait for it, and for GET /plans/{id} shortly after. */
const CUT_SECONDS = 3_600;

/** The plan, if somebody has made it meanwhile; else 1 with the lease, or 0 without. One step, so that no two can have it. */
const CLAIM = `
local plan = redis.call('GET', KEYS[1])
if plan then return plan end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
return 0`;
const RENEW = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`;
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

export function openSharedTier(options: SharedTierOptions): SharedTier {
  const { url, timeoutMs, leaseMs, ttlSeconds, log, recorder, onState } = options;
  const client = connectShared({ url, timeoutMs });
  const where = new URL(url).host;
  const guard = guardShared({ client, where, log, recorder, onState, probeKey: `${PREFIX}:probe` });

  const discard = async (key: string, fault: string): Promise<void> => {
    recorder.corruption('shared');
    log.warn({ key, fault }, 'shared cache: an entry that cannot be trusted is deleted');
    await guard.run('delete', (server) => server.unlink(key)).catch(() => undefined);
  };

  const trusted = async (id: string, key: string, bytes: Buffer): Promise<StoredPlan | undefined> => {
    const decoded = decodePlan(id, bytes);
    if ('plan' in decoded) return decoded.plan;
    await discard(key, decoded.fault);
    return undefined;
  };

  const read = async (id: string, key: string): Promise<StoredPlan | undefined> => {
    try {
      const bytes = await guard.run('get', (server) => server.getBuffer(key));
      return bytes === null ? undefined : await trusted(id, key, bytes);
    } catch (error) {
      if (sharedFault(error) === 'wrong-type') await discard(key, 'wrong-type');
      return undefined;
    }
  };

  const quietly = (work: Promise<unknown>): Promise<void> => work.then(() => undefined).catch(() => undefined);

  return {
    async get(id) {
      const [whole, cut] = await Promise.all([read(id, planKey(id)), read(id, cutKey(id))]);
      const plan = whole ?? cut;
      if (plan === undefined) recorder.miss('shared');
      else recorder.hit('shared');
      return plan;
    },

    async put(plan) {
      const envelope = encodePlan(plan, 0);
      const key = plan.complete ? planKey(plan.id) : cutKey(plan.id);
      const seconds = plan.complete ? ttlSeconds : Math.min(CUT_SECONDS, ttlSeconds || CUT_SECONDS);
      try {
        // SET replaces whatever is there, of whatever type.
        await guard.run('put', (server) =>
          seconds > 0 ? server.set(key, envelope, 'EX', seconds) : server.set(key, envelope),
        );
        return true;
      } catch {
        return false;
      }
    },

    async claim({ id, token }) {
      const key = planKey(id);
      try {
        // The text every time, not its digest: a server that was restarted does not know the digest, and the text is short.
        const found = await guard.run('claim', (server) =>
          server.callBuffer('EVAL', CLAIM, 2, key, leaseKey(id), token, leaseMs),
        );
        if (!Buffer.isBuffer(found)) return found === 1 ? 'mine' : 'taken';
        const plan = await trusted(id, key, found);
        return plan === undefined ? 'taken' : { plan };
      } catch (error) {
        if (sharedFault(error) === 'wrong-type') await discard(key, 'wrong-type');
        return 'unavailable';
      }
    },

    renew: ({ id, token }) =>
      quietly(guard.run('renew', (server) => server.eval(RENEW, 1, leaseKey(id), token, leaseMs))),

    release: ({ id, token }) => quietly(guard.run('release', (server) => server.eval(RELEASE, 1, leaseKey(id), token))),

    state: guard.state,
    close: guard.close,
  };
}
