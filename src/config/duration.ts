/** Durations as people write them in a file: `500ms`, `30s`, `5min`, `24h`, `7d`. */
import { z } from 'zod';
import { type Ms, ms } from '../base/units.ts';

const UNITS = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d{1,9})\s?(ms|s|min|h|d)$/;

/** @returns the duration, or `undefined` when the text is none */
export function parseDuration(text: string): Ms | undefined {
  const match = DURATION.exec(text);
  const [, count, unit] = match ?? [];
  if (count === undefined || unit === undefined || !(unit in UNITS)) {
    return undefined;
  }
  return ms(Number(count) * UNITS[unit as keyof typeof UNITS]);
}

/** The shortest exact way to write a duration: 90 000 ms is `90s`, 3 600 000 ms is `1h`. */
export function formatDuration(duration: Ms): string {
  const [unit, size] =
    (['d', 'h', 'min', 's'] as const)
      .map((name) => [name, UNITS[name]] as const)
      .find(([, length]) => duration >= length && duration % length === 0) ?? (['ms', 1] as const);
  return `${Math.round(duration / size)}${unit}`;
}

/**
 * The zod schema of a duration.
 * @param shortest and
 * @param longest what is allowed, both included, written as in the file
 */
export function durationSchema(shortest: string, longest: string) {
  const from = parseDuration(shortest) ?? ms(0);
  const to = parseDuration(longest) ?? ms(Number.MAX_SAFE_INTEGER);
  const expected = `a duration from ${shortest} to ${longest}, such as "30s", "5min" or "24h"`;
  return z
    .string({ error: expected })
    .regex(DURATION, { error: expected })
    .transform((text, context): Ms => {
      const duration = parseDuration(text);
      if (duration === undefined || duration < from || duration > to) {
        context.addIssue({ code: 'custom', message: expected, input: text });
        return z.NEVER;
      }
      return duration;
    });
}
