/** What is counted of authentication. */
import { Counter, Gauge, type Registry } from 'prom-client';

export const refusalReasons = ['missing', 'unknown', 'expired', 'invalid', 'scope', 'unavailable'] as const;
export type RefusalReason = (typeof refusalReasons)[number];

export interface AuthRecorder {
  refused(reason: RefusalReason): void;
  keysRead(read: { readonly keys: number }): void;
  keysRefused(): void;
  jwksFailed(): void;
}

export function createAuthRecorder(registers: Registry[]): AuthRecorder {
  const refusals = new Counter({
    name: 'shardwell_auth_refusals_total',
    help: 'Requests refused for want of a credential, for a bad one, or for one without the scope.',
    labelNames: ['reason'],
    registers,
  });
  for (const reason of refusalReasons) refusals.inc({ reason }, 0);
  const keys = new Gauge({ name: 'shardwell_auth_keys', help: 'API keys in force.', registers });
  const current = new Gauge({
    name: 'shardwell_auth_keys_file_usable',
    help: '0 where the file of keys, as it stands, cannot be used and the keys read before stay in force; else 1.',
    registers,
  });
  current.set(1);
  const jwks = new Counter({
    name: 'shardwell_auth_jwks_failures_total',
    help: 'Times that the key set of the issuer could not be fetched.',
    registers,
  });
  return {
    refused: (reason) => refusals.inc({ reason }),
    keysRead({ keys: count }) {
      keys.set(count);
      current.set(1);
    },
    keysRefused: () => current.set(0),
    jwksFailed: () => jwks.inc(),
  };
}
