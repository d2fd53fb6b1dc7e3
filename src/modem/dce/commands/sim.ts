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
  tells('+CNUM', ['execute'], () => done()),
  {
    name: '+CLCK',
    test: '+CLCK: ("SC")',
    set: (_, values) =>
      textAt(values, 0) === 'SC' && numberAt(values, 1) === 2 ? done('+CLCK: 0') : cmeError(3),
  },
];

const STATES = { ready: 'READY', pin: 'SIM PIN', puk: 'SIM PUK' } as const;

function whenReady({ sim: { state } }: ModuleContext, information: string): Answer {
  switch (state) {
    case 'ready':
      return done(information);
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
