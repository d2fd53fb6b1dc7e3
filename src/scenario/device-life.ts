/**
 * A device that lives in a world: boots, records, wakes by its schedule, queues mails, holds sessions, loses its
 * power and comes back. It is driven by one timer and no loop, so that a device that sleeps costs next to nothing;
 * its module has power only during a session.
 */
import { Kadec21Error } from '../base/errors.ts';
import { earliest, type Ms } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import type { Settings } from '../config/settings-schema.ts';
import type { CommsRun, CommsTask } from '../firmware/comms-task.ts';
import type { DataMail } from '../firmware/data-mail.ts';
import type { OutboxEntry } from '../firmware/outbox.ts';
import { nextInstant } from '../firmware/schedule.ts';
import type { ModuleProfile } from '../modem/module-profile.ts';
import { type AwakeDevice, comeUp } from './awake-device.ts';
import type { DeviceLifeOptions, DeviceState } from './device-life-options.ts';
import type { DeviceMemory, NewImage } from './device-memory.ts';
import { LoggedValues, nextSend, quietAlarms } from './logged-values.ts';
import { PowerLost } from './powered-flash.ts';

/** One timer holds less than 25 days. */
const LONGEST_TIMER = 2_000_000_000;

export class DeviceLife {
  readonly #options: DeviceLifeOptions;
  readonly #values: LoggedValues;
  #module: ModuleProfile;
  #awake: AwakeDevice | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #session: Promise<void> | undefined;
  #boots = 0;
  #failure: Kadec21Error | undefined;

  constructor(options: DeviceLifeOptions) {
    this.#options = options;
    this.#values = new LoggedValues(options.sensor, options.recordedFor);
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
      awake.alarms = quietAlarms(settings, awake.alarms.upTo);
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
      awake.alarms.upTo = now();
      this.#values.startOverAt(now(), awake.settings);
      this.#wake();
    }
  }

  #bootedAt(time: Ms): AwakeDevice {
    const { memory, random, trace, parts } = this.#options;
    const booted = memory.boot();
    const settings = this.#adapted(booted.settings);
    this.#values.beginAt(time, settings);
    return comeUp(
      {
        booted,
        settings,
        random: random.fork(`boot ${this.#boots}`),
        trace,
        parts,
        plugIn: () => this.#options.plugIn(this.#module),
      },
      time,
    );
  }

  #adapted(settings: Settings): Settings {
    return this.#options.adapt?.(settings) ?? settings;
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
    const { settings, alarms, task } = awake;
    this.#queue(task, this.#values.alarmMailsAt(time, settings, alarms));
    if (awake.nextSendAt <= time) {
      this.#queue(task, this.#values.mailsAt(time, settings));
      this.#values.queued(time);
      awake.nextSendAt = nextSend(settings, time);
    }
    const { nextRunAt } = task;
    if (nextRunAt !== undefined && nextRunAt <= time) {
      this.#session = this.#holdSession(awake);
      return;
    }
    this.#sleep(awake, time);
  }

  #sleep(awake: AwakeDevice, time: Ms): void {
    const { measureEvery } = awake.settings.schedule;
    const next = earliest(
      awake.nextSendAt,
      awake.task.nextRunAt,
      awake.alarms.states.length === 0 ? undefined : nextInstant({ every: measureEvery }, time),
    );
    clearTimeout(this.#timer);
    if (next !== undefined) {
      this.#timer = setTimeout(this.#timeUp, Math.min(Math.max(0, next - time), LONGEST_TIMER));
    }
  }

  readonly #timeUp = () => this.#wake();

  async #holdSession(awake: AwakeDevice): Promise<void> {
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

  #sessionEnded(awake: AwakeDevice, { report, alerts }: CommsRun): void {
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
