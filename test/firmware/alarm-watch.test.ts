import { describe, expect, it } from 'vitest';
import type { AlarmSettings } from '../../src/config/settings-schema.ts';
import { type AlarmState, watch } from '../../src/firmware/alarm-watch.ts';

const changes = (alarm: AlarmSettings, values: readonly (number | undefined)[]) => {
  let state: AlarmState = 'quiet';
  return values.map((value) => {
    const step = watch(alarm, state, value);
    state = step.state;
    return step.change;
  });
};

describe('an alarm', () => {
  const flood = { quantity: 'discharge_m3s', direction: 'above', threshold: 2, hysteresis: 0.5 } as const;

  it('begins above its threshold, once, and ends when the value is well back', () => {
    expect(changes(flood, [1, 2, 2.1, 3, 1.8, 1.5, 1.4])).toEqual([
      undefined,
      undefined,
      'begins',
      undefined,
      undefined,
      'ends',
      undefined,
    ]);
  });

  it('may also watch for values that are too low', () => {
    expect(changes({ ...flood, direction: 'below', hysteresis: 0 }, [3, 1.9, 2])).toEqual([
      undefined,
      'begins',
      'ends',
    ]);
  });

  it('is neither raised nor ended by a sensor that gives nothing', () => {
    expect(changes(flood, [undefined, 3, undefined, 1])).toEqual([undefined, 'begins', undefined, 'ends']);
  });
});
