/** What a device has measured: which of it has become mails, and which alarms it has raised. */
import { type Ms, ms } from '../base/units.ts';
import type { Settings } from '../config/settings-schema.ts';
import { type AlarmState, watch } from '../firmware/alarm-watch.ts';
import { alarmMail, type DataMail, dataMails } from '../firmware/data-mail.ts';
import { nextInstant } from '../firmware/schedule.ts';
import type { Sensor } from './sensor.ts';

/** Is in RAM: a device that boots looks at its alarms anew. */
export interface AlarmWatch {
  /** One per alarm of the settings. */
  readonly states: AlarmState[];
  /** Values up to this instant have been looked at. */
  upTo: Ms;
}

export const quietAlarms = ({ alarms }: Settings, upTo: Ms): AlarmWatch => ({
  states: alarms.map(() => 'quiet'),
  upTo,
});

export class LoggedValues {
  readonly #sensor: Sensor;
  readonly #recordedFor: Ms | undefined;
  /** Records up to this instant are in the outbox or have left it. Kept without power, as the records are. */
  #queuedUpTo: Ms | undefined;

  /** @param recordedFor how long it has recorded when it begins to live; since its last regular mail when absent */
  constructor(sensor: Sensor, recordedFor: Ms | undefined) {
    this.#sensor = sensor;
    this.#recordedFor = recordedFor;
  }

  /** A device comes up: what it has not sent is older only when it lives for the first time. */
  beginAt(time: Ms, settings: Settings): void {
    this.#queuedUpTo ??= this.#unsentSince(time, settings);
  }

  /** The clock has been set. */
  startOverAt(time: Ms, settings: Settings): void {
    this.#queuedUpTo = this.#unsentSince(time, settings);
  }

  /** Mails with the records that are in none yet. They are so until {@link queued} says that the outbox has them. */
  mailsAt(time: Ms, settings: Settings): DataMail[] {
    const { quantities } = this.#sensor;
    const records = this.#sensor.records(rhythmOf(settings), this.#queuedUpTo ?? time, time);
    return dataMails(settings, quantities, records, time);
  }

  queued(upTo: Ms): void {
    this.#queuedUpTo = upTo;
  }

  /** Looks at the values since the last time: a mail for every threshold that was crossed. */
  alarmMailsAt(time: Ms, settings: Settings, alarms: AlarmWatch): DataMail[] {
    if (alarms.states.length === 0 || alarms.upTo >= time) {
      return [];
    }
    const mails: DataMail[] = [];
    const { quantities } = this.#sensor;
    for (const record of this.#sensor.records(rhythmOf(settings), alarms.upTo, time)) {
      for (const [index, alarm] of settings.alarms.entries()) {
        const column = quantities.findIndex((quantity) => quantity.column === alarm.quantity);
        const { state, change } = watch(alarm, alarms.states[index] ?? 'quiet', record.values[column]);
        alarms.states[index] = state;
        if (change !== undefined) {
          mails.push(alarmMail(settings, quantities, alarm, change, record));
        }
      }
    }
    alarms.upTo = time;
    return mails;
  }

  #unsentSince(time: Ms, settings: Settings): Ms {
    return ms(
      this.#recordedFor === undefined
        ? nextSend(settings, time) - settings.schedule.sendEvery
        : time - this.#recordedFor,
    );
  }
}

const rhythmOf = ({ schedule: { measureEvery } }: Settings) => ({ every: measureEvery });

/** When the next regular mail is due. */
export const nextSend = ({ schedule: { sendEvery, sendOffset } }: Settings, time: Ms): Ms =>
  nextInstant({ every: sendEvery, offset: sendOffset }, time);
