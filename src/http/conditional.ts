/** Validators of stored plans (RFC 9110, section 8.8.3 and 13.1.2). */
import { hash } from 'node:crypto';
import type { StoredPlan } from './ports.ts';

/**
 * The id is the hash of everything that decides a complete answer, so it is the answer's tag. One that a deadline cut short
 * is replaced under the same id by a better one, and tells itself apart by its bytes.
 */
export function etagOf({ id, complete, answer }: StoredPlan): string {
  return complete ? `"${id}"` : `"${id}-partial-${hash('sha256', answer, 'hex').slice(0, 16)}"`;
}

/** Whether If-None-Match names the tag; GET then answers 304. Weak and strong tags compare equal here. */
export function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .some((tag) => tag === '*' || tag === etag);
}
