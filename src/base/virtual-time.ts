/**
 * Virtual time over the whole process: `setTimeout`, `setInterval` and `Date` are the clock's, so that
 * libraries live in it too. The clock jumps to the next timer whenever nothing is runnable any more.
 *
 * `setImmediate`, `nextTick` and microtasks stay real: streams and TLS work with them between two jumps.
 */
import crypto from 'node:crypto';
import process from 'node:process';
import { Kadec21Error } from './errors.ts';
import type { Random } from './random.ts';
import { type Ms, ms } from './units.ts';
import { VirtualClock } from './virtual-clock.ts';

/**
 * Turns of the event loop without a hand-over after which stream consumers count as finished. nodemailer and
 * smtp-server answer within one turn, over TLS as well (measured); the rest is margin.
 */
const QUIET_TURNS = 3;

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
let running: VirtualClock | undefined;
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

/**
 * Sets the virtual clock to a later instant without living through the time in between: what was to happen in five
 * minutes still happens in five minutes.
 * @throws RangeError outside of virtual time, or where it would run backwards
 */
export function setClockForward(to: Ms): void {
  if (running === undefined || to < now()) {
    throw new RangeError('The clock can only be set forward, and only in virtual time.');
  }
  running.set(to);
}

/** Runs `run` in virtual time and gives back what it gives; the process's timers are restored in any case. */
export async function inVirtualTime<T>(options: VirtualTimeOptions, run: () => Promise<T>): Promise<T> {
  const clock = new VirtualClock(options.startAt);
  const restoreClock = clock.install();
  const restoreChance = seedLibraries(options.random);
  running = clock;
  try {
    const result = run();
    await advance(clock, result);
    return await result;
  } finally {
    running = undefined;
    restoreChance();
    restoreClock();
  }
}

/**
 * Jumps from timer to timer until `result` is settled. Each jump is followed by one turn of the event loop, in
 * which ticks and microtasks run, or by as many as stream consumers need. No promise per jump: this runs
 * hundreds of times a mail.
 */
function advance(clock: VirtualClock, result: Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    let isSettled = false;
    result.then(
      () => (isSettled = true),
      () => (isSettled = true),
    );
    let settledHandOvers = -1;
    let turnsToWait = 0;

    const turn = () => {
      if (handOvers !== settledHandOvers) {
        settledHandOvers = handOvers;
        turnsToWait = QUIET_TURNS;
      }
      if (turnsToWait > 0) {
        turnsToWait -= 1;
        realSetImmediate(turn);
      } else if (isSettled) {
        resolve();
      } else if (realPeers > 0) {
        followRealTime();
      } else if (clock.timers === 0) {
        reject(new VirtualTimeStalledError());
      } else {
        jump(nextTimer);
      }
    };
    const nextTimer = () => clock.next();
    /** What a timer throws ends the run, as it would end a process. */
    const jump = (pass: () => void) => {
      try {
        pass();
        realSetImmediate(turn);
      } catch (failure) {
        reject(failure);
      }
    };
    const followRealTime = () => {
      const before = realNow();
      realSetTimeout(() => jump(() => clock.pass(realNow() - before)), 1);
    };
    // What `run` has begun runs first.
    realSetImmediate(turn);
  });
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
export const now = (): Ms => ms(running?.now ?? Date.now());
