import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**'],
    // Suites that fake the process's timers need a process of their own.
    pool: 'forks',
    testTimeout: 60_000,
  },
});
