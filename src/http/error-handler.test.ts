import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { handleClientError, toProblem } from './error-handler.ts';
import { ProblemError } from './problem.ts';

const withCode = (code: string, statusCode?: number) => Object.assign(new Error('of the inside'), { code, statusCode });

describe('toProblem', () => {
  it.each([
    [withCode('FST_ERR_CTP_BODY_TOO_LARGE', 413), 'body-too-large'],
    [withCode('FST_ERR_CTP_INVALID_MEDIA_TYPE', 415), 'unsupported-media-type'],
    [withCode('FST_ERR_CTP_INVALID_CONTENT_LENGTH', 400), 'malformed-http'],
    [withCode('OVERLOADED'), 'overloaded'],
    [withCode('ERR_WORKER_OUT_OF_MEMORY'), 'out-of-memory'],
    [withCode('SOMETHING_ELSE', 418), 'malformed-http'],
    [withCode('SOMETHING_ELSE', 502), 'internal'],
    [new TypeError('of the inside'), 'internal'],
    ['a string', 'internal'],
    [null, 'internal'],
    [undefined, 'internal'],
    [new ProblemError('not-found', 'Nothing.'), 'not-found'],
  ])('%s is %s, and tells nothing of the inside', (error, slug) => {
    const problem = toProblem(error);
    expect(problem.slug).toBe(slug);
    expect(problem.message).not.toContain('inside');
  });
});

describe('handleClientError', () => {
  class Recorded extends Socket {
    written = '';
    override readonly writable = true;
    override end(text?: unknown): this {
      this.written += String(text);
      return this;
    }
  }

  it.each([
    ['HPE_INVALID_METHOD', '400 Bad Request', 'malformed-http'],
    ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large', 'headers-too-large'],
    ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout', 'request-timeout'],
  ])('%s is written to the socket as %s', (code, status, slug) => {
    const socket = new Recorded();
    handleClientError(withCode(code), socket);
    const [head = '', body = ''] = socket.written.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status}\r\ncontent-type: application/problem\\+json\r\n`));
    expect(head).toContain(`content-length: ${Buffer.byteLength(body)}`);
    expect(JSON.parse(body).type).toBe(`/docs/problems/${slug}`);
  });

  it('a connection that the caller has reset is only let go', () => {
    const socket = new Recorded();
    handleClientError(withCode('ECONNRESET'), socket);
    expect(socket.written).toBe('');
    expect(socket.destroyed).toBe(true);
  });
});
