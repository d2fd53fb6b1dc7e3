/** A station's keys, where stdin is a terminal. The terminal is given back as it was, whatever ends the process. */
import process from 'node:process';
import type { NetworkSide } from '../../serve/network-side.ts';
import { type OrderResult, obey } from '../../serve/orders.ts';
import { printNote } from '../console.ts';

const HELP = '? this help   s status   f faults   p power cycle of all modules   q quit';
const LONGEST_ORDER = 500;

/** @returns gives the terminal back */
export function openKeyboard(side: NetworkSide, quit: (isInterrupted: boolean) => void): () => void {
  const { stdin } = process;
  if (!stdin.isTTY || !process.stderr.isTTY) {
    return () => {};
  }
  /** A fault that is being typed. */
  let typed: string | undefined;
  const order = (text: string) => printNote(shown(obey(side, text, () => quit(false))));
  const onData = (text: string) => {
    for (const key of text) {
      if (key === '\u0003') {
        quit(true);
      } else if (typed !== undefined) {
        typed = type(typed, key, order);
      } else {
        typed = press(key, order, quit);
      }
    }
  };
  const restore = () => {
    stdin.setRawMode(false);
    stdin.off('data', onData);
    stdin.pause();
    process.off('exit', restore);
  };
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.on('data', onData);
  process.once('exit', restore);
  printNote(HELP);
  return restore;
}

/** @returns the beginning of a text, where the key asks for one */
function press(key: string, order: (text: string) => void, quit: (isInterrupted: boolean) => void) {
  switch (key) {
    case 's':
      order('status');
      return undefined;
    case 'f':
      order('fault list');
      printNote('fault: SPEC adds one, -ID removes one, Enter leaves');
      process.stderr.write('fault> ');
      return '';
    case 'p':
      order('power all');
      return undefined;
    case 'q':
      quit(false);
      return undefined;
    default:
      printNote(HELP);
      return undefined;
  }
}

function type(typed: string, key: string, order: (text: string) => void): string | undefined {
  switch (key) {
    case '\r':
    case '\n':
      process.stderr.write('\n');
      if (typed !== '') {
        order(typed.startsWith('-') ? `fault remove ${typed.slice(1)}` : `fault add ${typed}`);
      }
      return undefined;
    case '\u001b':
      process.stderr.write('\n');
      return undefined;
    case '\u007f':
    case '\b':
      process.stderr.write(typed === '' ? '' : '\b \b');
      return typed.slice(0, -1);
    default:
      if (key < ' ' || typed.length >= LONGEST_ORDER) {
        return typed;
      }
      process.stderr.write(key);
      return typed + key;
  }
}

const shown = (answer: OrderResult): string =>
  answer.ok ? JSON.stringify(answer.result, null, 1) : `${answer.error.code}: ${answer.error.message}`;
