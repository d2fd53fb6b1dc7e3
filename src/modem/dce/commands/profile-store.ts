/** Settings restored, stored and shown: V.250 §6.1.1, §6.1.2, and Hayes' `&W` and `&V`. */
import { done } from '../answer.ts';
import type { BasicCommand } from '../command-set.ts';
import { Settings } from '../settings.ts';

export const profileStore: readonly BasicCommand[] = [
  {
    name: 'Z',
    highest: 1,
    execute: (module, number) => {
      // V.250 §6.1.1: a call in progress ends.
      module.hangUp();
      module.settings.become(module.stored[number === 0 ? 0 : 1]);
      return done();
    },
  },
  {
    name: '&F',
    highest: 1,
    execute: (module) => {
      module.settings.become(Settings.factory(module.profile));
      return done();
    },
  },
  {
    name: '&W',
    highest: 1,
    execute: (module, number) => {
      module.stored[number === 0 ? 0 : 1].become(module.settings);
      return done();
    },
  },
  {
    name: '&V',
    highest: 0,
    execute: ({ settings }) => {
      const basic = [...settings.basic].map(([name, value]) => `${name}${value}`);
      const registers = [...settings.registers].map(
        ([number, value]) => `S${String(number).padStart(2, '0')}:${String(value).padStart(3, '0')}`,
      );
      return done('ACTIVE PROFILE:', basic.join(' '), registers.join(' '));
    },
  },
];
