/** Ports for what this side begins: drawn at random, so that they cannot be guessed (RFC 6056 §3.3.1). */
import type { Random } from '../base/random.ts';

/** RFC 6335 §6: the dynamic ports. */
const FIRST_PORT = 49_152;
const LAST_PORT = 65_535;
/** With some hundred ports in use, of 16384, the first draw is free nearly always. */
const MAX_DRAWS = 64;

/** @returns a port that is not taken; `undefined` when all that were drawn are */
export function drawEphemeralPort(random: Random, isTaken: (port: number) => boolean): number | undefined {
  for (let draw = 0; draw < MAX_DRAWS; draw += 1) {
    const port = random.integer(FIRST_PORT, LAST_PORT);
    if (!isTaken(port)) {
      return port;
    }
  }
  return undefined;
}
