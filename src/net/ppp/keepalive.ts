/** LCP echoes: RFC 1661 section 5.8. Asks whether the peer is still there, but only when nothing came from it. */
import { type Ms, ms } from '../../base/units.ts';
import { ControlCode, encodeControlPacket } from '../../wire/ppp/control-packet.ts';
import { concatenate, readUint32, uint32Octets } from '../../wire/ppp/octets.ts';

/** Intervals without a sign of life after which the link is dead; pppd's `lcp-echo-failure` of most set-ups. */
const MAX_MISSED = 3;
export const ECHO_MAGIC_SIZE = 4;

export type KeepaliveAction =
  | { readonly type: 'transmit'; readonly packet: Uint8Array }
  /** `loopedBack`: what came was this end's own echo. */
  | { readonly type: 'dead'; readonly loopedBack: boolean };

export class Keepalive {
  /** 0: never asks. */
  readonly #interval: Ms;
  #deadline: Ms | undefined;
  #missed = 0;
  #isLoopedBack = false;
  #hasHeard = false;

  constructor(interval: Ms) {
    this.#interval = interval;
  }

  get deadline(): Ms | undefined {
    return this.#deadline;
  }

  start(now: Ms): void {
    this.#missed = 0;
    this.#isLoopedBack = false;
    this.#deadline = this.#interval > 0 ? ms(now + this.#interval) : undefined;
  }

  stop(): void {
    this.#deadline = undefined;
  }

  /** Something came from the peer: on a busy slow line echoes wait behind data, and data say as much. */
  hears(): void {
    this.#hasHeard = true;
  }

  /** An echo reply with this end's own magic number came: the line is looped back. */
  hearsItself(): void {
    this.#isLoopedBack = true;
    this.#hasHeard = false;
  }

  timeout(now: Ms, magic: number, identifier: () => number): KeepaliveAction[] {
    if (this.#deadline === undefined || now < this.#deadline) {
      return [];
    }
    this.#missed = this.#hasHeard ? 0 : this.#missed + 1;
    this.#hasHeard = false;
    if (this.#missed > MAX_MISSED) {
      this.#deadline = undefined;
      return [{ type: 'dead', loopedBack: this.#isLoopedBack }];
    }
    this.#deadline = ms(now + this.#interval);
    return this.#missed === 0 ? [] : [{ type: 'transmit', packet: echoRequest(identifier(), magic) }];
  }
}

function echoRequest(identifier: number, magic: number): Uint8Array {
  return encodeControlPacket({ code: ControlCode.echoRequest, identifier, data: uint32Octets(magic) });
}

/** The magic number of an echo; 0 where there is none. */
export const echoMagic = (data: Uint8Array): number => (data.length < ECHO_MAGIC_SIZE ? 0 : readUint32(data));

/**
 * @param data of the request, of at least four octets
 * @param peerMru the longest packet to answer with; a longer echo comes back cut
 */
export function echoReply(identifier: number, data: Uint8Array, magic: number, peerMru: number): Uint8Array {
  const copied = data.subarray(ECHO_MAGIC_SIZE, Math.max(ECHO_MAGIC_SIZE, peerMru - ECHO_MAGIC_SIZE));
  return encodeControlPacket({
    code: ControlCode.echoReply,
    identifier,
    data: concatenate(uint32Octets(magic), copied),
  });
}
