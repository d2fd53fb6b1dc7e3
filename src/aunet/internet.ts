/** Who is on the Internet of the emulation: names, addresses, ports; mail servers and mapped real servers. */
import type { Duplex } from 'node:stream';
import type { Ms } from '../base/units.ts';
import type { Calendar } from '../config/calendar.ts';
import { formatIpv4, type Ipv4Address, ipv4Address, parseIpv4 } from '../wire/ipv4.ts';
import { firstMappedAddress } from './addresses.ts';
import { isHostOnline } from './calendar.ts';
import type { MailHost, MailService } from './hosts/mail-host.ts';
import type { MailServiceShell } from './hosts/mail-service.ts';
import type { ServerMapping } from './server-mapping.ts';

/** What a TCP connection to an address and port meets. */
export type Reach =
  | { readonly reach: 'open'; readonly host: string; serve(socket: Duplex): void }
  | { readonly reach: 'mapped'; readonly host: string; readonly real: ServerMapping['real'] }
  /** The host hangs: it answers nothing. */
  | { readonly reach: 'silent'; readonly host: string }
  /** The host is there, the port is closed. */
  | { readonly reach: 'closed'; readonly host: string }
  /** Nobody has this address, or who has it is switched off. */
  | { readonly reach: 'nobody'; readonly host: string | undefined };

/** How a host fares, beside the calendar: up, hanging, up without its servers, or switched off. */
export type HostState = 'up' | 'silent' | 'refusing' | 'off';

/** Whom a name or an address means. */
export type HostKey = ServerMapping['host'];

export interface InternetOptions {
  readonly calendar: Calendar;
  readonly hosts: readonly MailHost[];
  readonly mappings: readonly ServerMapping[];
  createService(host: MailHost, service: MailService): MailServiceShell;
}

interface Site {
  readonly name: string;
  readonly address: Ipv4Address;
  readonly isProviders: boolean;
  /** A host that exists only because the user mapped it is there at any date. */
  readonly isAlwaysOnline: boolean;
  readonly ports: Map<number, Behind>;
  state: HostState;
}

/** What is behind a port. */
type Behind =
  | ({ readonly kind: 'service' } & MailServiceShell)
  | { readonly kind: 'mapped'; readonly real: ServerMapping['real'] };

export class Internet {
  readonly #calendar: Calendar;
  readonly #byName = new Map<string, Site>();
  readonly #byAddress = new Map<Ipv4Address, Site>();
  #nextMapped: Ipv4Address = firstMappedAddress;

  constructor({ calendar, hosts, mappings, createService }: InternetOptions) {
    this.#calendar = calendar;
    for (const host of hosts) {
      const ports = new Map<number, Behind>();
      for (const service of host.services) {
        ports.set(service.port, { kind: 'service', ...createService(host, service) });
      }
      this.#add({ ...host, isAlwaysOnline: false, ports, state: 'up' });
    }
    for (const { host, port, real } of mappings) {
      this.#put(host, port, { kind: 'mapped', real });
    }
  }

  /** The A record of a name. @param name lower case, without final dot */
  addressOf(name: string, at: Ms): Ipv4Address | undefined {
    const site = this.#byName.get(name);
    return site !== undefined && this.#isRegistered(site, at) ? site.address : undefined;
  }

  /** The name of the host at an address, for people. */
  nameOf(address: Ipv4Address): string | undefined {
    return this.#byAddress.get(address)?.name;
  }

  /** Whether port 25 of this address stays open to the provider's subscribers. */
  isOwnMailServer(address: Ipv4Address): boolean {
    return this.#byAddress.get(address)?.isProviders === true;
  }

  /** What answers at an address and port. */
  reach(address: Ipv4Address, port: number, at: Ms): Reach {
    const site = this.#byAddress.get(address);
    if (site === undefined || !this.#isUp(site, at)) {
      return { reach: 'nobody', host: site?.name };
    }
    const host = site.name;
    const behind = site.ports.get(port);
    if (site.state === 'silent') {
      return { reach: 'silent', host };
    }
    if (behind === undefined || site.state === 'refusing') {
      return { reach: 'closed', host };
    }
    return behind.kind === 'mapped'
      ? { reach: 'mapped', host, real: behind.real }
      : { reach: 'open', host, serve: (socket) => behind.connect(socket) };
  }

  /** A port of a host that the user has mapped. @param port absent: any @returns `undefined` where there is none */
  mappedPort(host: string, port: number | undefined): number | undefined {
    const address = parseIpv4(host);
    const site = address === undefined ? this.#byName.get(host.toLowerCase()) : this.#byAddress.get(address);
    return [...(site?.ports ?? [])].find(
      ([number, { kind }]) => kind === 'mapped' && (port === undefined || number === port),
    )?.[0];
  }

  /** Puts a server of one's own behind a port; a host that is not known comes into being. */
  listen(host: HostKey, port: number, serve: (socket: Duplex) => void): void {
    this.#put(host, port, { kind: 'service', connect: serve, close() {} });
  }

  /** @throws RangeError where no host has this name */
  setState(name: string, state: HostState): void {
    const site = this.#byName.get(name);
    if (site === undefined) {
      throw new RangeError(`No host is called ${name}.`);
    }
    site.state = state;
  }

  /** Whether a host that is switched on has this address. */
  isOnline(address: Ipv4Address, at: Ms): boolean {
    const site = this.#byAddress.get(address);
    return site !== undefined && this.#isUp(site, at) && site.state !== 'silent';
  }

  /** Ends every open connection of the mail servers. */
  close(): void {
    for (const { ports } of this.#byAddress.values()) {
      for (const behind of ports.values()) {
        if (behind.kind === 'service') {
          behind.close();
        }
      }
    }
  }

  #isRegistered(site: Site, at: Ms): boolean {
    return site.isAlwaysOnline || isHostOnline(this.#calendar, site.name, at);
  }

  /** A host that is switched off keeps its name. */
  #isUp(site: Site, at: Ms): boolean {
    return this.#isRegistered(site, at) && site.state !== 'off';
  }

  #add(site: Site): void {
    if (this.#byName.has(site.name) || this.#byAddress.has(site.address)) {
      throw new RangeError(
        `Two hosts are called ${site.name} or have the address ${formatIpv4(site.address)}.`,
      );
    }
    this.#byName.set(site.name, site);
    this.#byAddress.set(site.address, site);
  }

  /** What is put at a port of a known host stands in front of what the host has there. */
  #put(host: HostKey, port: number, behind: Behind): void {
    const known = 'name' in host ? this.#byName.get(host.name) : this.#byAddress.get(host.address);
    if (known !== undefined) {
      known.ports.set(port, behind);
      return;
    }
    this.#add({
      name: 'name' in host ? host.name : formatIpv4(host.address),
      address: 'address' in host ? host.address : this.#freeAddress(),
      isProviders: false,
      isAlwaysOnline: true,
      ports: new Map([[port, behind]]),
      state: 'up',
    });
  }

  #freeAddress(): Ipv4Address {
    while (this.#byAddress.has(this.#nextMapped)) {
      this.#nextMapped = ipv4Address(this.#nextMapped + 1);
    }
    return this.#nextMapped;
  }
}
