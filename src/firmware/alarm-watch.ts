/** Watches values against a threshold: an alarm begins when it is crossed and ends when the value is well back. */
import type { AlarmSettings } from '../config/settings-schema.ts';

export type AlarmState = 'quiet' | 'raised';
export type AlarmChange = 'begins' | 'ends';

export interface AlarmStep {
  readonly state: AlarmState;
  readonly change?: AlarmChange;
}

/**
 * One value later. A missing value changes nothing: a broken sensor neither raises nor ends an alarm.
 * @param value in the unit of the threshold
 */
export function watch(alarm: AlarmSettings, state: AlarmState, value: number | undefined): AlarmStep {
  if (value === undefined) {
    return { state };
  }
  const beyond = alarm.direction === 'above' ? value - alarm.threshold : alarm.threshold - value;
  if (state === 'quiet' && beyond > 0) {
    return { state: 'raised', change: 'begins' };
  }
  if (state === 'raised' && beyond <= -alarm.hysteresis) {
    return { state: 'quiet', change: 'ends' };
  }
  return { state };
}
