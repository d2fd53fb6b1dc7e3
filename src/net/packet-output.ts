/**
 * The way out of a host: packets leave only while the link takes them, so that what waits, waits in the
 * connections. The link's queue stays short, and with it the round-trip time that TCP measures.
 */
import type { IcmpUnreachableCode } from '../wire/icmp.ts';
import type { Ipv4Packet } from '../wire/ipv4.ts';
import type { IpLink } from './ip-link.ts';

/** Answers and datagrams that wait for the link: enough for a burst of questions, small beside a window. */
const MAX_WAITING_PACKETS = 32;

/** Answers a packet with destination unreachable. @param octets the whole packet, to be quoted */
export type RefusePacket = (code: IcmpUnreachableCode, packet: Ipv4Packet, octets: Uint8Array) => void;

export class PacketOutput {
  readonly #link: IpLink;
  readonly #nextPacket: () => Uint8Array | undefined;
  readonly #waiting: Uint8Array[] = [];
  #isWritable = true;
  #isFlushing = false;
  #isFlushPlanned = false;
  #drains = 0;

  /** @param nextPacket gives a packet that has not waited here, when the link takes one; drawn after those that wait */
  constructor(link: IpLink, nextPacket: () => Uint8Array | undefined) {
    this.#link = link;
    this.#nextPacket = nextPacket;
    link.on('drain', () => {
      this.#drains += 1;
      this.#isWritable = true;
      this.flush();
    });
  }

  /** Sends a packet soon. @returns `false` when too many wait: it is dropped, as a router would */
  send(packet: Uint8Array): boolean {
    if (this.#waiting.length >= MAX_WAITING_PACKETS) {
      return false;
    }
    this.#waiting.push(packet);
    this.flushSoon();
    return true;
  }

  /** Sends when the code that runs now is through: writes that come together leave together. */
  flushSoon(): void {
    if (!this.#isFlushPlanned) {
      this.#isFlushPlanned = true;
      queueMicrotask(this.#plannedFlush);
    }
  }

  readonly #plannedFlush = () => {
    this.#isFlushPlanned = false;
    this.flush();
  };

  /** Sends what there is, as far as the link takes it. */
  flush(): void {
    // A link in memory may deliver, and bring an answer, before `send` returns.
    if (this.#isFlushing) {
      return;
    }
    this.#isFlushing = true;
    try {
      while (this.#isWritable) {
        const packet = this.#waiting.shift() ?? this.#nextPacket();
        if (packet === undefined) {
          break;
        }
        const drains = this.#drains;
        this.#isWritable = this.#link.send(packet) || drains !== this.#drains;
      }
    } finally {
      this.#isFlushing = false;
    }
  }

  /** The link is gone. */
  close(): void {
    this.#isWritable = false;
    this.#waiting.length = 0;
  }
}
