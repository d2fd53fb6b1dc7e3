/**
 * One session of the comms task, top to bottom: line, module, service, call, and over the call the mail. Whatever
 * happens, what was begun is ended again: the call is hung up, the line is released.
 *
 * It works over any line and does not know whether a real module is behind it.
 */

import { Kadec21Error } from '../base/errors.ts';
import { pause } from '../base/pause.ts';
import type { Random } from '../base/random.ts';
import { noTrace, type Trace } from '../base/trace.ts';
import { bytes, ms } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import type { Settings } from '../config/settings-schema.ts';
import type { ModuleProfile } from '../modem/module-profile.ts';
import { profileByName } from '../modem/profiles.ts';
import { DEFAULT_REDIAL_POLICY, Redial } from '../modem/redial.ts';
import type { DteLine } from '../serial/serial-line.ts';
import { tappedDte } from '../serial/tapped-line.ts';
import type { ComposedMail } from '../smtp/compose.ts';
import { type CallContext, sendOverCall } from './call-session.ts';
import type { CommsParts, SessionModem } from './comms-parts.ts';
import type { CommsReport } from './comms-report.ts';
import { deviceParts } from './device-parts.ts';
import { FirmwareError } from './firmware-error.ts';
import { MailResults } from './mail-results.ts';
import type { Release } from './release.ts';
import { checkRelease } from './releases.ts';
import { sessionReport } from './session-report.ts';
import { type AtEnd, SessionSteps } from './session-steps.ts';

/** Ends of a link that are as good as the loss of its call. */
const LINK_LOSSES: ReadonlySet<string> = new Set(['PPP_LINK_LOST', 'PPP_PEER_TERMINATED']);

export interface CommsSessionOptions {
  readonly settings: Settings;
  readonly release: Release;
  /** At least one; all go out over one call. */
  readonly mails: readonly ComposedMail[];
  /** Gives the line with the module at its other end, powered. */
  readonly openLine: () => Promise<DteLine>;
  readonly random: Random;
  /** By default those of a device. */
  readonly parts?: CommsParts | undefined;
  readonly trace?: Trace | undefined;
}

/** Holds one session. Never rejects: what went wrong is in the report. */
export async function holdCommsSession(options: CommsSessionOptions): Promise<CommsReport> {
  const session = new CommsSession(options);
  let failure: unknown;
  try {
    await session.run();
  } catch (error) {
    failure = error;
  }
  return session.report(failure);
}

class CommsSession {
  readonly #options: CommsSessionOptions;
  readonly #profile: ModuleProfile;
  readonly #context: CallContext;
  #dials = 0;
  #bytesSent = 0;
  #bytesReceived = 0;

  constructor(options: CommsSessionOptions) {
    const { settings, release, random, mails, trace = noTrace } = options;
    const { parts = deviceParts({ settings, random, trace }) } = options;
    const { host, port } = settings.mail.server;
    const profile = expectedModule(release, settings);
    this.#options = options;
    this.#profile = profile;
    this.#context = {
      settings,
      parts,
      trace,
      steps: new SessionSteps(trace, settings.mail.timeLimits.session),
      results: new MailResults(mails, port),
      seen: { host, port, release: release.version, profile, hasResolved: false, hasEchoed: false },
    };
  }

  async run(): Promise<void> {
    const { steps, results } = this.#context;
    try {
      await steps.ending((atEnd) => this.#overTheLine(atEnd));
    } finally {
      await results.settle();
    }
  }

  async #overTheLine(atEnd: AtEnd): Promise<void> {
    const { release, openLine } = this.#options;
    const { steps, settings, parts } = this.#context;
    await steps.take('check-settings', () => checkRelease(release, settings));

    const line = this.#counted(await steps.take('open-line', openLine));
    atEnd('close-line', () => line.close());

    const modem = parts.modem(line, this.#profile);
    atEnd('release-module', () => modem.close());
    await this.#startModule(modem);
    await steps.take(
      'wait-for-service',
      () => modem.waitForService(),
      ({ registered, signal: { dbm, raw } }) =>
        `${registered}, signal ${dbm === undefined ? raw : `${dbm} dBm`}`,
    );
    await this.#callUntilDone(modem);
  }

  /** Also tells whether the module is one that this firmware knows. */
  async #startModule(modem: SessionModem): Promise<void> {
    await this.#context.steps.take(
      'start-module',
      () => modem.start(),
      ({ manufacturer, model, revision }) => `${manufacturer} ${model} ${revision}`,
    );
  }

  /** Places calls until all mails have had their answer, or dialling again is not worth it any more. */
  async #callUntilDone(modem: SessionModem): Promise<void> {
    const { steps, results, settings } = this.#context;
    const attempts = settings.mail.retry.redials + 1;
    const redial = new Redial({ ...DEFAULT_REDIAL_POLICY, attempts }, this.#options.random.fork('redial'));
    for (;;) {
      try {
        return await steps.ending((atEnd) => this.#call(modem, atEnd));
      } catch (error) {
        const code = error instanceof Kadec21Error ? error.code : '';
        const decision = redial.failed(LINK_LOSSES.has(code) ? 'MODEM_CALL_LOST' : code, now());
        if (decision.decision === 'give-up' || results.resendable().length === 0) {
          throw error;
        }
        const wait = ms(decision.at - now());
        await steps.take(
          'pause',
          () => pause(wait),
          () => `before call ${this.#dials + 1} of at most ${attempts}`,
        );
        if (decision.startsAnew) {
          await this.#startModule(modem);
        }
      }
    }
  }

  async #call(modem: SessionModem, atEnd: AtEnd): Promise<void> {
    const { steps, settings } = this.#context;
    const number = settings.carrier.number ?? this.#profile.dial.number;
    // Also an attempt that has not come up is one to hang up.
    atEnd('hang-up', () => modem.hangUp());
    this.#dials += 1;
    const call = await steps.take(
      'dial',
      () => modem.dial(number),
      () => (this.#profile.sockets === undefined ? number : 'packet context of the module'),
    );
    await sendOverCall(this.#context, call);
  }

  report(failure: unknown): CommsReport {
    return sessionReport({
      ...this.#context,
      release: this.#options.release,
      dials: this.#dials,
      bytesSent: bytes(this.#bytesSent),
      bytesReceived: bytes(this.#bytesReceived),
      failure,
    });
  }

  #counted(line: DteLine): DteLine {
    return tappedDte(line, {
      sent: ({ length }) => {
        this.#bytesSent += length;
      },
      received: ({ length }) => {
        this.#bytesReceived += length;
      },
    });
  }
}

/** The module that the firmware expects: the one of the settings, or the newest it knows where it does not know that. */
function expectedModule(release: Release, settings: Settings): ModuleProfile {
  const name = release.modules.includes(settings.module) ? settings.module : (release.modules.at(-1) ?? '');
  const profile = profileByName(name);
  if (profile === undefined) {
    throw new FirmwareError('FIRMWARE_UNSUPPORTED_MODULE', `There is no profile of a module called ${name}.`);
  }
  return profile;
}
