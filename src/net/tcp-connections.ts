/**
 * The connections of a host and what makes them go: who sends next, when time has come for one, and how its
 * user hears of it. One timer and one queue for all.
 */
import { DeadlineTimer } from '../base/deadline-timer.ts';
import type { Trace } from '../base/trace.ts';
import { type Ms, ms } from '../base/units.ts';
import type { Ipv4Address } from '../wire/ipv4.ts';
import { encodeTcp } from '../wire/tcp-segment.ts';
import type { TcpConnection } from './tcp/connection.ts';
import { isSynchronized } from './tcp/state.ts';
import { ConnectionTable } from './tcp-connection-table.ts';
import { type ConnectionUser, TcpEntry } from './tcp-entry.ts';
import { type Endpoint, formatEndpoint, TcpError } from './tcp-error.ts';
import { brokenError } from './tcp-failure.ts';
import { TcpSocket } from './tcp-socket.ts';

export interface TcpConnectionsOptions {
  readonly trace: Trace;
  readonly nextIdentification: () => number;
  /** Some connection has something to send: fetch it with `nextPacket`. */
  readonly flushSoon: () => void;
}

export class TcpConnections {
  readonly #options: TcpConnectionsOptions;
  readonly #table = new ConnectionTable<TcpEntry>();
  /** Connections that may have something to send, first come first served, a segment each. */
  readonly #queue: TcpEntry[] = [];
  readonly #timer = new DeadlineTimer(() => this.#timePasses());
  #isDown = false;

  constructor(options: TcpConnectionsOptions) {
    this.#options = options;
  }

  /** Connections in any state. */
  get size(): number {
    return this.#table.size;
  }

  /** Whether the link is gone. */
  get isDown(): boolean {
    return this.#isDown;
  }

  find(local: Ipv4Address, localPort: number, remote: Ipv4Address, remotePort: number): TcpEntry | undefined {
    return this.#table.find(local, localPort, remote, remotePort);
  }

  add(
    connection: TcpConnection,
    ends: { readonly local: Endpoint; readonly remote: Endpoint },
    user: ConnectionUser,
  ): TcpEntry {
    const entry = new TcpEntry(connection, ends, user, this.#userDidSomething);
    this.#table.add(entry);
    return entry;
  }

  remove(entry: TcpEntry): void {
    this.#table.remove(entry);
  }

  /** The connection may have something to send, and another deadline. */
  wake(entry: TcpEntry): void {
    if (!entry.isQueued) {
      entry.isQueued = true;
      this.#queue.push(entry);
      this.#options.flushSoon();
    }
    this.#timer.notLaterThan(entry.connection.deadline, ms(Date.now()));
  }

  /** Something happened to the connection: its user is told, and it may have something to send. */
  changed(entry: TcpEntry): void {
    this.wake(entry);
    const { state, failure } = entry.connection;
    if (entry.socket === undefined && isSynchronized(state)) {
      entry.socket = new TcpSocket(entry);
      entry.user.opened(entry.socket);
    }
    if (state === 'TIME-WAIT' || state === 'CLOSED') {
      this.#traceEnd(entry, failure ?? 'closed');
    }
    if (state !== 'CLOSED') {
      entry.socket?.connectionAdvanced();
    } else if (this.#table.remove(entry)) {
      if (entry.socket === undefined) {
        entry.user.failed(failure ?? 'reset');
      } else {
        const error = failure && brokenError(failure, entry.remote, entry.connection);
        entry.socket.connectionEnded(error);
      }
    }
  }

  /** The next packet that some connection wants to send. */
  nextPacket(): Uint8Array | undefined {
    const now = ms(Date.now());
    for (let entry = this.#queue[0]; entry !== undefined; entry = this.#queue[0]) {
      const segment = entry.connection.nextSegment(now);
      this.#timer.notLaterThan(entry.connection.deadline, now);
      if (segment !== undefined) {
        if (this.#queue.length > 1) {
          this.#queue.push(entry);
          this.#queue.shift();
        }
        const { local, remote } = entry;
        return encodeTcp(segment, local.address, remote.address, this.#options.nextIdentification());
      }
      this.#queue.shift();
      entry.isQueued = false;
    }
    return undefined;
  }

  /** No packet passes any more. @param isOurWill whether this side closed: then it is no error for a socket */
  linkDown(isOurWill: boolean): void {
    this.#isDown = true;
    this.#timer.stop();
    this.#queue.length = 0;
    for (const entry of this.#table.entries()) {
      this.#table.remove(entry);
      if (entry.socket === undefined) {
        entry.user.failed('link-down');
        continue;
      }
      this.#traceEnd(entry, 'link down');
      const message = `The link went down under the connection to ${formatEndpoint(entry.remote)}.`;
      entry.socket.linkDown(isOurWill ? undefined : new TcpError('TCP_LINK_DOWN', message));
    }
  }

  readonly #userDidSomething = (entry: TcpEntry): void => {
    if (this.#isDown) {
      return;
    }
    const { state } = entry.connection;
    if (state === 'CLOSED' || state === 'TIME-WAIT') {
      this.changed(entry);
    } else {
      this.wake(entry);
    }
  };

  #timePasses(): void {
    const now: Ms = ms(Date.now());
    for (const entry of this.#table.entries()) {
      if (now >= entry.connection.deadline) {
        entry.connection.timePasses(now);
        this.changed(entry);
      } else {
        this.#timer.notLaterThan(entry.connection.deadline, now);
      }
    }
  }

  #traceEnd(entry: TcpEntry, how: string): void {
    const { socket, isEndTraced } = entry;
    if (socket !== undefined && !isEndTraced) {
      entry.isEndTraced = true;
      const count = `${socket.acknowledgedBytes} octets sent, ${socket.bytesRead} received`;
      const text = `${formatEndpoint(entry.remote)}: ${how}, ${count}`;
      this.#options.trace({ layer: 'tcp', direction: '-', text });
    }
  }
}
