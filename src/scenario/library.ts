/** Scenarios in code: a world, devices in it, what happens to them; then let them live and look at what came of it. */
import { z } from 'zod';
import type { FaultInput } from '../config/fault.ts';
import type { ScenarioEvent } from '../config/scenario-events.ts';
import { type ScenarioInput, scenarioBodySchema } from '../config/scenario-schema.ts';
import type { SettingsDocument } from '../config/settings-schema.ts';
import { UserFileError } from '../config/user-file-error.ts';
import type { CaseResult } from './case-result.ts';
import { runCase } from './run-case.ts';
import type { RunOptions } from './run-options.ts';

export type WorldDocument = ScenarioInput['world'];
export type DeviceOptions = Omit<ScenarioInput['devices'][string], 'settings'>;
type Event = NonNullable<ScenarioInput['timeline']>[number];
type EventWithoutName<Name extends ScenarioEvent['event']> = Omit<
  Extract<Event, { event: Name }>,
  'event' | 'at'
>;

export interface Device {
  readonly name: string;
  readonly document: ScenarioInput['devices'][string];
}

/** One device, by its settings as in a settings file. */
export function device(name: string, settings: SettingsDocument, options: DeviceOptions = {}): Device {
  return { name, document: { ...options, settings } };
}

/**
 * A device that says what it said in a recording, in front of an emulated module: a difference is among the `failures`.
 * @param recording file, or the file and how it is played
 */
export function recordedDevice(
  name: string,
  recording: NonNullable<ScenarioInput['devices'][string]['recording']>,
  options: Pick<DeviceOptions, 'module'> = {},
): Device {
  return { name, document: { ...options, recording } };
}

export interface World {
  /** The same world with further devices. */
  with(...devices: readonly Device[]): World;
  /** The same world in which something goes wrong. */
  fault(fault: FaultInput): World;
  /** The same world in which something happens. @param at a date, or a duration after the start */
  happens<Name extends ScenarioEvent['event']>(at: string, event: Name, what?: EventWithoutName<Name>): World;
  /** The same world with expectations that are judged as those of a scenario file: see `failures` of the result. */
  expecting(expect: NonNullable<ScenarioInput['expect']>): World;
  /**
   * Lets time pass. Virtual time is the whole process's: one world at a time.
   * @param until a date, or a duration such as `2h`
   * @throws UserFileError where what was written is no scenario
   */
  live(until: string, options?: Partial<RunOptions>): Promise<CaseResult>;
}

/** A world that begins at a date: everything that a scenario file says under `world`. */
export function world(document: WorldDocument): World {
  return new ScenarioWorld({ world: document, devices: {} });
}

class ScenarioWorld implements World {
  readonly #document: ScenarioInput;

  constructor(document: ScenarioInput) {
    this.#document = document;
  }

  with(...devices: readonly Device[]): World {
    const added = Object.fromEntries(devices.map((one) => [one.name, one.document]));
    return this.#changed({ devices: { ...this.#document.devices, ...added } });
  }

  fault(fault: FaultInput): World {
    return this.#changed({ faults: [...(this.#document.faults ?? []), fault] });
  }

  happens(at: string, event: ScenarioEvent['event'], what: object = {}): World {
    const timeline: unknown = [...(this.#document.timeline ?? []), { at, event, ...what }];
    return this.#changed({ timeline: timeline as Event[] });
  }

  expecting(expect: NonNullable<ScenarioInput['expect']>): World {
    return this.#changed({ expect });
  }

  live(until: string, { seed = 1, ...options }: Partial<RunOptions> = {}): Promise<CaseResult> {
    const document = { ...this.#document, until };
    const parsed = scenarioBodySchema.safeParse(document);
    if (!parsed.success) {
      throw new UserFileError('FILE_INVALID', 'scenario', [
        { path: '', text: z.prettifyError(parsed.error) },
      ]);
    }
    const name = document.name ?? 'scenario';
    return runCase(
      { id: name, file: name, name, parameters: {}, document, places: {} },
      { evidence: 'always', ...options, seed },
    );
  }

  #changed(change: Partial<ScenarioInput>): World {
    return new ScenarioWorld({ ...this.#document, ...change });
  }
}
