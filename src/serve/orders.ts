/**
 * Orders to a running station in plain words: the control socket and the keyboard take them alike.
 */
import { Kadec21Error } from '../base/errors.ts';
import { parseFault } from '../config/fault-text.ts';
import {
  faultDocument,
  faultsDocument,
  linesDocument,
  mailsDocument,
  sessionsDocument,
  statusDocument,
} from './documents.ts';
import type { NetworkSide } from './network-side.ts';
import type { ServedLine } from './served-line.ts';

export type OrderResult =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } };

export const ORDERS = [
  'status',
  'lines',
  'sessions',
  'mails',
  'fault list',
  'fault add SPEC',
  'fault remove ID',
  'power LINE|all',
  'page LINE|all',
  'quit',
] as const;

class OrderError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** @param quit ends the station */
export function obey(side: NetworkSide, order: string, quit: () => void): OrderResult {
  try {
    return { ok: true, result: resultOf(side, order.trim(), quit) };
  } catch (failure) {
    if (failure instanceof OrderError || failure instanceof Kadec21Error) {
      return { ok: false, error: { code: failure.code, message: failure.message } };
    }
    if (failure instanceof RangeError) {
      return { ok: false, error: { code: 'TOO_MANY', message: failure.message } };
    }
    throw failure;
  }
}

function resultOf(side: NetworkSide, order: string, quit: () => void): unknown {
  const [verb = '', rest = ''] = split(order);
  switch (verb) {
    case 'status':
      return statusDocument(side);
    case 'lines':
      return linesDocument(side);
    case 'sessions':
      return sessionsDocument(side);
    case 'mails':
      return mailsDocument(side.mails.matching(), 0);
    case 'fault':
      return faultOrder(side, rest);
    case 'power':
      return linesCalled(side, rest).map((line) => {
        line.powerCycle();
        return line.name;
      });
    case 'page':
      return linesCalled(side, rest).map((line) => {
        if (!line.ring()) {
          throw new OrderError('NOT_ON_AIR', `The module of ${line.name} is not on the air.`);
        }
        return line.name;
      });
    case 'quit':
      quit();
      return 'bye';
    case 'help':
      return ORDERS;
    default:
      throw new OrderError('UNKNOWN_ORDER', `No such order. There are: ${ORDERS.join(', ')}.`);
  }
}

function faultOrder(side: NetworkSide, order: string): unknown {
  const [verb = '', rest = ''] = split(order);
  switch (verb) {
    case 'list':
      return faultsDocument(side);
    case 'add':
      return faultDocument(side.faults.add(parseFault(rest)));
    case 'remove':
      if (!/^\d{1,9}$/.test(rest) || !side.faults.remove(Number(rest))) {
        throw new OrderError('NO_SUCH_FAULT', `There is no fault ${rest}: fault list shows them.`);
      }
      return { removed: 1 };
    default:
      throw new OrderError('UNKNOWN_ORDER', 'Expected fault list, fault add SPEC or fault remove ID.');
  }
}

function linesCalled(side: NetworkSide, name: string): readonly ServedLine[] {
  if (name === 'all') {
    return [...side.lines.values()];
  }
  const line = side.lines.get(name);
  if (line === undefined) {
    throw new OrderError('NO_SUCH_LINE', `No line is called ${name}: lines shows them.`);
  }
  return [line];
}

function split(text: string): string[] {
  const [, first = '', rest = ''] = /^(\S*)\s*(.*)$/s.exec(text) ?? [];
  return [first, rest];
}
