/** Values that the tests of the carrier write as text. */
import type { Ms } from '../../src/base/units.ts';
import { parseInstant } from '../../src/config/japan-time.ts';
import { type Ipv4Address, parseIpv4 } from '../../src/wire/ipv4.ts';

export function at(text: string): Ms {
  const instant = parseInstant(text);
  if (instant === undefined) {
    throw new Error(`no date: ${text}`);
  }
  return instant;
}

export function address(text: string): Ipv4Address {
  const parsed = parseIpv4(text);
  if (parsed === undefined) {
    throw new Error(`no address: ${text}`);
  }
  return parsed;
}
