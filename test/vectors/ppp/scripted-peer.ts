/** The peer of the vectors: magic deadbeef, 10.77.0.2. Goes along until the wanted state, then only watches. */
import { decodeOptions, encodeOptions } from '../../../src/wire/ppp/configure-option.ts';
import {
  ControlCode,
  decodeControlPacket,
  encodeControlPacket,
} from '../../../src/wire/ppp/control-packet.ts';
import { addressOption, IpcpOptionType } from '../../../src/wire/ppp/ipcp-option.ts';
import { lcpOptionList, readLcpOptions } from '../../../src/wire/ppp/lcp-option.ts';
import { encodePapReply, encodePapRequest, PapCode } from '../../../src/wire/ppp/pap.ts';
import { PppProtocol } from '../../../src/wire/ppp/protocol-number.ts';
import { NAME_SERVERS, PEER_ADDRESS, PEER_MAGIC, SUT_ADDRESS } from './addresses.ts';
import type { BenchOptions } from './bench.ts';
import type { LinkState } from './document.ts';

/** Far from what vectors use. */
const IDENTIFIER = 0xe0;

/** The states in which the peer has acknowledged the LCP request of the software under test. */
const acknowledging: readonly LinkState[] = [
  'lcp-ack-rcvd',
  'lcp-opened',
  'auth-pap',
  'auth-chap',
  'network-ipcp-starting',
  'network',
];
/** The states in which the peer's own LCP request has been acknowledged. */
const requesting: readonly LinkState[] = [
  'lcp-ack-sent',
  'lcp-opened',
  'auth-pap',
  'auth-chap',
  'network-ipcp-starting',
  'network',
];

export class ScriptedPeer {
  /** Nothing is answered any more. */
  isWatching = false;
  sutMagic: number | undefined;
  readonly #options: BenchOptions;
  readonly #send: (protocol: number, packet: Uint8Array) => void;
  #hasAcknowledged = false;
  #isAcknowledged = false;
  #isAuthenticated = false;

  constructor(options: BenchOptions, send: (protocol: number, packet: Uint8Array) => void) {
    this.#options = options;
    this.#send = send;
  }

  /** Whether LCP and authentication have come to where the state says. */
  get isThere(): boolean {
    const { state } = this.#options;
    return (
      this.sutMagic !== undefined &&
      this.#hasAcknowledged === acknowledging.includes(state) &&
      this.#isAcknowledged === requesting.includes(state) &&
      this.#isAuthenticated === state.startsWith('network')
    );
  }

  begin(): void {
    const { state, role, peerMru = 1500 } = this.#options;
    if (!requesting.includes(state)) {
      return;
    }
    const isAuthenticator = role === 'client' && !state.startsWith('lcp-');
    const authentication = state === 'auth-chap' ? 'chap-md5' : 'pap';
    this.#transmit(PppProtocol.lcp, ControlCode.configureRequest, IDENTIFIER, [
      ...lcpOptionList({
        ...(peerMru === 1500 ? {} : { mru: peerMru }),
        accm: 0,
        ...(isAuthenticator ? { authentication } : {}),
        magic: PEER_MAGIC,
      }),
    ]);
  }

  react(protocol: number, payload: Uint8Array): void {
    const packet = decodeControlPacket(payload);
    if (packet === undefined || this.isWatching) {
      return;
    }
    if (protocol === PppProtocol.lcp) {
      this.#reactToLcp(packet.code, packet.identifier, packet.data);
    } else if (protocol === PppProtocol.pap) {
      this.#reactToPap(packet.code, packet.identifier);
    } else if (protocol === PppProtocol.ipcp && this.#options.state === 'network') {
      this.#reactToIpcp(packet.code, packet.identifier, packet.data);
    }
  }

  #reactToLcp(code: number, identifier: number, data: Uint8Array): void {
    if (code === ControlCode.configureRequest) {
      this.sutMagic = readLcpOptions(decodeOptions(data).options).magic;
      if (acknowledging.includes(this.#options.state)) {
        this.#hasAcknowledged = true;
        this.#transmit(PppProtocol.lcp, ControlCode.configureAck, identifier, decodeOptions(data).options);
        this.#authenticate();
      }
    } else if (code === ControlCode.configureAck) {
      this.#isAcknowledged = true;
      this.#authenticate();
    }
  }

  /** To a server that wants PAP; a client comes by itself. */
  #authenticate(): void {
    const { role, state } = this.#options;
    const isOpened = this.#hasAcknowledged && this.#isAcknowledged;
    if (isOpened && role === 'server' && state.startsWith('network')) {
      const credentials = { user: Buffer.from('user'), password: Buffer.from('password') };
      this.#send(PppProtocol.pap, encodePapRequest(IDENTIFIER, credentials));
    }
  }

  #reactToPap(code: number, identifier: number): void {
    if (!this.#options.state.startsWith('network')) {
      return;
    }
    this.#isAuthenticated = true;
    if (code === PapCode.authenticateRequest) {
      this.#send(PppProtocol.pap, encodePapReply(PapCode.authenticateAck, identifier, ''));
    }
    if (this.#options.state === 'network') {
      const address = addressOption(IpcpOptionType.address, PEER_ADDRESS);
      this.#transmit(PppProtocol.ipcp, ControlCode.configureRequest, IDENTIFIER, [address]);
    }
  }

  #reactToIpcp(code: number, identifier: number, data: Uint8Array): void {
    if (code !== ControlCode.configureRequest) {
      return;
    }
    const { options } = decodeOptions(data);
    const right = [
      addressOption(IpcpOptionType.address, SUT_ADDRESS),
      ...NAME_SERVERS.map((server, index) =>
        addressOption(
          index === 0 ? IpcpOptionType.primaryNameServer : IpcpOptionType.secondaryNameServer,
          server,
        ),
      ),
    ].filter(({ type }) => options.some((option) => option.type === type));
    const isRight = Buffer.compare(encodeOptions(right), encodeOptions(options)) === 0;
    this.#transmit(
      PppProtocol.ipcp,
      isRight ? ControlCode.configureAck : ControlCode.configureNak,
      identifier,
      right,
    );
  }

  #transmit(
    protocol: number,
    code: number,
    identifier: number,
    options: readonly { readonly type: number; readonly data: Uint8Array }[],
  ): void {
    this.#send(protocol, encodeControlPacket({ code, identifier, data: encodeOptions(options) }));
  }
}
