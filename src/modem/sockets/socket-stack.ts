/** The own TCP/IP stack of a module, on top of its driver: one packet context at a time. */

import { parseSocketUrc } from '../../wire/at/sockets/unsolicited.ts';
import type { PacketAccess } from '../initialise.ts';
import type { Modem } from '../modem.ts';
import { CallLostError, ModemError } from '../modem-error.ts';
import { activateContext, contextOf, deactivateContext, isContextActive } from './procedures.ts';
import { SocketCall } from './socket-call.ts';

export interface SocketStackOptions {
  /** Network, user and password; absent: the profile's network, without an account. */
  readonly access?: PacketAccess | undefined;
  /** Dotted decimal; stand for those of the network. */
  readonly nameServers?: readonly string[] | undefined;
}

export class SocketStack {
  readonly #modem: Modem;
  readonly #options: SocketStackOptions;
  #call: SocketCall | undefined;
  /** The network took the context back before anybody could use it. */
  #wasLost = false;

  /** @param modem its profile has `sockets` */
  constructor(modem: Modem, options: SocketStackOptions = {}) {
    this.#modem = modem;
    this.#options = options;
    modem.on('unsolicited', (line) => this.#hear(line));
    modem.on('reset', () =>
      this.#lose(
        new ModemError('MODEM_RESET', 'The module started anew in the middle of the call.', {
          evidence: modem.evidence,
          advice: 'Check its supply: modules reset when the voltage drops while they transmit.',
        }),
      ),
    );
    modem.on('lost', (cause) => this.#lose(cause));
  }

  /** The context that is active, with what is on it. */
  get call(): SocketCall | undefined {
    return this.#call;
  }

  /**
   * Activates the packet context.
   * @throws DialError and ModemError, by cause; CommandError
   */
  async activate(): Promise<SocketCall> {
    const { access, nameServers = [] } = this.#options;
    const { profile } = this.#modem;
    if (this.#call !== undefined) {
      await this.deactivate();
    }
    this.#wasLost = false;
    const addresses = await this.#modem.perform(activateContext(profile, access, nameServers));
    if (this.#wasLost) {
      throw this.#contextLost();
    }
    this.#call = new SocketCall(this.#modem, addresses);
    return this.#call;
  }

  /** Whether the module still says that the context is active. */
  isActive(): Promise<boolean> {
    return this.#modem.perform(isContextActive(this.#modem.profile));
  }

  /** Ends the context and all that is on it; without one nothing happens. */
  async deactivate(): Promise<void> {
    const call = this.#call;
    this.#call = undefined;
    if (call?.isOpen === true) {
      call.ended();
      await this.#modem.perform(deactivateContext(this.#modem.profile));
    }
  }

  #hear(line: string): void {
    const urc = parseSocketUrc(line);
    if (urc?.urc === 'deactivated') {
      if (urc.context === contextOf(this.#modem.profile)) {
        this.#wasLost = true;
        this.#lose(this.#contextLost());
      }
    } else if (urc !== undefined) {
      this.#call?.heard(urc);
    }
  }

  #lose(cause: Error): void {
    const call = this.#call;
    this.#call = undefined;
    call?.ended(cause);
  }

  #contextLost(): CallLostError {
    return new CallLostError('The network ended the packet context.', {
      evidence: this.#modem.evidence,
      advice: 'Check the reception at this place and time; then dial again.',
    });
  }
}
