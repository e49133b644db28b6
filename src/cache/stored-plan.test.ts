import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePlan, encodePlan, HEADER_BYTES, type StoredPlan, sequenceOf } from './stored-plan.ts';

const plan: StoredPlan = {
  id: 'a'.repeat(64),
  status: 'feasible',
  complete: true,
  answer: Buffer.from('{"answer":1}'),
  request: Buffer.from('{"request":2}'),
};

describe('the envelope', () => {
  it('gives back what went in, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.record({
          id: fc.string({ minLength: 1 }),
          status: fc.constantFrom('feasible' as const, 'infeasible' as const),
          complete: fc.boolean(),
          answer: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
          request: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        }),
        fc.nat(),
        (given, sequence) => {
          const envelope = encodePlan(given, sequence);
          expect(sequenceOf(envelope)).toBe(sequence);
          expect(decodePlan(given.id, envelope)).toEqual({ plan: given, sequence });
        },
      ),
    );
  });

  it('sees any single byte changed', () => {
    const envelope = encodePlan(plan, 7);
    for (let at = 0; at < envelope.length; at += 1) {
      const mutant = Buffer.from(envelope);
      mutant.writeUInt8(mutant.readUInt8(at) ^ 0x40, at);
      expect(decodePlan(plan.id, mutant), `byte ${at}`).toHaveProperty('fault');
    }
  });

  it('sees any truncation', () => {
    const envelope = encodePlan(plan, 7);
    for (let length = 0; length < envelope.length; length += 1) {
      expect(decodePlan(plan.id, envelope.subarray(0, length))).toEqual({ fault: 'torn' });
    }
  });

  it('sees an entry under the key of another, another version, and bytes that are not ours', () => {
    const envelope = encodePlan(plan, 7);
    expect(decodePlan('b'.repeat(64), envelope)).toEqual({ fault: 'checksum' });
    const next = Buffer.from(envelope);
    next.writeUInt8(2, 4);
    expect(decodePlan(plan.id, next)).toEqual({ fault: 'other-version' });
    expect(decodePlan(plan.id, Buffer.alloc(HEADER_BYTES))).toEqual({ fault: 'foreign' });
    expect(sequenceOf(Buffer.alloc(HEADER_BYTES))).toBeUndefined();
  });
});
