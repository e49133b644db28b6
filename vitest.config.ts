import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Two cores are the common case on the machines that run this: more workers only take turns.
    maxWorkers: 2,
    // Most files load the whole service, which takes longer than many of their tests. What one leaves behind is its own fault: none may
    // change what is not its own, or only until the end of its test.
    isolate: false,
  },
});
