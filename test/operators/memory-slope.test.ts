/** The benchmark's word on whether memory is flat: it finds what is kept of requests among collections and strays, and nothing else. */
import { expect, it } from 'vitest';
import { type Sample, slopeOf } from '../../bench/http/memory.ts';

/** A heap that grows by 30 MiB between two collections, on 60 MiB and what is kept of requests. */
const samplesOf = (keptBytes: number): Sample[] =>
  Array.from({ length: 800 }, (_, i) => {
    const requests = i * 250;
    const kept = (requests * keptBytes) / 2 ** 20;
    // It begins larger, and once in a while something else is in the way.
    const early = 40 * Math.exp(-requests / 10_000);
    const stray = i % 97 === 0 ? 25 : 0;
    const heapMiB = 60 + kept + early + stray + 30 * ((i * 0.61803) % 1);
    return { requests, heapMiB, anonymousMiB: heapMiB + 80, fileMiB: 50, rssMiB: heapMiB + 130, diskMiB: 64 };
  });

it('is next to nothing where nothing is kept', () => {
  expect(Math.abs(slopeOf(samplesOf(0), 'heapMiB'))).toBeLessThan(0.5);
});

it.each([20, 100, 1_000])('is what is kept of a request, %i bytes', (bytes) => {
  const expected = (1e5 * bytes) / 2 ** 20;
  for (const measure of ['heapMiB', 'rssMiB'] as const)
    expect(Math.abs(slopeOf(samplesOf(bytes), measure) - expected)).toBeLessThan(0.5);
});
