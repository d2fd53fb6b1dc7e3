/** How the air carries octets, by network. Latencies and rates are nominal figures of the time (assumptions). */
import type { System } from './cells.ts';
import type { BearerQuality } from './radio-bearer.ts';

export const defaultQuality: Readonly<Record<System, BearerQuality>> = {
  /** CDMA 1x: frames of 20 ms, 64 kbit/s up and 144 kbit/s down. */
  cdma: {
    up: { latencyMs: 150, frameMs: 20, bitRate: 64_000 },
    down: { latencyMs: 150, frameMs: 20, bitRate: 144_000 },
  },
  /** LTE-M, half duplex. */
  lte: {
    up: { latencyMs: 50, frameMs: 4, bitRate: 375_000 },
    down: { latencyMs: 50, frameMs: 4, bitRate: 300_000 },
  },
};

/** Air that costs no time at all. */
export const instantQuality: BearerQuality = {
  up: { latencyMs: 0, frameMs: 0 },
  down: { latencyMs: 0, frameMs: 0 },
};

/** Where no rate is set, CONNECT tells that of the line. */
const UNLIMITED_BIT_RATE = 115_200;

/** The rate of the slower direction, bit/s. */
export const bitRateOf = ({ up, down }: BearerQuality): number =>
  Math.min(up.bitRate ?? Number.POSITIVE_INFINITY, down.bitRate ?? UNLIMITED_BIT_RATE);
