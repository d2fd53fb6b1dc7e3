/** What the arguments of `kadec21 serve` may say. */
import { InvalidArgumentError } from 'commander';
import type { SubscriberAccount } from '../../aunet/subscribers.ts';
import { Kadec21Error } from '../../base/errors.ts';
import type { Fault } from '../../config/fault.ts';
import { parseFault } from '../../config/fault-text.ts';
import type { HttpAddress } from '../../serve/http/guard.ts';

const LOOPBACK = '127.0.0.1';

/** For an option that may be given several times. */
export const texts = (text: string, before: readonly string[] = []): string[] => [...before, text];

/** `PORT` is on loopback; who names a host means it. */
export function address(text: string): HttpAddress {
  const match = /^(?:(?<host>\[[^\]]+\]|[^:]+):)?(?<port>\d{1,5})$/.exec(text)?.groups;
  const port = Number(match?.port);
  if (match === undefined || port > 65_535) {
    throw new InvalidArgumentError('Expected PORT or HOST:PORT.');
  }
  return { host: (match.host ?? LOOPBACK).replace(/^\[|\]$/g, ''), port };
}

export const addresses = (text: string, before: readonly HttpAddress[] = []): HttpAddress[] => [
  ...before,
  address(text),
];

export function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new InvalidArgumentError('Expected a whole number from 1 on.');
  }
  return Number(text);
}

export function accounts(text: string, before: readonly SubscriberAccount[] = []): SubscriberAccount[] {
  const colon = text.indexOf(':');
  if (colon < 1) {
    throw new InvalidArgumentError('Expected USER:PASSWORD.');
  }
  return [...before, { user: text.slice(0, colon), password: text.slice(colon + 1) }];
}

export function faults(text: string, before: readonly Fault[] = []): Fault[] {
  try {
    return [...before, parseFault(text)];
  } catch (failure) {
    if (failure instanceof Kadec21Error) {
      throw new InvalidArgumentError(`${failure.message} ${failure.advice ?? ''}`);
    }
    throw failure;
  }
}
