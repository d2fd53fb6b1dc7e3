/** What arguments that several commands take may say. */
import { InvalidArgumentError } from 'commander';
import { parseServerMapping, type ServerMapping } from '../aunet/server-mapping.ts';
import { Kadec21Error } from '../base/errors.ts';
import type { Ms } from '../base/units.ts';
import { parseDuration } from '../config/duration.ts';
import { INSTANT_EXPECTED, parseInstant } from '../config/japan-time.ts';

export function instant(text: string): Ms {
  const at = parseInstant(text);
  if (at === undefined) {
    throw new InvalidArgumentError(`Expected ${INSTANT_EXPECTED}.`);
  }
  return at;
}

export function duration(text: string): Ms {
  const length = parseDuration(text);
  if (length === undefined) {
    throw new InvalidArgumentError('Expected a duration, such as 30s, 5min or 24h.');
  }
  return length;
}

export function seed(text: string): number {
  const value = Number(text);
  if (!/^\d{1,10}$/.test(text) || value > 0xffff_ffff) {
    throw new InvalidArgumentError('Expected a whole number from 0 to 4294967295.');
  }
  return value;
}

/** For an option that may be given several times. */
export function serverMappings(text: string, before: readonly ServerMapping[] = []): ServerMapping[] {
  try {
    return [...before, parseServerMapping(text)];
  } catch (failure) {
    if (failure instanceof Kadec21Error) {
      throw new InvalidArgumentError(`${failure.message} ${failure.advice ?? ''}`);
    }
    throw failure;
  }
}
