/**
 * The library: the same devices and the same au.NET from code, in any test runner.
 *
 *     const lived = await world({ at: '2008-10-15T05:55' }).with(device('logger', settings)).live('2h');
 *     expect(lived).toHaveDelivered({ to: 'office@north-one.example' });
 */
export type { CalendarInput } from './config/calendar.ts';
export type { FaultInput } from './config/fault.ts';
export type { ScenarioInput } from './config/scenario-schema.ts';
export type { SettingsDocument } from './config/settings-schema.ts';
export type {
  CaseResult,
  DeviceResult,
  EvidenceEvent,
  Failure,
  MailResult,
  ReplayResult,
  SessionResult,
  Verdict,
} from './scenario/case-result.ts';
export { type LoadOptions, loadCases, type ScenarioCase } from './scenario/cases.ts';
export {
  type Device,
  type DeviceOptions,
  device,
  recordedDevice,
  type World,
  type WorldDocument,
  world,
} from './scenario/library.ts';
export { runCase } from './scenario/run-case.ts';
export type { RunOptions } from './scenario/run-options.ts';
