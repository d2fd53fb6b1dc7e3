/** A module with sockets as a session uses it: the same steps as with any other, `dial` activates the context. */
import type { DteLine } from '../../serial/serial-line.ts';
import { Modem, type ModemOptions } from '../modem.ts';
import type { ModuleProfile } from '../module-profile.ts';
import type { ModuleIdentity } from '../profiles.ts';
import type { RadioReport } from '../registration.ts';
import type { SocketCall } from './socket-call.ts';
import { SocketStack } from './socket-stack.ts';

export interface SocketModemOptions extends ModemOptions {
  /** Dotted decimal; stand for those of the network. */
  readonly nameServers?: readonly string[];
}

export class SocketModem {
  readonly #modem: Modem;
  readonly #stack: SocketStack;

  constructor(line: DteLine, profile: ModuleProfile, options: SocketModemOptions = {}) {
    const { nameServers, ...modemOptions } = options;
    this.#modem = new Modem(line, profile, modemOptions);
    this.#stack = new SocketStack(this.#modem, { access: options.access, nameServers });
  }

  /** As {@link Modem.start}. */
  start(): Promise<ModuleIdentity> {
    return this.#modem.start();
  }

  /** As {@link Modem.waitForService}. */
  waitForService(): Promise<RadioReport> {
    return this.#modem.waitForService();
  }

  /** Activates the packet context; there is no number to it. Rejects with a DialError that says why there is none. */
  async dial(): Promise<SocketCall> {
    if (!this.#modem.isReady) {
      await this.#modem.start();
    }
    return this.#stack.activate();
  }

  /** Ends the packet context, and all connections over it. */
  hangUp(): Promise<void> {
    return this.#stack.deactivate();
  }

  /** Ends what there is and releases the line. */
  async close(): Promise<void> {
    try {
      await this.#stack.deactivate();
    } finally {
      await this.#modem.close();
    }
  }
}
