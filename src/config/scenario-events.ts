/** What happens in a scenario besides what the devices do by themselves: the timeline's entries, told apart by `event`. */
import { z } from 'zod';
import { faultSchema } from './fault.ts';
import { faultDuration, faultInstant } from './fault-fields.ts';
import { hostSchema, nameSchema } from './settings-fields.ts';

const at = faultInstant.describe('When: a date, or a duration after the start such as 10min.');
const device = nameSchema.optional().describe('Name of the device. Absent: every emulated device.');

/** How a host fares: up, hanging, up without its servers, switched off. */
export const hostStateSchema = z.enum(['up', 'silent', 'refusing', 'off']);

const event = <Name extends string, Shape extends z.ZodRawShape>(name: Name, tells: string, shape: Shape) =>
  z.strictObject({ event: z.literal(name), at, ...shape }).describe(tells);

/** What `install` takes: the path of an image, or a release of the comms firmware (`release:2.1`). */
const image = z
  .string()
  .min(1)
  .describe('Image file (bin, hex, srec; seen from this file), or release:VERSION, signed for this unit.');

const events = [
  event('fault', 'Something on the network side goes wrong from now on.', {
    fault: faultSchema.describe('What goes wrong; its own `at` counts from this instant.'),
  }),
  event('power-cut', 'The device loses its power: timers, RAM and call are gone, the flash stays.', {
    device,
    'after-writes': z
      .int()
      .min(0)
      .max(1_000_000)
      .optional()
      .describe('Not at once, but in the middle of the flash operation after so many further ones.'),
    torn: z.boolean().default(false).describe('With after-writes: half of a write is done.'),
    for: faultDuration('1s').optional().describe('How long until the power is back. Absent: see power-on.'),
  }),
  event('power-on', 'The device gets its power back and boots.', { device }),
  event('jump', 'The calendar goes on: nobody lives in between, sessions under way end first.', {
    to: faultInstant.describe('The date that it is then, or how much further it goes.'),
  }),
  event('install', 'An image is written to slot 1 and asked for; then the device boots.', {
    device,
    image,
    confirm: z.boolean().default(true).describe('false: on trial, and never confirmed.'),
  }),
  event('settings', 'Settings are changed: stored in the flash, in force at once.', {
    device,
    change: z.record(z.string(), z.unknown()).describe('What is different, as in the settings file.'),
  }),
  event('fit-module', 'Another module is fitted, between two sessions.', {
    device,
    module: nameSchema.describe('Profile of the module: existing, dual-band, 3gpp, 3gpp-sockets.'),
  }),
  event('send', 'Somebody presses the button: what has been recorded is sent now.', { device }),
  event('reboot', 'The device boots anew.', { device }),
  event('ring', 'Somebody calls the module: it rings where it is registered and has no call.', {
    device: nameSchema.optional().describe('Name of the device, a real one too. Absent: every device.'),
  }),
  event('host', 'A host of the Internet changes its state.', { name: hostSchema, state: hostStateSchema }),
] as const;

export const scenarioEventSchema = z
  .discriminatedUnion('event', events)
  .describe('Something that happens at an instant.');

export type ScenarioEvent = z.output<typeof scenarioEventSchema>;
export type ScenarioEventOf<Name extends ScenarioEvent['event']> = Extract<ScenarioEvent, { event: Name }>;
