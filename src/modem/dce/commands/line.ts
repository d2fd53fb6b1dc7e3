/** The line between DTE and module: V.250 §6.2.10 to §6.2.12. */
import { done, REFUSED } from '../answer.ts';
import { compoundParameter, type ExtendedCommand, numberAt } from '../command-set.ts';
import { flowParameter } from './flow-control.ts';

const FIXED_RATES = [300, 1200, 2400, 4800, 9600, 14400, 19200, 28800, 38400, 57600, 115200, 230400, 460800];

export const lineParameters: readonly ExtendedCommand[] = [
  {
    name: '+IPR',
    read: (module) => done(`+IPR: ${module.lineSpeed === 'auto' ? 0 : module.lineSpeed}`),
    test: ({ profile }) => `+IPR: (${profile.line.autobaud.join(',')}),(${FIXED_RATES.join(',')})`,
    set: (module, values) => {
      const rate = numberAt(values, 0);
      if (values.length !== 1 || rate === undefined) {
        return REFUSED;
      }
      const canFindOut = module.profile.line.autobaud.length > 0;
      if (rate === 0 ? !canFindOut : !FIXED_RATES.includes(rate)) {
        return REFUSED;
      }
      module.setLineSpeed(rate === 0 ? 'auto' : rate);
      return done();
    },
  },
  // The line carries 8 data bits, no parity, one stop bit, whatever is asked for.
  compoundParameter('+ICF', [
    [0, 6, 3],
    [0, 3, 3],
  ]),
  flowParameter,
];
