import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 30_000,
    // Two cores are the common case on the machines that run this: more workers only take turns.
    maxWorkers: 2,
  },
});
