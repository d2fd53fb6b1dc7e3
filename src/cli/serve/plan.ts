/** From the options of `kadec21 serve` to what the station is made of. */
import { InvalidArgumentError } from 'commander';
import { knownHosts } from '../../aunet/hosts/known-hosts.ts';
import type { MailHost } from '../../aunet/hosts/mail-host.ts';
import { defaultAccounts, type SubscriberAccount } from '../../aunet/subscribers.ts';
import { calendarSchema, defaultCalendar } from '../../config/calendar.ts';
import { loadSettings } from '../../config/settings.ts';
import type { Settings } from '../../config/settings-schema.ts';
import { loadUserFile } from '../../config/user-file.ts';
import { type ModuleProfile, moduleProfileSchema } from '../../modem/module-profile.ts';
import { profileByName } from '../../modem/profiles.ts';
import type { LineSpec } from '../../serial/offer-line.ts';
import type { NetworkSideOptions } from '../../serve/network-side.ts';
import { MAX_LINES } from '../../serve/network-side.ts';
import type { ServeOptions } from './options.ts';

export async function carrierOf(
  options: ServeOptions,
): Promise<Omit<NetworkSideOptions, 'trace' | 'capture'>> {
  const settings = options.settings === undefined ? undefined : await loadSettings(options.settings);
  const calendar =
    options.calendar === undefined
      ? defaultCalendar
      : (await loadUserFile(options.calendar, calendarSchema)).value;
  return {
    seed: options.seed,
    module: await moduleOf(options.module),
    powerCycle: options.powerCycle,
    isPaced: options.pace === true,
    calendar,
    op25b: options.op25b,
    mappings: options.server ?? [],
    hosts: hostsFor(settings),
    accounts: accountsOf(options, settings),
    authentication: options.pap === true ? 'pap' : options.chap === true ? 'chap-md5' : 'any',
    ...(options.area === undefined ? {} : { area: options.area }),
  };
}

async function moduleOf(name: string): Promise<ModuleProfile> {
  return profileByName(name) ?? (await loadUserFile(name, moduleProfileSchema)).value;
}

/** Accounts of one's own stand in the place of those that everybody knows. */
function accountsOf({ account }: ServeOptions, settings: Settings | undefined): readonly SubscriberAccount[] {
  const carrier = settings?.carrier;
  const own = [
    ...(account ?? []),
    ...(carrier === undefined ? [] : [{ user: carrier.user, password: carrier.password.reveal() }]),
  ];
  return own.length === 0 ? defaultAccounts : own;
}

/** The device's mail account may sign in at its server, where that is one of the emulation. */
function hostsFor(settings: Settings | undefined): readonly MailHost[] {
  const server = settings?.mail.server.host;
  const auth = settings?.mail.auth;
  if (auth === undefined || auth.mechanism === 'none') {
    return knownHosts;
  }
  const account = { user: auth.user, password: auth.password.reveal() };
  return knownHosts.map((host) =>
    host.name === server ? { ...host, accounts: [...host.accounts, account] } : host,
  );
}

/** Every line that was asked for, in the order of the help. */
export function linesOf(options: ServeOptions, profile: ModuleProfile): readonly LineSpec[] {
  const { tcp = [], rfc2217 = [], unix = [], port = [] } = options;
  const baudRate = options.baud ?? profile.line.baudRate;
  const specs: LineSpec[] = [
    ...linksOf(options).map((link) => ({ kind: 'pty', link }) as const),
    ...tcp.map((address) => ({ kind: 'tcp', ...address }) as const),
    ...rfc2217.map((address) => ({ kind: 'rfc2217', ...address }) as const),
    ...unix.map((path) => ({ kind: 'unix', path }) as const),
    ...port.map((path) => ({ kind: 'port', path, baudRate }) as const),
  ];
  if (specs.length === 0) {
    throw new InvalidArgumentError(
      'There is no line: give --pty LINK, --tcp PORT, --rfc2217 PORT, --unix PATH or --port PATH.',
    );
  }
  if (specs.length > MAX_LINES) {
    throw new InvalidArgumentError(`At most ${MAX_LINES} lines.`);
  }
  return specs;
}

function linksOf({ pty = [], count }: ServeOptions): readonly string[] {
  if (count === undefined) {
    return pty;
  }
  const [link, ...others] = pty;
  if (link === undefined || others.length > 0) {
    throw new InvalidArgumentError('--count multiplies one --pty LINK.');
  }
  return Array.from({ length: count }, (_, index) => `${link}${index}`);
}
