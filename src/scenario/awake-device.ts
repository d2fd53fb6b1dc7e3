/** A device with power: what is gone when the power goes. */
import type { Random } from '../base/random.ts';
import type { Trace } from '../base/trace.ts';
import type { Ms } from '../base/units.ts';
import type { Settings } from '../config/settings-schema.ts';
import { CommsTask, type CommsTaskOptions } from '../firmware/comms-task.ts';
import type { DteLine } from '../serial/serial-line.ts';
import type { DeviceLifeOptions, PluggedModule } from './device-life-options.ts';
import type { Booted } from './device-memory.ts';
import { type AlarmWatch, nextSend, quietAlarms } from './logged-values.ts';
import { PowerLost } from './powered-flash.ts';

export interface AwakeDevice {
  readonly task: CommsTask;
  settings: Settings;
  readonly release: string;
  nextSendAt: Ms;
  alarms: AlarmWatch;
  isOn: boolean;
  /** While a session is under way. */
  plugged: PluggedModule | undefined;
}

export interface AwakeOptions extends Pick<DeviceLifeOptions, 'trace' | 'parts'> {
  readonly booted: Booted;
  /** Those of the flash, or what has become of them. */
  readonly settings: Settings;
  readonly random: Random;
  /** Gives the module power that is fitted then, and a line to it. */
  readonly plugIn: () => PluggedModule;
}

export function comeUp(
  { booted, settings, random, trace, parts, plugIn }: AwakeOptions,
  time: Ms,
): AwakeDevice {
  // The line of this life only: what is left of an earlier one opens none.
  const life: { awake?: AwakeDevice } = {};
  const openLine = async (): Promise<DteLine> => {
    if (life.awake === undefined || !life.awake.isOn) {
      throw new PowerLost();
    }
    life.awake.plugged = plugIn();
    return life.awake.plugged.line;
  };
  const ownTrace = traceOf(life, trace);
  const task = new CommsTask({
    ...booted,
    settings,
    openLine,
    random,
    ...(ownTrace === undefined ? {} : { trace: ownTrace }),
    ...(parts === undefined ? {} : { parts: parts({ settings, random, trace: ownTrace ?? (() => {}) }) }),
  } satisfies CommsTaskOptions);
  life.awake = {
    task,
    settings,
    release: booted.release.version,
    nextSendAt: nextSend(settings, time),
    alarms: quietAlarms(settings, time),
    isOn: true,
    plugged: undefined,
  };
  return life.awake;
}

/** Falls silent with the life that it belongs to. */
function traceOf(life: { readonly awake?: AwakeDevice }, trace: Trace | undefined): Trace | undefined {
  return trace === undefined
    ? undefined
    : (event) => {
        if (life.awake?.isOn !== false) {
          trace(event);
        }
      };
}
