import { describe, expect, it } from 'vitest';
import { readPreferences } from './prefer.ts';

describe('the header Prefer', () => {
  it.each([
    [undefined, { respondAsync: false }],
    ['', { respondAsync: false }],
    ['respond-async', { respondAsync: true }],
    ['Respond-Async, wait=10', { respondAsync: true, waitSeconds: 10 }],
    ['wait = 3 ; why="a, b" , respond-async', { respondAsync: true, waitSeconds: 3 }],
    ['wait=1, wait=2', { respondAsync: false, waitSeconds: 1 }],
    ['wait="7"', { respondAsync: false, waitSeconds: 7 }],
    ['return=minimal; foo="respond-async, wait=2"', { respondAsync: false }],
    ['note="respond-async"', { respondAsync: false }],
    ['wait=-1, respond-async', { respondAsync: true }],
    ['wait=1.5, wait=2', { respondAsync: false }],
    [['wait=4', 'respond-async'], { respondAsync: true, waitSeconds: 4 }],
    [',,;=;respond-async,"', { respondAsync: false }],
  ])('%j', (header, expected) => {
    expect(readPreferences(header)).toEqual(expected);
  });

  it('takes no longer than a header is long', () => {
    const start = performance.now();
    for (const piece of ['"', 'a;', '",', '\\"', 'wait=', ' = ']) {
      for (const length of [500, 16_384]) readPreferences(piece.repeat(length).slice(0, length));
    }
    expect(performance.now() - start).toBeLessThan(100);
  });
});
