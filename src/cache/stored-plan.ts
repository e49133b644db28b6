/** What the store keeps of a plan, and the bytes in which it lies on disk and in the shared tier. */
import { createHash } from 'node:crypto';

export interface StoredPlan {
  /** Hash of the canonical request and of the planner's version. */
  readonly id: string;
  readonly status: 'feasible' | 'infeasible';
  /** False for an answer that a deadline cut short: stored under its id, and never served as a hit. */
  readonly complete: boolean;
  /** The answer as it is sent. */
  readonly answer: Buffer;
  /** The request as the planner understood it, from which placement, files and report are made again. */
  readonly request: Buffer;
}

/**
 * The envelope: a header of 56 bytes, the answer, the request. The SHA-256 covers the rest of the header, the id and both
 * bodies, so that a torn write, a flipped bit and an entry that lies under another's key are all seen.
 *
 *   0 magic (4)   4 version (1)   5 flags (1)   6 zero (2)   8 answer length (4)   12 request length (4)
 *   16 sequence number (8)   24 SHA-256 (32)   56 bodies
 */
const MAGIC = 0x5357504c;
/** Raised with every change of this layout or of what the bodies mean: older entries then are misses. */
export const ENVELOPE_VERSION = 1;
const COMPLETE = 1;
const FEASIBLE = 2;
const DIGEST_AT = 24;
export const HEADER_BYTES = 56;

export type Decoded =
  | { readonly plan: StoredPlan; readonly sequence: number }
  | { readonly fault: 'torn' | 'foreign' | 'other-version' | 'checksum' };

function digestOf(id: string, envelope: Buffer): Buffer {
  return createHash('sha256')
    .update(envelope.subarray(0, DIGEST_AT))
    .update(id)
    .update(envelope.subarray(HEADER_BYTES))
    .digest();
}

export function encodePlan(plan: StoredPlan, sequence: number): Buffer {
  const { answer, request } = plan;
  const envelope = Buffer.alloc(HEADER_BYTES + answer.length + request.length);
  envelope.writeUInt32BE(MAGIC, 0);
  envelope.writeUInt8(ENVELOPE_VERSION, 4);
  envelope.writeUInt8((plan.complete ? COMPLETE : 0) | (plan.status === 'feasible' ? FEASIBLE : 0), 5);
  envelope.writeUInt32BE(answer.length, 8);
  envelope.writeUInt32BE(request.length, 12);
  envelope.writeDoubleBE(sequence, 16);
  answer.copy(envelope, HEADER_BYTES);
  request.copy(envelope, HEADER_BYTES + answer.length);
  digestOf(plan.id, envelope).copy(envelope, DIGEST_AT);
  return envelope;
}

/** The write's number, by which the oldest entry is known; undefined where the header is not ours. */
export function sequenceOf(envelope: Buffer): number | undefined {
  return envelope.length >= HEADER_BYTES && envelope.readUInt32BE(0) === MAGIC ? envelope.readDoubleBE(16) : undefined;
}

export function decodePlan(id: string, envelope: Buffer): Decoded {
  if (envelope.length < HEADER_BYTES) return { fault: 'torn' };
  if (envelope.readUInt32BE(0) !== MAGIC) return { fault: 'foreign' };
  if (envelope.readUInt8(4) !== ENVELOPE_VERSION) return { fault: 'other-version' };
  const answerBytes = envelope.readUInt32BE(8);
  const requestBytes = envelope.readUInt32BE(12);
  if (envelope.length !== HEADER_BYTES + answerBytes + requestBytes) return { fault: 'torn' };
  if (!digestOf(id, envelope).equals(envelope.subarray(DIGEST_AT, HEADER_BYTES))) return { fault: 'checksum' };
  const flags = envelope.readUInt8(5);
  return {
    sequence: envelope.readDoubleBE(16),
    plan: {
      id,
      status: (flags & FEASIBLE) !== 0 ? 'feasible' : 'infeasible',
      complete: (flags & COMPLETE) !== 0,
      answer: envelope.subarray(HEADER_BYTES, HEADER_BYTES + answerBytes),
      request: envelope.subarray(HEADER_BYTES + answerBytes),
    },
  };
}
