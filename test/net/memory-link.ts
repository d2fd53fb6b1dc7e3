/** Two hosts' worth of IP link in memory: packets arrive in a later turn, in order, unless a fault says else. */
import { EventEmitter } from 'node:events';
import { bytes } from '../../src/base/units.ts';
import { handOver } from '../../src/base/virtual-time.ts';
import type { IpLink } from '../../src/net/ip-link.ts';

/** Packets that a link queues before it says no. */
const QUEUE_PACKETS = 4;

export interface MemoryLinkOptions {
  readonly mtu?: number;
  /** How long a packet is on its way; absent: until the next turn of the event loop. */
  readonly delayMs?: number;
  /** Looks at a packet on its way; `false` loses it. */
  readonly passes?: (packet: Uint8Array) => boolean;
}

export class MemoryLink
  extends EventEmitter<{ packet: [packet: Uint8Array]; drain: []; down: [cause: Error] }>
  implements IpLink
{
  readonly mtu;
  readonly sent: Uint8Array[] = [];
  peer: MemoryLink | undefined;
  readonly #options: MemoryLinkOptions;
  #queue: Uint8Array[] = [];
  #isPlanned = false;
  #isDown = false;

  constructor(options: MemoryLinkOptions = {}) {
    super();
    this.#options = options;
    this.mtu = bytes(options.mtu ?? 1500);
  }

  send(packet: Uint8Array): boolean {
    this.#queue.push(packet);
    if (!this.#isPlanned) {
      this.#isPlanned = true;
      handOver();
      if (this.#options.delayMs === undefined) {
        setImmediate(this.#carry);
      } else {
        setTimeout(this.#carry, this.#options.delayMs);
      }
    }
    return this.#queue.length < QUEUE_PACKETS;
  }

  /** Cuts the link at both ends. */
  cut(): void {
    for (const end of [this, this.peer]) {
      if (end !== undefined && !end.#isDown) {
        end.#isDown = true;
        end.emit('down', new Error('cut'));
      }
    }
  }

  readonly #carry = () => {
    this.#isPlanned = false;
    const packets = this.#queue;
    this.#queue = [];
    handOver();
    for (const packet of packets) {
      if (!this.#isDown && (this.#options.passes?.(packet) ?? true)) {
        this.peer?.emit('packet', packet);
      }
    }
    if (packets.length >= QUEUE_PACKETS) {
      this.emit('drain');
    }
  };
}

/** A link with two ends. */
export function memoryLink(options: MemoryLinkOptions = {}, back = options): [MemoryLink, MemoryLink] {
  const one = new MemoryLink(options);
  const other = new MemoryLink(back);
  one.peer = other;
  other.peer = one;
  return [one, other];
}
