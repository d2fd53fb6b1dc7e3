/** The world of a scenario file as the carrier's side takes it. */
import { firstMappedAddress, requireIpv4 } from '../aunet/addresses.ts';
import { defaultSite, type Site } from '../aunet/cells.ts';
import { knownHosts } from '../aunet/hosts/known-hosts.ts';
import type { MailHost } from '../aunet/hosts/mail-host.ts';
import { calendarSchema, defaultCalendar } from '../config/calendar.ts';
import { type Fault, faultSchema } from '../config/fault.ts';
import type { Scenario, ScenarioHost } from '../config/scenario-schema.ts';
import type { Band } from '../modem/module-profile.ts';
import { formatIpv4, ipv4Address } from '../wire/ipv4.ts';
import type { WorldOptions } from './world.ts';

/** New hosts that say no address get one behind those that are mapped. */
const FIRST_NEW_ADDRESS = firstMappedAddress + 0x100;

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
    allowsClearPasswords: world.clearPasswords,
    ...(area === undefined ? {} : { area }),
    ...(registration === undefined ? {} : { registrationMs: registration }),
    ...(callSetup === undefined ? {} : { callSetupMs: callSetup }),
    ...(subscribers === undefined ? {} : { accounts: subscribers }),
  };
}

/** What is wrong with hosts from the beginning, as faults. */
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
  return [...known, ...added];
}

function changed(host: MailHost, wishes: ScenarioHost | undefined): MailHost {
  if (wishes === undefined) {
    return host;
  }
  const { address, domains = host.domains, accounts = host.accounts, services = host.services } = wishes;
  return {
    ...host,
    domains,
    accounts,
    services,
    address: address === undefined ? host.address : requireIpv4(address),
  };
}

function newHost(name: string, wishes: ScenarioHost, index: number): MailHost {
  const {
    address = formatIpv4(ipv4Address(FIRST_NEW_ADDRESS + index)),
    domains = [name],
    accounts = [],
  } = wishes;
  const services = wishes.services ?? [{ port: 25, tls: 'none', mechanisms: [], accepts: 'anything' }];
  return { name, address: requireIpv4(address), domains, accounts, services, isProviders: false };
}
