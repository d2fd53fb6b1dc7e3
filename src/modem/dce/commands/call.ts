/** Calls: V.250 §6.3 and §6.2, 27.007 §6 and §7. */
import { done, REFUSED } from '../answer.ts';
import {
  accepted,
  type BasicCommand,
  compoundParameter,
  type ExtendedCommand,
  numberAt,
  numericParameter,
  tells,
} from '../command-set.ts';

export const callBasics: readonly BasicCommand[] = [
  { name: 'A', highest: 0, execute: (module) => module.answerCall() },
  {
    name: 'H',
    highest: 1,
    execute: (module, number) => {
      // H1 goes off-hook, which means nothing to a radio.
      if (number === 0) {
        module.hangUp();
      }
      return done();
    },
  },
  { name: 'O', highest: 1, execute: (module) => module.resumeCall() },
  { name: 'T', highest: 0, execute: () => done() },
  { name: 'P', highest: 0, execute: () => done() },
];

/** T.31 §8.2: this module carries data only. The information text has no prefix. */
const serviceClass: ExtendedCommand = {
  name: '+FCLASS',
  read: () => done('0'),
  test: '0',
  set: (_, values) => (numberAt(values, 0) === 0 ? done() : REFUSED),
};

export const callParameters: readonly ExtendedCommand[] = [
  serviceClass,
  numericParameter('+CRC', { to: 1 }),
  numericParameter('+CR', { to: 1 }),
  numericParameter('+DR', { to: 1 }),
  numericParameter('+ER', { to: 1 }),
  numericParameter('+ILRR', { to: 1 }),
  numericParameter('+CMEE', { to: 2 }),
];

export const mobileCalls: readonly ExtendedCommand[] = [
  {
    name: '+CLIP',
    read: (module) => done(`+CLIP: ${module.settings.number('+CLIP')},1`),
    set: (module, values) => {
      const isOn = numberAt(values, 0);
      if (values.length !== 1 || (isOn !== 0 && isOn !== 1)) {
        return REFUSED;
      }
      module.settings.extended.set('+CLIP', isOn);
      return done();
    },
    test: '+CLIP: (0,1)',
  },
  {
    name: '+CHUP',
    execute: (module) => {
      module.hangUp();
      return done();
    },
  },
  tells('+CPAS', ['execute'], (module) => done(`+CPAS: ${ACTIVITY[module.callState] ?? 0}`)),
  tells('+CLCC', ['execute'], () => done()),
  tells('+CEER', ['execute'], (module) =>
    done(`+CEER: "${module.sockets?.failureCause ?? module.lastCause}"`),
  ),
  compoundParameter('+CBST', [
    [0, 134, 0],
    [0, 0, 0],
    [0, 3, 1],
  ]),
  numericParameter('+CMOD', { to: 0 }),
  numericParameter('+CSTA', { from: 129, to: 145, factory: 129 }),
  numericParameter('+CVHU', { to: 2 }),
  accepted('+CSSN'),
];

/** 27.007 §8.1. */
const ACTIVITY: Readonly<Record<string, number>> = {
  ringing: 3,
  dialling: 4,
  answering: 4,
  connected: 4,
  voice: 4,
};
