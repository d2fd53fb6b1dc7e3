/** The SIM: 27.007 §8.3, §5.6, §7.4. */
import type { Value } from '../../../wire/at/command-line.ts';
import { type Answer, cmeError, done, REFUSED } from '../answer.ts';
import { type ExtendedCommand, numberAt, tells, textAt } from '../command-set.ts';
import type { ModuleContext } from '../module-context.ts';

/** KDDI's country and network code, and a subscriber who does not exist. */
const IMSI = '440500000000021';
const ICCID = '8981300000000000021';
const PIN_TRIES = 3;

export const sim: readonly ExtendedCommand[] = [
  {
    name: '+CPIN',
    read: ({ sim: { state } }) => (state === 'absent' ? cmeError(10) : done(`+CPIN: ${STATES[state]}`)),
    set: enterPin,
  },
  tells('+CIMI', ['execute'], (module) => whenReady(module, IMSI)),
  tells('+CCID', ['execute', 'read'], (module) => whenReady(module, `+CCID: ${ICCID}`)),
  tells('+ICCID', ['execute', 'read'], (module) => whenReady(module, `+ICCID: ${ICCID}`)),
  tells('+CNUM', ['execute'], (module) => whenReady(module)),
  { name: '+CRSM', set: readFile },
  {
    name: '+CLCK',
    test: '+CLCK: ("SC")',
    set: (_, values) =>
      textAt(values, 0) === 'SC' && numberAt(values, 1) === 2 ? done('+CLCK: 0') : cmeError(3),
  },
];

const STATES = { ready: 'READY', pin: 'SIM PIN', puk: 'SIM PUK' } as const;

function whenReady({ sim: { state } }: ModuleContext, ...information: readonly string[]): Answer {
  switch (state) {
    case 'ready':
      return done(...information);
    case 'absent':
      return cmeError(10);
    case 'pin':
      return cmeError(11);
    case 'puk':
      return cmeError(12);
  }
}

function plainDigits([value]: readonly Value[]): string | undefined {
  return value?.kind === 'plain' ? value.text : undefined;
}

function enterPin(module: ModuleContext, values: readonly Value[]): Answer {
  const { sim } = module;
  // Many hosts send the digits without quotes.
  const code = textAt(values, 0) ?? plainDigits(values);
  if (code === undefined || values.length > 2) {
    return REFUSED;
  }
  switch (sim.state) {
    case 'absent':
      return cmeError(10);
    case 'ready':
      return cmeError(3);
    case 'pin':
      if (code !== sim.pin) {
        sim.pinTries -= 1;
        sim.state = sim.pinTries > 0 ? 'pin' : 'puk';
        return cmeError(16);
      }
      break;
    case 'puk': {
      const newPin = textAt(values, 1);
      if (code !== sim.puk || newPin === undefined) {
        return cmeError(newPin === undefined ? 12 : 16);
      }
      sim.pin = newPin;
      break;
    }
  }
  sim.state = 'ready';
  sim.pinTries = PIN_TRIES;
  module.simChanged();
  return done();
}

/** Digits in the order of a SIM: each octet holds two, the lower half first (TS 102 221 §13.2). */
const swapped = (digits: string) => digits.replace(/(.)(.)/g, '$2$1');

/** The files that programs read, by identifier (TS 31.102 §4.2, TS 102 221 §13.2). */
const FILES: ReadonlyMap<number, string> = new Map([
  // EF_ICCID.
  [0x2fe2, swapped(`${ICCID}F`.slice(0, 20))],
  // EF_IMSI: its length, then parity and the first digit, then the rest.
  [0x6f07, `08${swapped(`9${IMSI}`)}`],
  // EF_AD: normal operation, two digits of network code.
  [0x6fad, '00000002'],
  // EF_SPN: shown, "KDDI", filled up.
  [0x6f46, `01${Buffer.from('KDDI').toString('hex').toUpperCase()}${'FF'.repeat(12)}`],
]);
const READ_BINARY = 176;
const GET_RESPONSE = 192;

/** §8.18: `<command>[,<fileid>,<P1>,<P2>,<P3>...]`; reading only. */
function readFile(module: ModuleContext, values: readonly Value[]): Answer {
  const command = numberAt(values, 0);
  const file = numberAt(values, 1);
  if (command === undefined || file === undefined) {
    return REFUSED;
  }
  const content = FILES.get(file);
  if (content === undefined) {
    // File not found (TS 102 221 §10.2.1.5).
    return whenReady(module, '+CRSM: 106,130');
  }
  switch (command) {
    case READ_BINARY: {
      const from = (numberAt(values, 2) ?? 0) * 256 + (numberAt(values, 3) ?? 0);
      const length = numberAt(values, 4) || content.length / 2;
      return whenReady(module, `+CRSM: 144,0,"${content.slice(from * 2, (from + length) * 2)}"`);
    }
    case GET_RESPONSE: {
      // GSM 11.11 §9.2.1: size, identifier, elementary file.
      const size = (content.length / 2).toString(16).padStart(4, '0');
      const response = `0000${size}${file.toString(16)}0400111100000100`.toUpperCase();
      return whenReady(module, `+CRSM: 144,0,"${response}00"`);
    }
    default:
      return whenReady(module, '+CRSM: 109,0');
  }
}
