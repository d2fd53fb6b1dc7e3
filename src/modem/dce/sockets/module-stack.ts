/**
 * The TCP/IP stack inside the module: a packet call through the radio, PPP on it, and an IPv4 host on that, as a
 * device has it that dials by itself. The shell of `socket-service.ts`; it decides nothing that the machine can decide.
 */
import { Kadec21Error } from '../../../base/errors.ts';
import type { Random } from '../../../base/random.ts';
import type { Trace } from '../../../base/trace.ts';
import { ms, seconds } from '../../../base/units.ts';
import { handOver } from '../../../base/virtual-time.ts';
import { DnsResolver } from '../../../net/dns-resolver.ts';
import { IpHost } from '../../../net/ip-host.ts';
import { PppLink } from '../../../net/ppp/ppp-link.ts';
import type { TcpSocket } from '../../../net/tcp-socket.ts';
import type { SocketResult } from '../../../wire/at/sockets/result.ts';
import { formatIpv4, type Ipv4Address, parseIpv4 } from '../../../wire/ipv4.ts';
import type { Call, DialResult } from '../radio.ts';
import type { RadioUnit } from '../radio-unit.ts';
import type { ActivationCause, StackHappening, StackOrder, StackView } from './stack-event.ts';

/** A SYN that nobody answers is given up after this, as modules do it; +QIOPEN may take 150 s. */
const CONNECT_LIMIT = seconds(75);
/** A connection that nobody awaits any more has so long for its end. */
const LINGER = seconds(10);
/** The memory of a module: what AT+QISEND fills, and the window that TCP offers. */
const BUFFER_BYTES = 16_384;

export interface ModuleStackOptions {
  readonly radio: RadioUnit;
  readonly random: Random;
  readonly trace: Trace;
  readonly feed: (happening: StackHappening) => void;
}

type Order<Name extends StackOrder['order']> = Extract<StackOrder, { readonly order: Name }>;

/** From one activation to its end. */
interface Session {
  readonly random: Random;
  giveUpDial: (() => void) | undefined;
  call: Call | undefined;
  ppp: PppLink | undefined;
  host: IpHost | undefined;
  /** By connection; what is being opened is there without a socket. */
  readonly connections: Map<number, { socket: TcpSocket | undefined }>;
}

export class ModuleStack implements StackView {
  readonly #options: ModuleStackOptions;
  #session: Session | undefined;
  #activations = 0;

  constructor(options: ModuleStackOptions) {
    this.#options = options;
  }

  acknowledgedBytes(connection: number): number {
    return this.#session?.connections.get(connection)?.socket?.acknowledgedBytes ?? 0;
  }

  obey(order: StackOrder): void {
    if (order.order === 'activate') {
      this.#activate(order);
      return;
    }
    const session = this.#session;
    if (order.order === 'deactivate') {
      this.#deactivate(session);
    } else if (session?.host !== undefined) {
      this.#obeyOver(session, session.host, order);
    }
  }

  /** The module has lost its power: nothing is said to anybody. */
  drop(): void {
    const session = this.#leave();
    session?.giveUpDial?.();
    session?.host?.close();
    session?.call?.hangUp();
  }

