/** IP packets of one direction that get lost or come late; they keep their order, as over a radio link. */
import { kibibytes, type Ms, ms } from '../../base/units.ts';
import { now } from '../../base/virtual-time.ts';

/** More than a window of TCP for each of several connections; what comes on top is lost. */
const MAX_HELD = kibibytes(256);

export class LatePackets {
  readonly #pass: (packet: Uint8Array) => void;
  readonly #fate: () => number | 'lost';
  #held: { readonly packet: Uint8Array; readonly at: Ms }[] = [];
  #heldBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param fate how much later the next packet comes, ms, or that it never does */
  constructor(pass: (packet: Uint8Array) => void, fate: () => number | 'lost') {
    this.#pass = pass;
    this.#fate = fate;
  }

  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  /** Takes the packet and its memory. */
  push(packet: Uint8Array): void {
    const fate = this.#fate();
    if (fate === 'lost' || this.#heldBytes + packet.length > MAX_HELD) {
      return;
    }
    const at = Math.max(now() + Math.ceil(fate), this.#held.at(-1)?.at ?? 0);
    if (at <= now()) {
      this.#pass(packet);
      return;
    }
    this.#held.push({ packet, at: ms(at) });
    this.#heldBytes += packet.length;
    this.#wait();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#held = [];
    this.#heldBytes = 0;
  }

  #wait(): void {
    const [next] = this.#held;
    if (next !== undefined && this.#timer === undefined) {
      this.#timer = setTimeout(() => this.#release(), Math.max(0, next.at - now()));
    }
  }

  #release(): void {
    this.#timer = undefined;
    for (let [next] = this.#held; next !== undefined && next.at <= now(); [next] = this.#held) {
      this.#held.shift();
      this.#heldBytes -= next.packet.length;
      this.#pass(next.packet);
    }
    this.#wait();
  }
}
