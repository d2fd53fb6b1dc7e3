/**
 * PPP on a line that carries bytes: the shell around `LinkMachine` with the HDLC framing, the one timer and
 * the events. Gives an IP link.
 */
import { EventEmitter } from 'node:events';
import { DeadlineTimer } from '../../base/deadline-timer.ts';
import type { Random } from '../../base/random.ts';
import { noTrace, type Trace } from '../../base/trace.ts';
import { type Bytes, bytes, type Ms, seconds } from '../../base/units.ts';
import { now } from '../../base/virtual-time.ts';
import type { ByteChannel } from '../../serial/serial-line.ts';
import { type HdlcCounters, HdlcDecoder } from '../../wire/hdlc.ts';
import { HdlcEncoder } from '../../wire/hdlc-encoder.ts';
import { DEFAULT_MRU } from '../../wire/hdlc-framing.ts';
import type { Ipv4Address } from '../../wire/ipv4.ts';
import { PppProtocol } from '../../wire/ppp/protocol-number.ts';
import type { IpLink } from '../ip-link.ts';
import type { SecretOf } from './authentication.ts';
import { type IpAssignment, IpcpClientPolicy, IpcpServerPolicy } from './ipcp-policy.ts';
import { type LinkAction, type LinkEvent, LinkMachine, type LinkMachineOptions } from './link-machine.ts';

export type { IpAssignment } from './ipcp-policy.ts';

interface PppCommonOptions {
  readonly random: Random;
  readonly trace?: Trace | undefined;
  /** Bit/s of the slowest known part, for the TCP above. */
  readonly bitRate?: number | undefined;
  /** The longest packet that this end takes; 1500 unless told otherwise. */
  readonly mru?: Bytes | undefined;
  /** Control characters (bit n for octet n) that the line eats or puts in: XON/XOFF is 0x000a0000. */
  readonly accm?: number | undefined;
  /** How long the peer may be silent before it is asked for an echo; 0 never asks. */
  readonly echoIntervalMs?: Ms | undefined;
}

export interface PppClientOptions extends PppCommonOptions {
  readonly role: 'client';
  readonly user: string;
  readonly password: string;
}

export interface PppServerOptions extends PppCommonOptions {
  readonly role: 'server';
  /** `any`: CHAP, and PAP for a peer that has no CHAP. */
  readonly authentication: 'pap' | 'chap-md5' | 'any' | 'none';
  readonly secretOf: SecretOf;
  /** What the server calls itself in a CHAP challenge. */
  readonly name?: string | undefined;
  readonly address: Ipv4Address;
  readonly peerAddress: Ipv4Address;
  /** At most two are told to the client. */
  readonly nameServers: readonly Ipv4Address[];
}

export type PppOptions = PppClientOptions | PppServerOptions;

/** Ethernet's; a longer packet would only hold up a slow line. */
const LARGEST_MTU = 1500;
const CLIENT_ECHO_INTERVAL: Ms = seconds(60);
const SERVER_ECHO_INTERVAL: Ms = seconds(30);

interface PppLinkEvents {
  up: [assignment: IpAssignment];
  packet: [packet: Uint8Array];
  drain: [];
  /** The last event, once for every link that was opened. */
  down: [cause: Error];
}

export class PppLink extends EventEmitter<PppLinkEvents> implements IpLink {
  readonly bitRate: number | undefined;
  readonly #channel: ByteChannel;
  readonly #isServer: boolean;
  readonly #trace: Trace;
  readonly #machine: LinkMachine;
  readonly #decoder: HdlcDecoder;
  readonly #encoder = new HdlcEncoder();
  readonly #opening = deferred<IpAssignment>();
  readonly #ended = deferred<void>();
  readonly #timer = new DeadlineTimer(() => this.#step({ type: 'timeout' }));
  #isReceiving = false;
  /** Chunks that came while one was being read, because what it said led to more. */
  readonly #waiting: Uint8Array[] = [];

