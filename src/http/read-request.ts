/** Bytes of a body to a request of the right shape, or the problem that says all that is wrong with it. */
import type { FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { createExplainer, maxFaults } from './explain.ts';
import { findJsonFault } from './json-fault.ts';
import { findExcess } from './json-limits.ts';
import { faultProblem, ProblemError } from './problem.ts';
import type { ReferenceFaults } from './references.ts';

/** The raw body, which the app's content type parser leaves as it came. */
export function bodyOf(request: FastifyRequest): Buffer {
  if (Buffer.isBuffer(request.body) && request.body.length > 0) return request.body;
  throw new ProblemError('invalid-json', 'The body is empty: send a JSON object as application/json.');
}

export type Reader<T> = (value: unknown) => T;

/**
 * A reader of JSON values of one schema. The validator judges; where it refuses, the explainer says why. What a value says by
 * reference, which a schema cannot judge, is judged by `referred`, and all faults are told together.
 */
export function createReader<const T extends TSchema>(
  schema: T,
  referred: (value: unknown) => ReferenceFaults = () => ({ faults: [], settled: [] }),
): Reader<Static<T>> {
  const validator = Compile(schema);
  const explain = createExplainer(schema);
  return (value) => {
    const { faults, settled } = referred(value);
    if (isOf(value) && faults.length === 0) return value;
    const shape = explain(value);
    const told = shape.faults.filter(({ pointer }) => !settled.some((start) => pointer.startsWith(start)));
    const all = [...faults, ...told];
    const total = shape.total - (shape.faults.length - told.length) + faults.length;
    // The two agree by test. Should they ever not, the validator's word counts, with its own messages.
    const listed =
      total > 0
        ? all.slice(0, maxFaults)
        : validator.Errors(value).map((error) => ({ pointer: error.instancePath, detail: error.message }));
    throw faultProblem('invalid-request', { faults: listed, total: Math.max(total, listed.length) });
  };

  function isOf(value: unknown): value is Static<T> {
    return validator.Check(value);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

export function parseJson(body: Buffer): unknown {
  const excess = findExcess(body);
  if (excess) throw faultProblem('invalid-request', { faults: [excess] });
  const text = decode(body);
  try {
    return JSON.parse(text);
  } catch {
    const fault = findJsonFault(text);
    throw new ProblemError(
      'invalid-json',
      fault
        ? `The body is not JSON: line ${fault.line}, column ${fault.column}: ${fault.detail}.`
        : 'The body is not JSON.',
    );
  }
}

function decode(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch {
    throw new ProblemError('invalid-json', 'The body is not UTF-8, which is what JSON is sent in.');
  }
}
