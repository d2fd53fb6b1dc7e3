/** Memory that is held after garbage has been collected. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

/** Buffers are swept behind a collection, so that a second one counts. */
const COLLECTIONS = 2;

/** @returns octets in use, on the heap and in buffers beside it */
export async function heldMemory(): Promise<number> {
  for (let count = 0; count < COLLECTIONS && typeof collect === 'function'; count += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
