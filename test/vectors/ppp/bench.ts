/**
 * The software under test on one end of a channel, and on the other end a peer that takes it to a state and then
 * only watches. Runs in virtual time.
 */
import { EventEmitter } from 'node:events';
import { seededRandom } from '../../../src/base/random.ts';
import { bytes } from '../../../src/base/units.ts';
import { IpHost, type IpHostOptions } from '../../../src/net/ip-host.ts';
import { PppLink, type PppOptions } from '../../../src/net/ppp/ppp-link.ts';
import type { ByteChannel } from '../../../src/serial/serial-line.ts';
import { HdlcDecoder } from '../../../src/wire/hdlc.ts';
import { HdlcEncoder } from '../../../src/wire/hdlc-encoder.ts';
import { NAME_SERVERS, PEER_ADDRESS, SUT_ADDRESS } from './addresses.ts';
import type { LinkState, Role } from './document.ts';
import { ScriptedPeer } from './scripted-peer.ts';

/** Longer than any handshake here takes, shorter than any timer of PPP or TCP. */
const SETTLING_MS = 300;
/** A delayed acknowledgement comes within half a second; a retransmission not before one. */
export const ANSWER_MS = 600;

export interface Frame {
  readonly protocol: number;
  readonly payload: Uint8Array;
}

export interface BenchOptions {
  readonly state: LinkState;
  readonly role: Role;
  readonly onSyn?: IpHostOptions['onSyn'];
  readonly onDatagram?: IpHostOptions['onDatagram'];
  /** What the peer takes; it asks for an MRU only where this is not 1500. */
  readonly peerMru?: number;
  readonly ownMru?: number;
}

interface ChannelEvents {
  data: [octets: Uint8Array];
  drain: [];
  close: [cause?: Error];
}

class Channel extends EventEmitter<ChannelEvents> implements ByteChannel {
  onWrite: (octets: Uint8Array) => void = () => {};

  write(octets: Uint8Array): boolean {
    this.onWrite(octets);
    return true;
  }
}

export class Bench {
  /** What the software under test has sent since `forget`. */
  readonly frames: Frame[] = [];
  readonly link: PppLink;
  readonly peer: ScriptedPeer;
  host: IpHost | undefined;
  downCause: Error | undefined;
  /** Is told of each frame as it comes. */
  onFrame: (protocol: number, payload: Uint8Array) => void = () => {};
  readonly #channel = new Channel();
  readonly #options: BenchOptions;
  readonly #encoder = new HdlcEncoder();

  constructor(options: BenchOptions) {
    this.#options = options;
    this.peer = new ScriptedPeer(options, (protocol, packet) => this.sendFrame(protocol, packet));
    const decoder = new HdlcDecoder();
    // Control characters that came bare were meant; what does not belong there shows.
    decoder.accm = 0;
    this.#channel.onWrite = (octets) =>
      decoder.push(octets, (protocol, payload) => {
        this.frames.push({ protocol, payload });
        this.onFrame(protocol, payload);
        setTimeout(() => this.peer.react(protocol, payload), 1);
      });
    this.link = new PppLink(this.#channel, linkOptions(options));
    this.link.on('up', () => this.#attachHost());
    this.link.on('down', (cause) => {
      this.downCause = cause;
    });
  }

  /** Takes the link to the state of the options; throws when it does not get there. */
  async begin(): Promise<void> {
    this.link.open().catch(() => {});
    this.peer.begin();
    await pause(SETTLING_MS);
    if (!this.peer.isThere || (this.#options.state === 'network' && this.host === undefined)) {
      throw new Error(`the link did not come to the state ${this.#options.state}`);
    }
    this.peer.isWatching = true;
    this.forget();
  }

  forget(): void {
    this.frames.length = 0;
  }

  /** Octets as the line brings them. */
  feed(octets: Uint8Array): void {
    this.#channel.emit('data', octets);
  }

  sendFrame(protocol: number, payload: Uint8Array): void {
    const framing = { accm: 0xffff_ffff, pfc: false, acfc: false };
    this.feed(this.#encoder.encode(protocol, payload, framing));
  }

  /** Ends everything, so that no timer stays. */
  end(): void {
    this.host?.close();
    this.#channel.emit('close');
  }

  #attachHost(): void {
    const { onSyn, onDatagram } = this.#options;
    this.host = new IpHost({
      link: this.link,
      address: SUT_ADDRESS,
      random: seededRandom(77),
      onSyn,
      onDatagram,
    });
  }
}

export const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

function linkOptions({ role, state, ownMru }: BenchOptions): PppOptions {
  const common = { random: seededRandom(10), mru: ownMru === undefined ? undefined : bytes(ownMru) };
  if (role === 'client') {
    return { ...common, role, user: 'user', password: 'password' };
  }
  const isWithoutAuthentication = state.startsWith('lcp-');
  return {
    ...common,
    role,
    authentication: isWithoutAuthentication ? 'none' : state === 'auth-chap' ? 'chap-md5' : 'pap',
    secretOf: (user) => (user === 'user' ? 'password' : undefined),
    name: 'sut',
    address: SUT_ADDRESS,
    peerAddress: PEER_ADDRESS,
    nameServers: NAME_SERVERS,
  };
}