  /** @param channel carries octets unchanged both ways; the link takes its events from now until `down` */
  constructor(channel: ByteChannel, options: PppOptions) {
    super();
    this.bitRate = options.bitRate;
    this.#channel = channel;
    this.#isServer = options.role === 'server';
    this.#trace = options.trace ?? noTrace;
    this.#machine = new LinkMachine(machineOptions(options));
    this.#decoder = new HdlcDecoder(options.mru);
    // `open` hands these out; until then nobody listens to a failure.
    this.#opening.promise.catch(() => {});
    channel.on('data', this.#onData);
    channel.on('drain', this.#onDrain);
    channel.on('close', this.#onClose);
  }

  /** Octets: the largest IP packet that the peer takes. */
  get mtu(): Bytes {
    return bytes(Math.min(this.#machine.peerMru, LARGEST_MTU));
  }

  /** Octets: the largest IP packet that this end takes. */
  get mru(): Bytes {
    return bytes(this.#machine.ownMru);
  }

  /** On a server: who authenticated. */
  get user(): string | undefined {
    return this.#machine.user;
  }

  /** What the framing has seen. */
  get counters(): Readonly<HdlcCounters> {
    return this.#decoder.counters;
  }

  /** Brings the link up. Resolves when IP passes; rejects with a `PppError`. */
  open(): Promise<IpAssignment> {
    this.#step({ type: 'open' });
    return this.#opening.promise;
  }

  /** Ends the link with a Terminate-Request; resolves when the peer acknowledged it, or stayed silent. */
  close(): Promise<void> {
    this.#step({ type: 'close' });
    return this.#ended.promise;
  }

  /** Takes an IP packet in any case; what comes while no IP passes, or is too long, is lost like on any link. */
  send(packet: Uint8Array): boolean {
    if (!this.#machine.passesIp || packet.length > this.mtu) {
      return true;
    }
    return this.#channel.write(this.#encoder.encode(PppProtocol.ipv4, packet, this.#machine.framing));
  }

  readonly #onData = (octets: Uint8Array): void => {
    if (this.#isReceiving) {
      this.#waiting.push(octets);
      return;
    }
    this.#isReceiving = true;
    try {
      for (let chunk: Uint8Array | undefined = octets; chunk !== undefined; chunk = this.#waiting.shift()) {
        this.#decoder.push(chunk, this.#onFrame);
      }
    } finally {
      this.#isReceiving = false;
    }
  };

  readonly #onFrame = (protocol: number, payload: Uint8Array): void => {
    // Most frames by far; they change nothing in the machine.
    if (protocol === PppProtocol.ipv4 && this.#machine.passesIp) {
      this.#machine.hears();
      this.emit('packet', payload);
    } else {
      this.#step({ type: 'frame', protocol, payload });
    }
  };

  readonly #onDrain = (): void => {
    this.emit('drain');
  };

  readonly #onClose = (cause?: Error): void => {
    this.#step({ type: 'lost', cause });
  };

  #step(event: LinkEvent): void {
    const time = now();
    const actions = this.#machine.step(event, time);
    this.#setTimer(time);
    for (const action of actions) {
      this.#perform(action);
    }
  }

  #perform(action: LinkAction): void {
    switch (action.type) {
      case 'transmit':
        // Control packets are few and must go; only data waits for the line.
        this.#channel.write(this.#encoder.encode(action.protocol, action.packet, action.framing));
        break;
      case 'deliver':
        this.emit('packet', action.packet);
        break;
      case 'receiveAccm':
        this.#decoder.accm = action.accm;
        break;
      case 'trace':
        if (this.#trace !== noTrace) {
          this.#trace({ layer: 'ppp', direction: this.#directionOf(action.direction), text: action.text() });
        }
        break;
      case 'up':
        this.#opening.resolve(action.assignment);
        this.emit('up', action.assignment);
        break;
      case 'down':
        this.#release();
        this.#opening.reject(action.cause);
        this.#ended.resolve();
        this.emit('down', action.cause);
        break;
    }
  }

  /** `>` leaves the device: what a client sends, and what a server receives. */
  #directionOf(direction: 'sent' | 'received' | 'neither'): '>' | '<' | '-' {
    if (direction === 'neither') {
      return '-';
    }
    return (direction === 'sent') === this.#isServer ? '<' : '>';
  }

  #release(): void {
    this.#channel.off('data', this.#onData);
    this.#channel.off('drain', this.#onDrain);
    this.#channel.off('close', this.#onClose);
    this.#waiting.length = 0;
  }

  #setTimer(time: Ms): void {
    const { deadline } = this.#machine;
    if (deadline === undefined) {
      this.#timer.stop();
    } else {
      this.#timer.notLaterThan(deadline, time);
    }
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(cause: Error): void;
}

function deferred<T>(): Deferred<T> {
  let settle: Omit<Deferred<T>, 'promise'> = { resolve: () => {}, reject: () => {} };
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle };
}

function machineOptions(options: PppOptions): LinkMachineOptions {
  const { mru = DEFAULT_MRU, accm = 0, random } = options;
  if (options.role === 'client') {
    return {
      mru,
      accm,
      random,
      demanded: [],
      offered: ['chap-md5', 'pap'],
      credentials: { user: options.user, password: options.password },
      secretOf: () => undefined,
      name: options.user,
      ipcp: new IpcpClientPolicy(),
      echoInterval: options.echoIntervalMs ?? CLIENT_ECHO_INTERVAL,
    };
  }
  const { address, peerAddress, nameServers, secretOf, name = 'ppp' } = options;
  return {
    mru,
    accm,
    random,
    demanded: demands[options.authentication],
    offered: [],
    credentials: { user: name, password: '' },
    secretOf,
    name,
    ipcp: new IpcpServerPolicy({ address, peerAddress, nameServers }),
    echoInterval: options.echoIntervalMs ?? SERVER_ECHO_INTERVAL,
  };
}

const demands = {
  pap: ['pap'],
  'chap-md5': ['chap-md5'],
  any: ['chap-md5', 'pap'],
  none: [],
} as const;
