/** The world of a scenario file as the carrier's side takes it. */
import { firstMappedAddress, requireIpv4 } from '../aunet/addresses.ts';
import { defaultSite, type Site } from '../aunet/cells.ts';
import { flawedCertificates } from '../aunet/certificates/flawed.ts';
import { knownHosts } from '../aunet/hosts/known-hosts.ts';
import type { MailHost, MailService } from '../aunet/hosts/mail-host.ts';
import { parseServerMapping, type ServerMapping } from '../aunet/server-mapping.ts';
import { Kadec21Error } from '../base/errors.ts';
import { calendarSchema, defaultCalendar } from '../config/calendar.ts';
import { type Fault, faultSchema } from '../config/fault.ts';
import type { Scenario, ScenarioHost } from '../config/scenario-schema.ts';
import type { Band } from '../modem/module-profile.ts';
import { formatIpv4, ipv4Address } from '../wire/ipv4.ts';
import type { WorldOptions } from './world.ts';

export class ScenarioWorldError extends Kadec21Error {
  readonly code = 'SCENARIO_WORLD';
  readonly layer = 'usage';
}

const certified = knownHosts.flatMap(({ name, certificate }) => (certificate === undefined ? [] : [name]));

/** New hosts that say no address get one behind those that are mapped. */
const FIRST_NEW_ADDRESS = firstMappedAddress + 0x100;

/** @throws Kadec21Error where the file asks for a world that cannot be */
export function worldOptions({ world }: Scenario, seed: number): WorldOptions {
  const { area, registration, callSetup, subscribers, calendar } = world;
  return {
    at: world.at,
    seed,
    op25b: world.op25b,
    blockedBy: world.blockedBy,
    calendar: calendar === undefined ? defaultCalendar : calendarSchema.parse(calendar),
    site: siteOf(world.signal),
    hosts: hostsOf(world.hosts),
    mappings: mappingsOf(world),
    allowsClearPasswords: world.clearPasswords,
    ...(area === undefined ? {} : { area }),
    ...(registration === undefined ? {} : { registrationMs: registration }),
    ...(callSetup === undefined ? {} : { callSetupMs: callSetup }),
    ...(subscribers === undefined ? {} : { accounts: subscribers }),
  };
}

/** Real servers that answer for hosts of the emulation. @throws ServerMappingError */
const mappingsOf = ({ servers }: Scenario['world']): ServerMapping[] =>
  Object.entries(servers).map(([emulated, real]) => parseServerMapping(`${emulated}=${real}`));

/** What is wrong with hosts from the beginning, as faults: they tell when they strike. */
export function hostFaults({ world }: Scenario): Fault[] {
  return Object.entries(world.hosts).flatMap(([host, { certificate }]) =>
    certificate === 'valid'
      ? []
      : [faultSchema.parse({ fault: 'smtp-bad-certificate', host, flaw: certificate })],
  );
}

function siteOf(signal: Scenario['world']['signal']): Site {
  const signalDbm: Partial<Record<Band, number>> = { ...defaultSite.signalDbm };
  for (const [band, dbm] of Object.entries(signal) as [Band, number | 'none' | undefined][]) {
    if (dbm === 'none') {
      delete signalDbm[band];
    } else if (dbm !== undefined) {
      signalDbm[band] = dbm;
    }
  }
  return { signalDbm };
}

function hostsOf(hosts: Readonly<Record<string, ScenarioHost>>): MailHost[] {
  const known = knownHosts.map((host) => changed(host, hosts[host.name]));
  const added = Object.entries(hosts)
    .filter(([name]) => !knownHosts.some((host) => host.name === name.toLowerCase()))
    .map(([name, host], index) => newHost(name.toLowerCase(), host, index));
  const all = [...known, ...added];
  for (const { name, services, certificate } of all) {
    if (certificate === undefined && services.some(({ tls }) => tls !== 'none')) {
      throw new ScenarioWorldError(
        `There is no certificate for ${name}, which world.hosts gives a service with TLS.`,
        {
          advice: `Hosts with a certificate: ${certified.join(', ')}.`,
        },
      );
    }
  }
  return all;
}

function changed(host: MailHost, wishes: ScenarioHost | undefined): MailHost {
  if (wishes === undefined) {
    return host;
  }
  const { address, domains = host.domains, accounts = host.accounts, certificate } = wishes;
  return {
    ...host,
    domains,
    accounts,
    services: servicesOf(host, wishes),
    ...(certificate === 'valid' ? {} : { certificate: flawedCertificates[certificate] }),
    address: address === undefined ? host.address : requireIpv4(address),
  };
}

/** Where mail is taken and where it is fetched are two things: who changes one keeps the other. */
function servicesOf({ services }: Pick<MailHost, 'services'>, wishes: ScenarioHost): MailService[] {
  const smtp = wishes.services ?? services.filter(({ protocol }) => protocol !== 'pop3');
  const pop3 =
    wishes.pop3?.map((service) => ({ protocol: 'pop3', ...service }) as const) ??
    services.filter(({ protocol }) => protocol === 'pop3');
  return [...smtp, ...pop3];
}

const TAKES_ANYTHING: MailService = { port: 25, tls: 'none', mechanisms: [], accepts: 'anything' };

function newHost(name: string, wishes: ScenarioHost, index: number): MailHost {
  const {
    address = formatIpv4(ipv4Address(FIRST_NEW_ADDRESS + index)),
    domains = [name],
    accounts = [],
  } = wishes;
  const services = servicesOf({ services: [TAKES_ANYTHING] }, wishes);
  return { name, address: requireIpv4(address), domains, accounts, services, isProviders: false };
}
