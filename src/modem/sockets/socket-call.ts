/**
 * A packet context of the module that is active: connections, names and echoes through the module's own stack. What
 * PPP and an IP host are for a call in data state, this is for a module with sockets.
 */
import { EventEmitter } from 'node:events';
import { type Ms, ms, seconds } from '../../base/units.ts';
import { now } from '../../base/virtual-time.ts';
import { PingError } from '../../net/ping.ts';
import { type Endpoint, TcpError } from '../../net/tcp-error.ts';
import { LONGEST_ECHO_S, LONGEST_READ, MOST_CONNECTIONS } from '../../wire/at/sockets/limits.ts';
import type { SocketUrc } from '../../wire/at/sockets/unsolicited.ts';
import { formatIpv4, type Ipv4Address, parseIpv4 } from '../../wire/ipv4.ts';
import type { Modem } from '../modem.ts';
import type { Procedure } from '../procedure.ts';
import { AwaitedReport } from './awaited-report.ts';
import { type ModuleConnection, ModuleSocket } from './module-socket.ts';
import {
  beginEcho,
  beginLookUp,
  type ContextAddresses,
  closeConnection,
  openConnection,
  readOctets,
  sendOctets,
} from './procedures.ts';
import { CONTEXT_GONE, connectError, contextDown, nameError, TIMEOUT } from './socket-failure.ts';

/** The manual's longest time for +QIOPEN. */
const CONNECT_LIMIT = seconds(150);
/** The longest time for a look-up. */
const LOOK_UP_LIMIT = seconds(60);
const DEFAULT_ECHO_LIMIT = seconds(5);
/** The module's own word comes a moment after the time that it was given. */
const ECHO_MARGIN = seconds(3);
interface Entry {
  readonly remote: Endpoint;
  readonly opened: AwaitedReport<ModuleSocket | number>;
  socket: ModuleSocket | undefined;
  isReleased: boolean;
}

export class SocketCall extends EventEmitter<{ close: [cause?: Error] }> {
  /** Dotted decimal: what the network gave the module. */
  readonly address: string;
  readonly nameServers: readonly string[];
  readonly #modem: Modem;
  readonly #connections = new Map<number, Entry>();
  readonly #lookedUp = new AwaitedReport<{ readonly address: string } | { readonly result: number }>();
  readonly #echoed = new AwaitedReport<Ms | number | 'none'>();
  #roundTrip: Ms | undefined;
  #isNameFound = false;
  /** Look-ups and echoes go one after the other. */
  #lastLookUp: Promise<unknown> = Promise.resolve();
  #lastEcho: Promise<unknown> = Promise.resolve();
  #isOpen = true;
  #lostBy: Error | undefined;

  constructor(modem: Modem, { address, nameServers }: ContextAddresses) {
    super();
    this.#modem = modem;
    this.address = address;
    this.nameServers = nameServers;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Why it ended without this side's doing. */
  get lostBy(): Error | undefined {
    return this.#lostBy;
  }

  /**
   * Opens a TCP connection.
   * @throws TcpError: TCP_TIMED_OUT, TCP_REFUSED, TCP_LINK_DOWN, TCP_NO_ROOM
   */
  async connect(to: Endpoint, options: { readonly timeoutMs?: Ms } = {}): Promise<ModuleSocket> {
    const connection = this.#freeNumber();
    if (!this.#isOpen) {
      throw this.#linkDown(to);
    }
    if (connection === undefined) {
      throw new TcpError('TCP_NO_ROOM', `${MOST_CONNECTIONS} connections are open, the module has no other.`);
    }
    const entry: Entry = { remote: to, opened: new AwaitedReport(), socket: undefined, isReleased: false };
    this.#connections.set(connection, entry);
    const startedAt = now();
    const outcome = await this.#open(connection, entry, options.timeoutMs ?? CONNECT_LIMIT);
    if (outcome instanceof ModuleSocket) {
      return outcome;
    }
    this.#release(connection, entry, 0);
    throw this.#isOpen ? connectError(to, outcome, this.#since(startedAt)) : this.#linkDown(to);
  }

  async #open(connection: number, entry: Entry, limit: Ms): Promise<ModuleSocket | number | undefined> {
    const { address, port } = entry.remote;
    const request = { connection, host: formatIpv4(address), port };
    const opened = entry.opened.within(limit);
    try {
      const begun = await this.#insist(openConnection(this.#modem.profile, request));
      return begun === 'begun' ? await opened : begun;
    } finally {
      entry.opened.settle(undefined);
    }
  }

  /**
   * The address of a name; dotted decimal is taken as it is.
   * @throws DnsError: DNS_NO_SUCH_NAME, DNS_NO_ANSWER, DNS_LINK_DOWN
   */
  resolve(name: string): Promise<Ipv4Address> {
    const literal = parseIpv4(name);
    if (literal !== undefined) {
      return Promise.resolve(literal);
    }
    const found = this.#lastLookUp.then(() => this.#lookUp(name));
    this.#lastLookUp = found.catch(() => {});
    return found;
  }

  async #lookUp(name: string): Promise<Ipv4Address> {
    const startedAt = now();
    const report = this.#lookedUp.within(LOOK_UP_LIMIT);
    this.#isNameFound = false;
    let outcome: Awaited<typeof report>;
    try {
      const begun = await this.#insist(beginLookUp(this.#modem.profile, name));
      outcome = begun === 'begun' ? await report : { result: begun };
    } finally {
      this.#lookedUp.settle(undefined);
    }
    const address = outcome !== undefined && 'address' in outcome ? parseIpv4(outcome.address) : undefined;
    if (address !== undefined) {
      return address;
    }
    const result = outcome !== undefined && 'result' in outcome ? outcome.result : TIMEOUT;
    throw nameError(name, this.#isOpen ? result : CONTEXT_GONE, this.#since(startedAt));
  }

