import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { ms, seconds } from '../../src/base/units.ts';
import { DEFAULT_REDIAL_POLICY, isWorthRedialling, Redial } from '../../src/modem/redial.ts';

const policy = { attempts: 4, firstWaitMs: seconds(10), longestWaitMs: seconds(30), spread: 0 };

it('doubles the wait up to its longest, and gives up when the attempts are used up', () => {
  const redial = new Redial(policy, seededRandom(1));
  const waits = [1, 2, 3].map(() => {
    const decision = redial.failed('MODEM_BUSY', ms(1000));
    return decision.decision === 'redial' ? decision.at - 1000 : undefined;
  });
  expect(waits).toEqual([10_000, 20_000, 30_000]);
  expect(redial.failed('MODEM_BUSY', ms(1000))).toEqual({ decision: 'give-up', why: 'attempts-used-up' });
});

it.each([
  'MODEM_SIM_MISSING',
  'MODEM_UNKNOWN_MODULE',
  'MODEM_DIAL_REFUSED',
  'MODEM_PORT_LOST',
  'MODEM_DIAL_ABORTED',
])('does not try again after %s', (code) => {
  expect(isWorthRedialling(code)).toBe(false);
  expect(new Redial(policy, seededRandom(1)).failed(code, ms(0))).toEqual({
    decision: 'give-up',
    why: 'not-worth-it',
  });
});

it('starts the module anew after it has reset or gone silent', () => {
  expect(new Redial(policy, seededRandom(1)).failed('MODEM_RESET', ms(0))).toMatchObject({
    startsAnew: true,
  });
  expect(new Redial(policy, seededRandom(1)).failed('MODEM_NO_CARRIER', ms(0))).toMatchObject({
    startsAnew: false,
  });
});

it('spreads the waits within the share it is given', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const decision = new Redial(DEFAULT_REDIAL_POLICY, seededRandom(seed)).failed('MODEM_BUSY', ms(0));
      const at = decision.decision === 'redial' ? decision.at : 0;
      expect(at).toBeGreaterThanOrEqual(9_000);
      expect(at).toBeLessThanOrEqual(11_000);
    }),
  );
});
