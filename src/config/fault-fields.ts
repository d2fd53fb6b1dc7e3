/** What faults are made of: instants, durations, occasions, amounts; as a user writes them, and back. */
import { z } from 'zod';
import { type Bytes, bytes, type Ms } from '../base/units.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { formatPreciseInstant, parseInstant } from './japan-time.ts';

/** When a fault begins: on a day, or so long after it was added. */
export type FaultInstant = { readonly instant: Ms } | { readonly sinceStart: Ms };

/** How often it comes again: at each n-th occasion, or each time that a period has passed. */
export type Recurrence = { readonly occasions: number } | { readonly period: Ms };

/** How far in it strikes: after so many octets, or so much time. */
export type Depth = { readonly bytes: Bytes } | { readonly time: Ms };

const LONGEST_DURATION = '3650d';
/** Far beyond what a line of this kind carries in a run. */
const MOST_BYTES = 1_000_000_000;

const MINUTES = /^(\d{1,9})\s?m$/;

/** As in other files; `2m` is taken for `2min`. */
const readDuration = (text: string): Ms | undefined =>
  parseDuration(text.replace(MINUTES, (_, count) => `${count}min`));

/** @param shortest and @param longest what is allowed, both included */
export function faultDuration(shortest: string, longest = LONGEST_DURATION) {
  const [from = 0, to = Number.MAX_SAFE_INTEGER] = [parseDuration(shortest), parseDuration(longest)];
  const error = `a duration from ${shortest} to ${longest}, such as 500ms, 30s, 5min or 24h`;
  return z
    .string({ error })
    .regex(/^\d{1,9}\s?(ms|s|min|m|h|d)$/, { error })
    .transform((text, context): Ms => {
      const duration = readDuration(text);
      if (duration === undefined || duration < from || duration > to) {
        context.addIssue({ code: 'custom', message: error, input: text });
        return z.NEVER;
      }
      return duration;
    });
}

const INSTANT = 'a date such as 2008-10-01T09:00 (Japan time) or a duration after the start, such as 10s';

export const faultInstant = z.string({ error: INSTANT }).transform((text, context): FaultInstant => {
  const sinceStart = readDuration(text);
  const instant = sinceStart === undefined ? parseInstant(text) : undefined;
  if (sinceStart !== undefined) {
    return { sinceStart };
  }
  if (instant !== undefined) {
    return { instant };
  }
  context.addIssue({ code: 'custom', message: INSTANT, input: text });
  return z.NEVER;
});

const everyPeriod = faultDuration('1ms').transform((period): Recurrence => ({ period }));
/** For what lasts or strikes by the clock. */
export const periodOnly = everyPeriod;

const RECURRENCE = 'a number (2: each second time) or a duration such as 10min';
const everyOccasion = z
  .int({ error: RECURRENCE })
  .min(1, { error: RECURRENCE })
  .max(1_000_000, { error: RECURRENCE })
  .transform((occasions): Recurrence => ({ occasions }));
const everyTime = z.string({ error: RECURRENCE }).transform((text, context): Recurrence => {
  const period = readDuration(text);
  if (period === undefined || period === 0) {
    context.addIssue({ code: 'custom', message: RECURRENCE, input: text });
    return z.NEVER;
  }
  return { period };
});
/** For what waits for occasions. */
export const periodOrOccasions = z.union([everyOccasion, everyTime]);

const BYTES = /^(\d{1,10})\s?(bytes?|B|KiB)$/;
const DEPTH_BYTES = `a number of octets, such as "2000 bytes" or "16 KiB", at most ${MOST_BYTES}`;

function readBytes(text: string): Bytes | undefined {
  const [, count, unit] = BYTES.exec(text) ?? [];
  const amount = Number(count) * (unit === 'KiB' ? 1024 : 1);
  return count !== undefined && amount <= MOST_BYTES ? bytes(amount) : undefined;
}

function depth(expected: string, allowsTime: boolean) {
  const error = { error: expected };
  const amount = z
    .int(error)
    .min(0, error)
    .max(MOST_BYTES, error)
    .transform((count): Depth => ({ bytes: bytes(count) }));
  const text = z.string(error).transform((written, context): Depth => {
    const count = readBytes(written);
    const time = allowsTime ? readDuration(written) : undefined;
    if (count !== undefined) {
      return { bytes: count };
    }
    if (time !== undefined) {
      return { time };
    }
    context.addIssue({ code: 'custom', message: expected, input: written });
    return z.NEVER;
  });
  return z.union([amount, text]);
}

export const afterBytes = depth(DEPTH_BYTES, false);
export const afterBytesOrTime = depth(`${DEPTH_BYTES}; or a duration, such as 20s`, true);

/** As it is written, so that reading it gives the same. */
export const formatFaultInstant = (at: FaultInstant): string =>
  'instant' in at ? formatPreciseInstant(at.instant) : formatDuration(at.sinceStart);

export const formatRecurrence = (every: Recurrence): string =>
  'occasions' in every ? String(every.occasions) : formatDuration(every.period);

export const formatDepth = (after: Depth): string =>
  'bytes' in after ? `${after.bytes} bytes` : formatDuration(after.time);
