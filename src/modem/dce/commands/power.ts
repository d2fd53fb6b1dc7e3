/** Power and battery: 27.007 §8.2, §8.4. */
import { cmeError, done, REFUSED } from '../answer.ts';
import { type ExtendedCommand, numberAt, tells } from '../command-set.ts';

/** 0 minimum, 1 full, 4 radio off. */
const LEVELS = [0, 1, 4];

export const functionality: ExtendedCommand = {
  name: '+CFUN',
  read: (module) => done(`+CFUN: ${module.functionality}`),
  test: '+CFUN: (0,1,4),(0,1)',
  set: (module, values) => {
    const level = numberAt(values, 0);
    const reset = values.length > 1 ? numberAt(values, 1) : 0;
    if (level === undefined || values.length > 2) {
      return REFUSED;
    }
    if (!LEVELS.includes(level) || (reset !== 0 && reset !== 1)) {
      return cmeError(50);
    }
    module.setFunctionality(level);
    if (reset === 1) {
      module.actAfterResult({ type: 'restart' });
    }
    return done();
  },
};

/** Not on battery, full. */
export const battery3gpp = tells('+CBC', ['execute'], () => done('+CBC: 0,100'));
export const batteryIs707 = tells('+CBC', ['execute', 'read'], () => done('+CBC: 0,100'));
