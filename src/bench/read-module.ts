/** Asks a module for all that a profile is made of, and nothing else; the port is released at the end. */
import { Bench, type BenchOptions } from './bench.ts';
import { BenchError } from './bench-error.ts';
import type { ModuleFacts } from './profile-match.ts';
import { readFacts } from './stations/identity.ts';
import { autobaud, port } from './stations/port.ts';

/** @throws LineError, BenchError, or what the driver says */
export async function readModule(
  options: BenchOptions & { readonly signal?: AbortSignal },
): Promise<ModuleFacts> {
  const bench = new Bench({ ...options, profile: 'auto' });
  const interrupted = new Promise<never>((_, reject) => {
    options.signal?.addEventListener('abort', () =>
      reject(new BenchError('BENCH_TIMEOUT', 'Interrupted.', {}, 'usage')),
    );
  });
  interrupted.catch(() => {});
  const reading = read(bench);
  reading.catch(() => {});
  try {
    return await Promise.race([reading, interrupted]);
  } finally {
    await bench.end();
  }
}

async function read(bench: Bench): Promise<ModuleFacts> {
  await port.run(bench);
  await autobaud.run(bench);
  return readFacts(bench);
}
