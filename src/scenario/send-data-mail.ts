/** One device sends what it has recorded: over an emulated line in virtual time, or over a real one. */

import { emulatedAuthorityPem } from '../aunet/certificates/authority.ts';
import { knownHosts } from '../aunet/hosts/known-hosts.ts';
import type { ServerMapping } from '../aunet/server-mapping.ts';
import { seededRandom } from '../base/random.ts';
import { now } from '../base/virtual-time.ts';
import type { Measurements } from '../config/measurements.ts';
import type { Settings } from '../config/settings-schema.ts';
import { dataMails } from '../firmware/data-mail.ts';
import type { ModuleProfile } from '../modem/module-profile.ts';
import { openLine } from '../serial/open-line.ts';
import type { DteLine } from '../serial/serial-line.ts';
import { type LineTap, tappedDte } from '../serial/tapped-line.ts';
import { type DeviceRun, type DeviceRunOptions, runDevice } from './device-run.ts';
import { inWorld, type WorldOptions } from './world.ts';

export interface SendOptions
  extends Pick<DeviceRunOptions, 'settings' | 'release' | 'outbox' | 'patience' | 'trace'> {
  readonly measurements: Measurements;
  /** The module that is fitted; over a real line, the one that is expected there. */
  readonly module: ModuleProfile;
  readonly tap?: LineTap | undefined;
  /** Hears the calls of a module's own TCP/IP stack; of a real module nobody hears them. */
  readonly airTap?: LineTap | undefined;
  /** Keeps a recording of each session's line. @returns what is used in its place */
  readonly recorded?: (line: DteLine) => DteLine;
}

export interface EmulatedSendResult extends DeviceRun {
  /** Messages that lie in the emulated mailboxes, by Message-ID; mapped servers keep theirs. */
  readonly arrived: readonly string[];
}

/** Over an emulated line: the world around it is made, and time is virtual. */
export function sendThroughWorld(options: SendOptions, world: WorldOptions): Promise<EmulatedSendResult> {
  const { trace, airTap } = options;
  const heardWorld = { ...world, trace, ...(airTap === undefined ? {} : { airTapOf: () => airTap }) };
  return inWorld(heardWorld, async ({ auNet, random, connect }) => {
    const settings = trustingEmulation(options.settings, world.mappings ?? []);
    const run = await runDevice({
      ...options,
      settings,
      random,
      mails: mailsOf(settings, options.measurements),
      openLine: async () => heard(connect(options.module), options),
    });
    return { ...run, arrived: auNet.mailboxes.all.map(({ raw }) => messageIdOf(raw)) };
  });
}

/** Over a real line, by its name: time is the wall clock's. @throws LineError */
export function sendOverRealLine(options: SendOptions, line: string, seed: number): Promise<DeviceRun> {
  return runDevice({
    ...options,
    random: seededRandom(seed),
    mails: mailsOf(options.settings, options.measurements),
    openLine: async () => heard(await openLine(line, options.module.line.baudRate), options),
  });
}

const mailsOf = (settings: Settings, { quantities, rows }: Measurements) =>
  dataMails(settings, quantities, rows, now());

function heard(line: DteLine, { tap, recorded = (plain) => plain }: SendOptions): DteLine {
  const kept = recorded(line);
  return tap === undefined ? kept : tappedDte(kept, tap);
}

/** A device that sends to a server of the emulation trusts the emulation's authority, unless it names its own. */
export function trustingEmulation(settings: Settings, mappings: readonly ServerMapping[]): Settings {
  const { server } = settings.mail;
  const isEmulated =
    knownHosts.some(({ name }) => name === server.host) &&
    !mappings.some(({ host, port }) => 'name' in host && host.name === server.host && port === server.port);
  return isEmulated && server.ca === undefined
    ? { ...settings, mail: { ...settings.mail, server: { ...server, ca: emulatedAuthorityPem } } }
    : settings;
}

const messageIdOf = (raw: Uint8Array): string =>
  /^Message-ID:\s*(<[^>]*>)/im.exec(Buffer.from(raw).toString('latin1'))?.[1] ?? '';