  #activate({ number, user, password }: Order<'activate'>): void {
    this.#activations += 1;
    const session: Session = {
      random: this.#options.random.fork(`context ${this.#activations}`),
      giveUpDial: undefined,
      call: undefined,
      ppp: undefined,
      host: undefined,
      connections: new Map(),
    };
    this.#session = session;
    this.#tell('>', `dial ${number} for the module's own stack`);
    const giveUp = this.#options.radio.dial(number, (result) => {
      session.giveUpDial = undefined;
      if (this.#session === session) {
        this.#dialled(session, result, user, password);
      }
    });
    // A network may know the result before it returns.
    session.giveUpDial = session.call === undefined && this.#session === session ? giveUp : undefined;
  }

  #dialled(session: Session, result: DialResult, user: string, password: string): void {
    if (result.result !== 'connected') {
      this.#tell('<', result.result);
      this.#notActivated(result.result === 'busy' ? 'insufficient resources' : 'network failure');
      return;
    }
    const { call, bitRate } = result;
    const { trace } = this.#options;
    this.#tell('<', `connected at ${bitRate} bit/s`);
    session.call = call;
    const ppp = new PppLink(call, {
      role: 'client',
      user,
      password,
      bitRate,
      random: session.random.fork('ppp'),
      trace,
    });
    session.ppp = ppp;
    ppp.on('down', (cause) => {
      if (this.#session === session && session.host !== undefined) {
        this.#tell('<', `context lost: ${cause.message}`);
        this.#leave();
        call.hangUp();
        this.#options.feed({ what: 'lost' });
      }
    });
    ppp.open().then(
      ({ address, nameServers }) => {
        if (this.#session === session) {
          session.host = new IpHost({
            link: ppp,
            address,
            nameServers,
            random: session.random.fork('ip'),
            trace,
            sendBufferBytes: BUFFER_BYTES,
            receiveBufferBytes: BUFFER_BYTES,
          });
          const addresses = { address: formatIpv4(address), nameServers: nameServers.map(formatIpv4) };
          this.#options.feed({ what: 'activated', ...addresses });
        }
      },
      (cause: unknown) => {
        if (this.#session === session) {
          this.#leave();
          call.hangUp();
          const isRefused = cause instanceof Kadec21Error && cause.code === 'PPP_AUTH_REJECTED';
          this.#notActivated(isRefused ? 'user authentication failed' : 'network failure');
        }
      },
    );
  }

  #notActivated(cause: ActivationCause): void {
    this.#leave();
    this.#options.feed({ what: 'not-activated', cause });
  }

  #deactivate(session: Session | undefined): void {
    this.#leave();
    session?.giveUpDial?.();
    session?.host?.close();
    const deactivated = () => {
      session?.call?.hangUp();
      this.#options.feed({ what: 'deactivated' });
    };
    if (session?.ppp === undefined) {
      deactivated();
    } else {
      session.ppp.close().then(deactivated);
    }
  }

  /** From now on what comes of the session is nobody's. */
  #leave(): Session | undefined {
    const session = this.#session;
    this.#session = undefined;
    return session;
  }

  #obeyOver(
    session: Session,
    host: IpHost,
    order: Exclude<StackOrder, { readonly order: 'activate' | 'deactivate' }>,
  ): void {
    switch (order.order) {
      case 'connect':
        void this.#connect(session, host, order);
        return;
      case 'resolve':
        void this.#lookUp(session, host, order);
        return;
      case 'ping':
        void this.#ping(session, host, order);
        return;
      default:
        this.#obeyOn(session, order);
    }
  }

  #obeyOn(
    session: Session,
    order: Order<'send'> | Order<'hold'> | Order<'release'> | Order<'close'> | Order<'abort'>,
  ): void {
    const { connection } = order;
    const socket = session.connections.get(connection)?.socket;
    switch (order.order) {
      case 'send':
        socket?.write(order.bytes, () =>
          this.#feed(session, { what: 'sent', connection, octets: order.bytes.length }),
        );
        break;
      case 'hold':
        socket?.pause();
        break;
      case 'release':
        socket?.resume();
        break;
      case 'abort':
        session.connections.delete(connection);
        socket?.destroy();
        break;
      case 'close':
        this.#close(session, order, socket);
    }
    // The stream goes on in its own turns of the event loop.
    handOver();
  }

  #close(session: Session, { connection, isAwaited }: Order<'close'>, socket: TcpSocket | undefined): void {
    const closed = () => {
      if (isAwaited) {
        this.#feed(session, { what: 'closed', connection });
      }
    };
    if (!isAwaited) {
      session.connections.delete(connection);
    }
    if (socket === undefined || socket.closed) {
      closed();
      return;
    }
    const timer = setTimeout(() => socket.destroy(), LINGER);
    socket.once('close', () => {
      clearTimeout(timer);
      closed();
    });
    socket.end();
    socket.resume();
  }

  async #connect(session: Session, host: IpHost, order: Order<'connect'>): Promise<void> {
    const { connection, port } = order;
    const entry: { socket: TcpSocket | undefined } = { socket: undefined };
    session.connections.set(connection, entry);
    const isWanted = () => session.connections.get(connection) === entry && this.#session === session;
    let socket: TcpSocket;
    try {
      const address = await this.#addressOf(session, host, order);
      socket = await host.connect({ address, port }, { timeoutMs: CONNECT_LIMIT });
    } catch (failure) {
      if (isWanted()) {
        this.#feed(session, { what: 'not-connected', connection, result: resultOf(failure) });
      }
      return;
    }
    // What becomes of it is told by `close`.
    socket.on('error', () => {});
    if (!isWanted()) {
      socket.destroy();
      return;
    }
    entry.socket = socket;
    const tell = (happening: StackHappening) => {
      if (isWanted()) {
        this.#feed(session, happening);
      }
    };
    this.#feed(session, { what: 'connected', connection, localPort: socket.localPort });
    socket.on('data', (bytes: Uint8Array) => tell({ what: 'received', connection, bytes }));
    socket.on('end', () => tell({ what: 'ended', connection }));
    socket.on('close', () => tell({ what: 'ended', connection }));
    handOver();
  }

  async #lookUp(session: Session, host: IpHost, order: Order<'resolve'>): Promise<void> {
    try {
      const address = await this.#addressOf(session, host, order);
      this.#feed(session, { what: 'resolved', addresses: [formatIpv4(address)] });
    } catch (failure) {
      this.#feed(session, { what: 'not-resolved', result: resultOf(failure) });
    }
  }

  async #ping(session: Session, host: IpHost, order: Order<'ping'>): Promise<void> {
    try {
      const address = await this.#addressOf(session, host, order);
      for (let echo = 0; echo < order.count && this.#session === session; echo += 1) {
        const roundTrip = await host.ping(address, { timeoutMs: ms(order.timeoutMs) }).catch(() => undefined);
        this.#feed(
          session,
          roundTrip === undefined
            ? { what: 'no-echo', result: 569 }
            : { what: 'echo', address: formatIpv4(address), roundTripMs: Math.round(roundTrip) },
        );
      }
    } catch (failure) {
      this.#feed(session, { what: 'no-echo', result: resultOf(failure) });
    }
    this.#feed(session, { what: 'pinged' });
  }

  async #addressOf(
    session: Session,
    host: IpHost,
    order: { readonly host: string; readonly nameServers: readonly string[] },
  ): Promise<Ipv4Address> {
    const literal = parseIpv4(order.host);
    if (literal !== undefined) {
      return literal;
    }
    const resolver = new DnsResolver({
      servers: order.nameServers.flatMap((server) => parseIpv4(server) ?? []),
      random: session.random,
      trace: this.#options.trace,
      openPort: () => (this.#session === session ? host.openUdp() : undefined),
    });
    return resolver.resolve(order.host);
  }

  #feed(session: Session, happening: StackHappening): void {
    if (this.#session === session) {
      this.#options.feed(happening);
    }
  }

  #tell(direction: '>' | '<', text: string): void {
    this.#options.trace({ layer: 'radio', direction, text });
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
