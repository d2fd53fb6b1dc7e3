/** What runs over an active context inside the module: TCP sockets, names and echoes of one IPv4 host. */
import { Kadec21Error } from '../../../base/errors.ts';
import type { Random } from '../../../base/random.ts';
import type { Trace } from '../../../base/trace.ts';
import { ms, seconds } from '../../../base/units.ts';
import { handOver } from '../../../base/virtual-time.ts';
import { DnsResolver } from '../../../net/dns-resolver.ts';
import type { IpHost } from '../../../net/ip-host.ts';
import type { TcpSocket } from '../../../net/tcp-socket.ts';
import type { SocketResult } from '../../../wire/at/sockets/result.ts';
import { formatIpv4, type Ipv4Address, parseIpv4 } from '../../../wire/ipv4.ts';
import type { StackHappening, StackOrder } from './stack-event.ts';

/** A SYN that nobody answers is given up after this, as modules do it; +QIOPEN may take 150 s. */
const CONNECT_LIMIT = seconds(75);
/** A connection that nobody awaits any more has so long for its end. */
const LINGER = seconds(10);

type Order<Name extends StackOrder['order']> = Extract<StackOrder, { readonly order: Name }>;
export type SessionOrder = Exclude<StackOrder, { readonly order: 'activate' | 'deactivate' }>;

export interface StackSessionOptions {
  readonly host: IpHost;
  readonly random: Random;
  readonly trace: Trace;
  readonly feed: (happening: StackHappening) => void;
}

export class StackSession {
  readonly #options: StackSessionOptions;
  /** What is being opened is there without a socket. */
  readonly #connections = new Map<number, { socket: TcpSocket | undefined }>();
  #isOver = false;

  constructor(options: StackSessionOptions) {
    this.#options = options;
  }

  acknowledgedBytes(connection: number): number {
    return this.#connections.get(connection)?.socket?.acknowledgedBytes ?? 0;
  }

  /** Nothing of it is told any more. */
  end(): void {
    this.#isOver = true;
    this.#options.host.close();
  }

  obey(order: SessionOrder): void {
    switch (order.order) {
      case 'connect':
        void this.#connect(order);
        return;
      case 'resolve':
        void this.#lookUp(order);
        return;
      case 'ping':
        void this.#ping(order);
        return;
      default:
        this.#obeyOn(this.#connections.get(order.connection)?.socket, order);
        // The stream goes on in its own turns of the event loop.
        handOver();
    }
  }

  #obeyOn(
    socket: TcpSocket | undefined,
    order: Exclude<SessionOrder, { readonly order: 'connect' | 'resolve' | 'ping' }>,
  ): void {
    const { connection } = order;
    switch (order.order) {
      case 'send': {
        const octets = order.bytes.length;
        socket?.write(order.bytes, () => this.#feed({ what: 'sent', connection, octets }));
        return;
      }
      case 'hold':
        socket?.pause();
        return;
      case 'release':
        socket?.resume();
        return;
      case 'abort':
        this.#connections.delete(connection);
        socket?.destroy();
        return;
      case 'close':
        this.#close(order, socket);
    }
  }

  #close({ connection, isAwaited }: Order<'close'>, socket: TcpSocket | undefined): void {
    const closed = () => {
      if (isAwaited) {
        this.#feed({ what: 'closed', connection });
      }
    };
    if (!isAwaited) {
      this.#connections.delete(connection);
    }
    if (socket === undefined || socket.closed) {
      closed();
      return;
    }
    // One that is awaited is given up by who waits for it.
    const timer = isAwaited ? undefined : setTimeout(() => socket.destroy(), LINGER);
    socket.once('close', () => {
      clearTimeout(timer);
      closed();
    });
    socket.end();
    socket.resume();
  }

  async #connect(order: Order<'connect'>): Promise<void> {
    const { connection, port } = order;
    const entry: { socket: TcpSocket | undefined } = { socket: undefined };
    this.#connections.set(connection, entry);
    const isWanted = () => this.#connections.get(connection) === entry && !this.#isOver;
    const tell = (happening: StackHappening) => {
      if (isWanted()) {
        this.#options.feed(happening);
      }
    };
    let socket: TcpSocket;
    try {
      const address = await this.#addressOf(order);
      socket = await this.#options.host.connect({ address, port }, { timeoutMs: CONNECT_LIMIT });
    } catch (failure) {
      tell({ what: 'not-connected', connection, result: resultOf(failure) });
      return;
    }
    // What becomes of it is told by `close`.
    socket.on('error', () => {});
    if (!isWanted()) {
      socket.destroy();
      return;
    }
    entry.socket = socket;
    tell({ what: 'connected', connection, localPort: socket.localPort });
    socket.on('data', (bytes: Uint8Array) => tell({ what: 'received', connection, bytes }));
    socket.on('end', () => tell({ what: 'ended', connection }));
    socket.on('close', () => tell({ what: 'ended', connection }));
    handOver();
  }

  async #lookUp(order: Order<'resolve'>): Promise<void> {
    try {
      const address = await this.#addressOf(order);
      this.#feed({ what: 'resolved', addresses: [formatIpv4(address)] });
    } catch (failure) {
      this.#feed({ what: 'not-resolved', result: resultOf(failure) });
    }
  }

  async #ping(order: Order<'ping'>): Promise<void> {
    try {
      const address = await this.#addressOf(order);
      for (let echo = 0; echo < order.count && !this.#isOver; echo += 1) {
        const roundTrip = await this.#options.host
          .ping(address, { timeoutMs: ms(order.timeoutMs) })
          .catch(() => undefined);
        this.#feed(
          roundTrip === undefined
            ? { what: 'no-echo', result: 569 }
            : { what: 'echo', address: formatIpv4(address), roundTripMs: Math.round(roundTrip) },
        );
      }
    } catch (failure) {
      this.#feed({ what: 'no-echo', result: resultOf(failure) });
    }
    this.#feed({ what: 'pinged' });
  }

  async #addressOf(order: {
    readonly host: string;
    readonly nameServers: readonly string[];
  }): Promise<Ipv4Address> {
    const literal = parseIpv4(order.host);
    if (literal !== undefined) {
      return literal;
    }
    const { host, random, trace } = this.#options;
    const resolver = new DnsResolver({
      servers: order.nameServers.flatMap((server) => parseIpv4(server) ?? []),
      random,
      trace,
      openPort: () => (this.#isOver ? undefined : host.openUdp()),
    });
    return resolver.resolve(order.host);
  }

  #feed(happening: StackHappening): void {
    if (!this.#isOver) {
      this.#options.feed(happening);
    }
  }
}

/** Modules of this family say of a connection only that it failed: refused, unreachable and unanswered are one. */
function resultOf(failure: unknown): SocketResult {
  const code = failure instanceof Kadec21Error ? failure.code : '';
  if (code.startsWith('DNS_')) {
    return code === 'DNS_NO_ANSWER' ? 569 : 565;
  }
  return code === 'TCP_NO_ROOM' ? 553 : code === 'TCP_LINK_DOWN' ? 570 : 566;
}
