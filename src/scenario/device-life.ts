/**
 * A device that lives in a world: boots, records, wakes by its schedule, queues mails, holds sessions, loses its
 * power and comes back. It is driven by one timer and no loop, so that a device that sleeps costs next to nothing;
 * its module has power only during a session.
 */
import { Kadec21Error } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { Trace } from '../base/trace.ts';
import { earliest, type Ms, ms } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import type { Settings } from '../config/settings-schema.ts';
import { type AlarmState, watch } from '../firmware/alarm-watch.ts';
import type { CommsParts } from '../firmware/comms-parts.ts';
import type { CommsReport } from '../firmware/comms-report.ts';
import { type CommsRun, CommsTask, type CommsTaskOptions } from '../firmware/comms-task.ts';
import { alarmMail, type DataMail, dataMails } from '../firmware/data-mail.ts';
import type { DevicePartsOptions } from '../firmware/device-parts.ts';
import type { OutboxAlert, OutboxEntry } from '../firmware/outbox.ts';
import { nextInstant } from '../firmware/schedule.ts';
import type { ModuleProfile } from '../modem/module-profile.ts';
import type { DteLine } from '../serial/serial-line.ts';
import type { DeviceMemory, NewImage } from './device-memory.ts';
import { PowerLost } from './powered-flash.ts';
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

/** What is gone when the power goes. */
interface Awake {
  readonly task: CommsTask;
  settings: Settings;
  readonly release: string;
  nextSendAt: Ms;
  /** One per alarm of the settings. */
  alarms: AlarmState[];
  /** Values up to this instant have been looked at for alarms. */
  watchedUpTo: Ms;
  isOn: boolean;
  /** While a session is under way. */
  plugged: PluggedModule | undefined;
}

/** One timer holds less than 25 days. */
const LONGEST_TIMER = 2_000_000_000;

export class DeviceLife {
  readonly #options: DeviceLifeOptions;
  #module: ModuleProfile;
  #awake: Awake | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #session: Promise<void> | undefined;
  #boots = 0;
  #failure: Kadec21Error | undefined;
  /** Records up to this instant are in the outbox or have left it. Kept without power, as the records are. */
  #queuedUpTo: Ms | undefined;

  constructor(options: DeviceLifeOptions) {
    this.#options = options;
    this.#module = options.module;
  }

  get name(): string {
    return this.#options.name;
  }

  get state(): DeviceState {
    return this.#awake !== undefined ? 'on' : this.#failure !== undefined ? 'unbootable' : 'off';
  }

  /** Why nothing started, where that is so. */
  get failure(): Kadec21Error | undefined {
    return this.#failure;
  }

  get boots(): number {
    return this.#boots;
  }

  get module(): ModuleProfile {
    return this.#module;
  }

  /** Release that runs; absent without power. */
  get release(): string | undefined {
    return this.#awake?.release;
  }

  get memory(): DeviceMemory {
    return this.#options.memory;
  }

  /** What waits in the outbox; without power nobody looks. */
  get waiting(): readonly OutboxEntry[] {
    return this.#awake?.task.outbox.entries ?? [];
  }

  /** Resolves when no session is under way. */
  get idle(): Promise<void> {
    return this.#session ?? Promise.resolve();
  }

  powerOn(): void {
    if (this.#awake !== undefined) {
      return;
    }
    this.#failure = undefined;
    this.#boots += 1;
    this.#tell(`power on, boot ${this.#boots}`);
    try {
      this.#awake = this.#bootedAt(now());
    } catch (error) {
      if (!(error instanceof Kadec21Error)) {
        throw error;
      }
      this.#failure = error;
      this.#tell(`does not start: ${error.message}`);
      return;
    }
    this.#tell(`runs ${this.#awake.release}`);
    this.#wake();
  }

