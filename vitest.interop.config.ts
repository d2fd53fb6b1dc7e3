import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: 'test/interop/global-setup.ts',
    include: ['test/interop/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
  },
});
