/** Settings and metrics that come with a part of the service: what names them is held against the code once the part is there. */
import { existsSync } from 'node:fs';

const broughtBy: Readonly<Record<string, string>> = {
  CACHE_URL: 'src/cache/shared-tier.ts',
  TRUST_PROXY: 'src/http/rate-limit.ts',
  shardwell_shared_cache_state: 'src/http/shared-metrics.ts',
  shardwell_auth_refusals_total: 'src/http/auth/auth-recorder.ts',
  shardwell_auth_keys_file_usable: 'src/http/auth/auth-recorder.ts',
};

export function isToCome(name: string): boolean {
  const file = broughtBy[name];
  return file !== undefined && !existsSync(file);
}
