import process from 'node:process';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**'],
    // Whoever works on one file does not wait for a build: there every process translates the sources.
    globalSetup: process.env.CI === undefined ? [] : ['test/docs/build-once.ts'],
    // Suites that fake the process's timers need a process of their own.
    pool: 'forks',
    // Many tests wait for processes: a processor that is left free by default would idle meanwhile.
    maxWorkers: '100%',
    testTimeout: 120_000,
  },
});