  /** At once, whatever is going on: timers, RAM, line and call are gone. */
  powerOff(): void {
    const awake = this.#awake;
    this.#options.memory.losePower();
    clearTimeout(this.#timer);
    if (awake === undefined) {
      return;
    }
    this.#tell('power cut');
    awake.isOn = false;
    this.#awake = undefined;
    this.#session = undefined;
    void awake.plugged?.line.close();
  }

  reboot(): void {
    this.powerOff();
    this.powerOn();
  }

  /** The power goes at a flash operation to come. */
  powerOffAfterWrites(operations: number, isTorn: boolean, then: () => void = () => {}): void {
    this.#options.memory.cutAfter(operations, isTorn, () => {
      this.powerOff();
      then();
    });
  }

  /** For the next session. */
  fitModule(module: ModuleProfile): void {
    this.#module = module;
    this.#tell(`module ${module.name} fitted`);
  }

  /** Stored, and in force at once. */
  changeSettings(change: Readonly<Record<string, unknown>>): void {
    const stored = this.#options.memory.changeSettings(change);
    const awake = this.#awake;
    if (awake !== undefined) {
      const settings = this.#adapted(stored);
      awake.task.changeSettings(settings);
      awake.settings = settings;
      awake.alarms = settings.alarms.map(() => 'quiet');
      awake.nextSendAt = nextSend(settings, now());
      this.#tell('settings changed');
      this.#wake();
    }
  }

  /** Stored for the next boot. */
  install(image: NewImage, isConfirmed: boolean): void {
    this.#options.memory.install(image, isConfirmed);
    this.#tell('image installed');
  }

  /** What has been recorded goes out now. */
  send(): void {
    const awake = this.#awake;
    if (awake !== undefined) {
      awake.nextSendAt = now();
      this.#wake();
    }
  }

  /** The clock has been set: what is due is looked at anew. */
  clockChanged(): void {
    const awake = this.#awake;
    if (awake !== undefined) {
      awake.nextSendAt = nextSend(awake.settings, now());
      awake.watchedUpTo = now();
      this.#queuedUpTo = this.#recordsSince(awake.settings, now());
      this.#wake();
    }
  }

  #bootedAt(time: Ms): Awake {
    const { memory, random, parts } = this.#options;
    const booted = memory.boot();
    const settings = this.#adapted(booted.settings);
    const { alarms } = settings;
    this.#queuedUpTo ??= this.#recordsSince(settings, time);
    // The line of this life only: what is left of an earlier one opens none.
    const life: { awake?: Awake } = {};
    const trace = this.#traceOf(life);
    const ofBoot = random.fork(`boot ${this.#boots}`);
    const task = new CommsTask({
      ...booted,
      settings,
      openLine: async () => this.#openLine(life.awake),
      random: ofBoot,
      ...(trace === undefined ? {} : { trace }),
      ...(parts === undefined
        ? {}
        : { parts: parts({ settings, random: ofBoot, trace: trace ?? (() => {}) }) }),
    } satisfies CommsTaskOptions);
    life.awake = {
      task,
      settings,
      release: booted.release.version,
      nextSendAt: nextSend(settings, time),
      alarms: alarms.map(() => 'quiet'),
      watchedUpTo: time,
      isOn: true,
      plugged: undefined,
    };
    return life.awake;
  }

  /** What it had not sent when it began to live: since its last regular mail, or for as long as it is told. */
  #recordsSince(settings: Settings, time: Ms): Ms {
    const { recordedFor } = this.#options;
    return ms(
      recordedFor === undefined ? nextSend(settings, time) - settings.schedule.sendEvery : time - recordedFor,
    );
  }

  #adapted(settings: Settings): Settings {
    return this.#options.adapt?.(settings) ?? settings;
  }

  /** Falls silent with the life that it belongs to. */
  #traceOf(life: { readonly awake?: Awake }): Trace | undefined {
    const { trace } = this.#options;
    return trace === undefined
      ? undefined
      : (event) => {
          if (life.awake?.isOn !== false) {
            trace(event);
          }
        };
  }

  #openLine(awake: Awake | undefined): DteLine {
    if (awake === undefined || !awake.isOn) {
      throw new PowerLost();
    }
    awake.plugged = this.#options.plugIn(this.#module);
    return awake.plugged.line;
  }

  /** Does what is due, and sets the timer for what comes next. */
  #wake(): void {
    try {
      this.#lookAround();
    } catch (error) {
      // The power went in the middle of it.
      if (!(error instanceof PowerLost)) {
        throw error;
      }
    }
  }

  #lookAround(): void {
    const awake = this.#awake;
    if (awake === undefined || this.#session !== undefined) {
      return;
    }
    const time = now();
    this.#watchAlarms(awake, time);
    if (awake.nextSendAt <= time) {
      this.#queueRecords(awake, time);
      awake.nextSendAt = nextSend(awake.settings, time);
    }
    const { nextRunAt } = awake.task;
    if (nextRunAt !== undefined && nextRunAt <= time) {
      this.#session = this.#holdSession(awake);
      return;
    }
    this.#sleep(awake, time);
  }

  #sleep(awake: Awake, time: Ms): void {
    const { measureEvery } = awake.settings.schedule;
    const next = earliest(
      awake.nextSendAt,
      awake.task.nextRunAt,
      awake.alarms.length === 0 ? undefined : nextInstant({ every: measureEvery }, time),
    );
    clearTimeout(this.#timer);
    if (next !== undefined) {
      this.#timer = setTimeout(this.#timeUp, Math.min(Math.max(0, next - time), LONGEST_TIMER));
    }
  }

  readonly #timeUp = () => this.#wake();

  async #holdSession(awake: Awake): Promise<void> {
    try {
      const run = await awake.task.run();
      if (awake.isOn) {
        this.#sessionEnded(awake, run);
      }
    } catch (error) {
      // Without power nobody is left whom it could concern.
      if (awake.isOn && !(error instanceof PowerLost)) {
        this.#session = undefined;
        this.#options.onCrash?.(error);
      }
    }
  }

  #sessionEnded(awake: Awake, { report, alerts }: CommsRun): void {
    const { onAlert, onSession } = this.#options;
    const leftCallUp = awake.plugged?.leftCallUp ?? false;
    awake.plugged = undefined;
    this.#session = undefined;
    for (const alert of alerts) {
      onAlert?.(alert);
    }
    if (report !== undefined) {
      onSession?.({ report, leftCallUp });
    }
    this.#wake();
  }

  /** Looks at the values since the last time: a mail for every threshold that was crossed. */
  #watchAlarms(awake: Awake, time: Ms): void {
    const { settings, alarms, watchedUpTo } = awake;
    if (alarms.length === 0 || watchedUpTo >= time) {
      return;
    }
    const { sensor } = this.#options;
    for (const record of sensor.records({ every: settings.schedule.measureEvery }, watchedUpTo, time)) {
      for (const [index, alarm] of settings.alarms.entries()) {
        const column = sensor.quantities.findIndex((quantity) => quantity.column === alarm.quantity);
        const { state, change } = watch(alarm, alarms[index] ?? 'quiet', record.values[column]);
        alarms[index] = state;
        if (change !== undefined) {
          this.#queue(awake.task, [alarmMail(settings, sensor.quantities, alarm, change, record)]);
        }
      }
    }
    awake.watchedUpTo = time;
  }

  #queueRecords({ task, settings }: Awake, time: Ms): void {
    const { sensor } = this.#options;
    const records = sensor.records({ every: settings.schedule.measureEvery }, this.#queuedUpTo ?? time, time);
    this.#queue(task, dataMails(settings, sensor.quantities, records, time));
    this.#queuedUpTo = time;
  }

  #queue(task: CommsTask, mails: readonly DataMail[]): void {
    for (const mail of mails) {
      for (const alert of task.queue(mail)) {
        this.#options.onAlert?.(alert);
      }
    }
  }

  #tell(text: string): void {
    this.#options.trace?.({ layer: 'firmware', direction: '-', text });
  }
}

const nextSend = ({ schedule: { sendEvery, sendOffset } }: Settings, time: Ms): Ms =>
  nextInstant({ every: sendEvery, offset: sendOffset }, time);
