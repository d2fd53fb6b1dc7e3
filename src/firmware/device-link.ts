/** The IP link of a call as the device has it: PPP as a client, and the host on top. */
import type { Random } from '../base/random.ts';
import type { Trace } from '../base/trace.ts';
import type { Settings } from '../config/settings-schema.ts';
import { IpHost } from '../net/ip-host.ts';
import { PppLink } from '../net/ppp/ppp-link.ts';
import { type Ipv4Address, parseIpv4 } from '../wire/ipv4.ts';
import type { OctetCall, SessionAddresses, SessionHost, SessionLink } from './comms-parts.ts';

export interface DeviceLinkOptions {
  readonly settings: Settings;
  readonly random: Random;
  readonly trace: Trace;
}

export class DeviceLink implements SessionLink {
  readonly kind = 'ppp';
  readonly #options: DeviceLinkOptions;
  readonly #ppp: PppLink;
  #isClosing = false;
  #lostBy: Error | undefined;

  constructor(call: OctetCall, options: DeviceLinkOptions) {
    const { settings, random, trace } = options;
    const { user, password } = settings.carrier;
    this.#options = options;
    this.#ppp = new PppLink(call, {
      role: 'client',
      user,
      password: password.reveal(),
      bitRate: call.bitRate,
      random,
      trace,
    });
    this.#ppp.on('down', (cause) => {
      if (!this.#isClosing) {
        this.#lostBy = cause;
      }
    });
  }

  get lostBy(): Error | undefined {
    return this.#lostBy;
  }

  open(): Promise<SessionAddresses> {
    return this.#ppp.open();
  }

  /** The name servers of the settings take the place of those that the carrier gives. */
  host({ address, nameServers }: SessionAddresses): SessionHost {
    const { settings, random, trace } = this.#options;
    const own = settings.nameServers.flatMap((text): Ipv4Address[] => {
      const server = parseIpv4(text);
      return server === undefined ? [] : [server];
    });
    return new IpHost({
      link: this.#ppp,
      address,
      nameServers: own.length > 0 ? own : nameServers,
      random: random.fork('ip'),
      trace,
    });
  }

  close(): Promise<void> {
    this.#isClosing = true;
    return this.#ppp.close();
  }
}
