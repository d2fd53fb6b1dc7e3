/** What a device's life is made of, and what it tells of itself. */
import type { Random } from '../base/random.ts';
import type { Trace } from '../base/trace.ts';
import type { Ms } from '../base/units.ts';
import type { Settings } from '../config/settings-schema.ts';
import type { CommsParts } from '../firmware/comms-parts.ts';
import type { CommsReport } from '../firmware/comms-report.ts';
import type { DevicePartsOptions } from '../firmware/device-parts.ts';
import type { OutboxAlert } from '../firmware/outbox.ts';
import type { ModuleProfile } from '../modem/module-profile.ts';
import type { DteLine } from '../serial/serial-line.ts';
import type { DeviceMemory } from './device-memory.ts';
import type { Sensor } from './sensor.ts';

/** The module at the other end of a session's line. */
export interface PluggedModule {
  readonly line: DteLine;
  /** The line was closed while the call was still up. */
  readonly leftCallUp: boolean;
}

export interface DeviceLifeOptions {
  readonly name: string;
  readonly memory: DeviceMemory;
  readonly sensor: Sensor;
  /** What is fitted. */
  readonly module: ModuleProfile;
  /** Gives the module power and a line to it; closing the line takes the power away. */
  readonly plugIn: (module: ModuleProfile) => PluggedModule;
  readonly random: Random;
  readonly trace?: Trace | undefined;
  /** How long it has recorded when it begins to live; since its last regular mail when absent. */
  readonly recordedFor?: Ms | undefined;
  /** By default those of a device. */
  readonly parts?: ((options: DevicePartsOptions) => CommsParts) | undefined;
  /** What settings become before the comms task gets them: the emulation's authority for instance. */
  readonly adapt?: ((settings: Settings) => Settings) | undefined;
  readonly onSession?: ((session: LivedSession) => void) | undefined;
  readonly onAlert?: ((alert: OutboxAlert) => void) | undefined;
  /** A bug: the firmware would have crashed. */
  readonly onCrash?: ((error: unknown) => void) | undefined;
}

export interface LivedSession {
  readonly report: CommsReport;
  readonly leftCallUp: boolean;
}

export type DeviceState = 'on' | 'off' | 'unbootable';
