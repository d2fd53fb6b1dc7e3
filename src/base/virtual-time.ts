/**
 * Virtual time over the whole process: `setTimeout`, `setInterval` and `Date` are the clock's, so that
 * libraries live in it too. The clock jumps to the next timer whenever nothing is runnable any more.
 *
 * `setImmediate`, `nextTick` and microtasks stay real: streams and TLS work with them between two jumps.
 */
import crypto from 'node:crypto';
import process from 'node:process';
import { install } from '@sinonjs/fake-timers';
import { Kadec21Error } from './errors.ts';
import type { Random } from './random.ts';
import { type Ms, ms } from './units.ts';

/**
 * Turns of the event loop without a hand-over after which stream consumers count as finished. TLS over a
 * JavaScript stream takes up to five turns from ciphertext in to ciphertext out (measured); the rest is margin.
 */
const QUIET_TURNS = 12;

export interface VirtualTimeOptions {
  readonly startAt: Ms;
  /** Also feeds `Math.random` and `crypto.randomBytes`, which libraries draw from; TLS keys stay OpenSSL's own. */
  readonly random: Random;
}

export class VirtualTimeStalledError extends Kadec21Error {
  readonly code = 'VIRTUAL_TIME_STALLED';
  readonly layer = 'usage';

  constructor() {
    super('Nothing is runnable and no timer is set, but the run has not ended.');
  }
}

let handOvers = 0;
let realPeers = 0;
const realSetTimeout = globalThis.setTimeout;
const realSetImmediate = globalThis.setImmediate;
const realNow = performance.now.bind(performance);

/**
 * Says that something was handed to code that runs on its own turns of the event loop (a stream was
 * pushed to, a write was called back): time waits until that code has had its turns.
 */
export function handOver(): void {
  handOvers += 1;
}

/**
 * Binds time to the wall clock while a real peer (a socket outside this process) may answer.
 * @returns the function that lets go again
 */
export function followWallClock(): () => void {
  realPeers += 1;
  handOver();
  let isHeld = true;
  return () => {
    if (isHeld) {
      isHeld = false;
      realPeers -= 1;
    }
  };
}

/** Runs `run` in virtual time and gives back what it gives; the process's timers are restored in any case. */
export async function inVirtualTime<T>(options: VirtualTimeOptions, run: () => Promise<T>): Promise<T> {
  const clock = install({
    now: options.startAt,
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
    // What began before may end within.
    shouldClearNativeTimers: true,
  });
  const restoreChance = seedLibraries(options.random);
  let isSettled = false;
  const result = run().finally(() => {
    isSettled = true;
  });
  result.catch(() => {});
  try {
    for (;;) {
      await quiet();
      if (isSettled) {
        return await result;
      }
      if (realPeers > 0) {
        const before = realNow();
        await new Promise((resolve) => realSetTimeout(resolve, 1));
        clock.tick(realNow() - before);
      } else if (clock.countTimers() === 0) {
        throw new VirtualTimeStalledError();
      } else {
        clock.next();
      }
    }
  } finally {
    restoreChance();
    clock.uninstall();
  }
}

/** Makes libraries draw from the seed. @returns the function that gives them back what they had */
function seedLibraries(random: Random): () => void {
  const fraction = Math.random;
  const { randomBytes } = crypto;
  Math.random = () => random.fraction();
  // Sessions of smtp-server and its CRAM-MD5 challenges come from here.
  const seededBytes = (size: number, done?: (cause: Error | null, octets: Buffer) => void) => {
    const octets = Buffer.from(random.octets(size));
    return done === undefined ? octets : process.nextTick(done, null, octets);
  };
  Object.assign(crypto, { randomBytes: seededBytes });
  return () => {
    Math.random = fraction;
    Object.assign(crypto, { randomBytes });
  };
}

/** The present, virtual or real. */
export const now = (): Ms => ms(Date.now());

/** Hand-overs whose consequences have run. */
let settledHandOvers = -1;

async function quiet(): Promise<void> {
  await turn();
  while (settledHandOvers !== handOvers) {
    settledHandOvers = handOvers;
    for (let turns = 0; turns < QUIET_TURNS && settledHandOvers === handOvers; turns += 1) {
      await turn();
    }
  }
}

/** One turn of the event loop: ticks and microtasks that are due run before it resolves. */
const turn = () => new Promise<void>((resolve) => realSetImmediate(resolve));
