#!/usr/bin/env node
// An installed package runs what the build made; a checkout runs its sources, so that it is never stale.
import { existsSync } from 'node:fs';

const sources = new URL('../src/cli/main.ts', import.meta.url);

if (existsSync(sources)) {
  const { register } = await import('tsx/esm/api');
  register();
  await import(sources.href);
} else {
  await import('../dist/cli/main.js');
}
