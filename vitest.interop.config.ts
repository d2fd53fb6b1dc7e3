import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: 'test/docs/build-once.ts',
    include: ['test/interop/**/*.test.ts'],
    pool: 'forks',
    // Most of their time they wait, for modules that register and servers that start.
    maxWorkers: 3,
    testTimeout: 120_000,
  },
});
