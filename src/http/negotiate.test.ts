import { describe, expect, it } from 'vitest';
import { negotiate } from './negotiate.ts';

const offered = ['application/json', 'application/x-ndjson'] as const;

describe('negotiate', () => {
  it.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['application/x-ndjson', 'application/x-ndjson'],
    ['application/json;q=0.5, application/x-ndjson', 'application/x-ndjson'],
    ['application/x-ndjson;q=0.5, */*;q=0.1', 'application/x-ndjson'],
    ['APPLICATION/JSON', 'application/json'],
    ['text/html, */*;q=0.8', 'application/json'],
    ['*/*, application/json;q=0', 'application/x-ndjson'],
    ['application/json;q=nonsense', 'application/json'],
    ['application/json; charset=utf-8', 'application/json'],
    ['text/html', undefined],
    ['application/json;q=0', undefined],
    ['nonsense', undefined],
  ])('%s → %s', (accept, type) => {
    expect(negotiate(accept, offered)).toBe(type);
  });
});