  /** Sends one echo. @returns the round-trip time; rejects with a PingError */
  ping(address: Ipv4Address, options: { readonly timeoutMs?: Ms } = {}): Promise<Ms> {
    const echoed = this.#lastEcho.then(() => this.#echo(address, options.timeoutMs ?? DEFAULT_ECHO_LIMIT));
    this.#lastEcho = echoed.catch(() => {});
    return echoed;
  }

  async #echo(address: Ipv4Address, limit: Ms): Promise<Ms> {
    const host = formatIpv4(address);
    const timeoutS = Math.min(LONGEST_ECHO_S, Math.max(1, Math.ceil(limit / 1000)));
    const report = this.#echoed.within(ms(seconds(timeoutS) + ECHO_MARGIN));
    this.#roundTrip = undefined;
    try {
      const begun = await this.#insist(beginEcho(this.#modem.profile, host, timeoutS));
      const outcome = begun === 'begun' ? await report : undefined;
      if (this.#roundTrip !== undefined && outcome !== undefined) {
        return this.#roundTrip;
      }
    } finally {
      this.#echoed.settle(undefined);
    }
    throw this.#isOpen
      ? new PingError('PING_NO_ANSWER', `${host} did not answer an echo within ${timeoutS} s.`)
      : new PingError('PING_LINK_DOWN', 'The packet context went down before the echo came back.');
  }

  /** Ends every connection at once, without a word to the peers. */
  closeConnections(): void {
    for (const { socket } of this.#connections.values()) {
      socket?.linkDown(undefined);
    }
  }

  /** For the driver: the module has said something unasked. */
  heard(urc: SocketUrc): void {
    switch (urc.urc) {
      case 'opened':
        this.#opened(urc.connection, urc.result);
        return;
      case 'received':
        this.#connections.get(urc.connection)?.socket?.received();
        return;
      case 'closed':
        this.#connections.get(urc.connection)?.socket?.peerFinished();
        return;
      case 'looked-up':
        this.#isNameFound = urc.result === 0;
        if (urc.result !== 0) {
          this.#lookedUp.settle({ result: urc.result });
        }
        return;
      case 'address':
        if (this.#isNameFound) {
          this.#lookedUp.settle({ address: urc.address });
        }
        return;
      case 'echo':
        this.#roundTrip = urc.roundTripMs === undefined ? this.#roundTrip : ms(urc.roundTripMs);
        // A name that is not known, a context that is gone: no summary follows.
        if (urc.result !== 0 && urc.result !== TIMEOUT) {
          this.#echoed.settle(urc.result);
        }
        return;
      case 'echoes':
        this.#echoed.settle('none');
        return;
      case 'deactivated':
    }
  }

  /** For the driver: the context is over; `cause` where this side did not end it. */
  ended(cause?: Error): void {
    if (!this.#isOpen) {
      return;
    }
    this.#isOpen = false;
    this.#lostBy = cause;
    this.#lookedUp.settle(undefined);
    this.#echoed.settle(undefined);
    for (const { socket, opened, remote } of this.#connections.values()) {
      opened.settle(undefined);
      socket?.linkDown(cause === undefined ? undefined : this.#linkDown(remote));
    }
    this.#connections.clear();
    this.emit('close', cause);
  }

  /** At once: what was received may be told in the same read. */
  #opened(connection: number, result: number): void {
    const entry = this.#connections.get(connection);
    if (entry === undefined || !entry.opened.isAwaited) {
      return;
    }
    if (result === 0) {
      entry.socket = new ModuleSocket(this.#connectionOf(connection, entry), entry.remote, this.address);
    }
    entry.opened.settle(entry.socket ?? result);
  }

  #connectionOf(connection: number, entry: Entry): ModuleConnection {
    const { profile } = this.#modem;
    const isThere = () => this.#isOpen && !entry.isReleased;
    return {
      send: async (octets) => (isThere() ? this.#insist(sendOctets(profile, connection, octets)) : 'closed'),
      read: async () => (isThere() ? this.#insist(readOctets(profile, connection, LONGEST_READ)) : undefined),
      release: (withinSeconds) => this.#release(connection, entry, withinSeconds),
    };
  }

  /** A module that does not answer in the middle of it is of no more use to this call. */
  async #insist<T>(procedure: Procedure<T>): Promise<T> {
    try {
      return await this.#modem.perform(procedure);
    } catch (failure) {
      const cause = failure instanceof Error ? failure : new Error(String(failure));
      this.ended(cause);
      throw cause;
    }
  }

  #freeNumber(): number | undefined {
    for (let connection = 0; connection < MOST_CONNECTIONS; connection += 1) {
      if (!this.#connections.has(connection)) {
        return connection;
      }
    }
    return undefined;
  }

  /** The number is free again once the module has let go of it. */
  #release(connection: number, entry: Entry, withinSeconds: number): void {
    if (entry.isReleased) {
      return;
    }
    entry.isReleased = true;
    const free = () => {
      if (this.#connections.get(connection) === entry) {
        this.#connections.delete(connection);
      }
    };
    if (this.#isOpen) {
      this.#modem.perform(closeConnection(this.#modem.profile, connection, withinSeconds)).then(free, free);
    } else {
      free();
    }
  }

  #linkDown(to: Endpoint): TcpError {
    return contextDown(to, this.#modem.evidence);
  }

  #since(startedAt: Ms) {
    return { after: ms(now() - startedAt), evidence: this.#modem.evidence };
  }
}
