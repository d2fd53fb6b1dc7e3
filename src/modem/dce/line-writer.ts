/**
 * What goes to the DTE, in order: octets, circuits and rate changes. While the line is full or the DTE holds
 * RTS off or has sent XOFF, everything waits, so that circuit 109 does not fall before the last octets of a call are out.
 */
import { bytes as count } from '../../base/units.ts';
import type { DceLine, DceSignals } from '../../serial/serial-line.ts';

type Item =
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'signals'; readonly signals: Partial<DceSignals> }
  | { readonly type: 'speed'; readonly baudRate: number }
  | { readonly type: 'pause'; readonly durationMs: number };

/** Octets of a call that wait for a DTE that does not take them; what comes on top is lost, as on the air. */
const MAX_WAITING = count(128 * 1024);
/** Answers and circuits are few: more of them than this wait only when the DTE never reads. */
const MAX_ITEMS = 4096;

/** Where the DTE may say XOFF, no more than two of these are on the line or in the buffers of its driver. */
const METERED_PIECE = count(64);
/** A frame of 8N1 has ten bits; one more, so that a port whose clock is slow does not fall behind. */
const METERED_BITS_PER_OCTET = 11;

export class LineWriter {
  readonly #line: DceLine;
  #waiting: Item[] = [];
  #waitingBytes = 0;
  #isFull = false;
  #pauseTimer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #isMetered = false;
  /** When the metered octets that were passed on have left, ms. */
  #metered = { leaveAt: 0, timer: undefined as NodeJS.Timeout | undefined };

  constructor(line: DceLine) {
    this.#line = line;
    line.on('drain', () => {
      this.#isFull = false;
      this.resume();
    });
  }

  /** @param isData octets of a call: lost when too many wait */
  write(bytes: Uint8Array, isData: boolean): void {
    if (isData && this.#waitingBytes + bytes.length > MAX_WAITING) {
      return;
    }
    this.#put({ type: 'bytes', bytes });
  }

  drive(signals: Partial<DceSignals>): void {
    this.#put({ type: 'signals', signals });
  }

  setBaudRate(baudRate: number): void {
    this.#put({ type: 'speed', baudRate });
  }

  /** What comes next goes out so much later, and all that follows behind it. */
  pause(durationMs: number): void {
    this.#put({ type: 'pause', durationMs });
  }

  /**
   * @param isStopped nothing goes out
   * @param isMetered octets go out at the pace of the bit rate, so that few are on their way when the DTE stops them
   */
  regulate(isStopped: boolean, isMetered: boolean): void {
    if (isStopped !== this.#isStopped || isMetered !== this.#isMetered) {
      this.#isStopped = isStopped;
      this.#isMetered = isMetered;
      this.resume();
    }
  }

  /** One octet that does not wait for anything: XON or XOFF. */
  sendAtOnce(octet: number): void {
    this.#line.write(Uint8Array.of(octet));
  }

  /** Goes on if the DTE takes octets again. */
  resume(): void {
    while (this.#waiting.length > 0 && !this.#isBlocked) {
      const item = this.#waiting.shift();
      if (item?.type === 'bytes') {
        this.#waitingBytes -= item.bytes.length;
        this.#pass(this.#isMetered ? this.#meter(item) : item);
      } else if (item !== undefined) {
        this.#pass(item);
      }
    }
  }

  /** @returns what may go now; what is left of it waits on */
  #meter({ type, bytes }: Item & { readonly type: 'bytes' }): Item {
    const piece = bytes.subarray(0, METERED_PIECE);
    if (piece.length < bytes.length) {
      this.#waiting.unshift({ type, bytes: bytes.subarray(METERED_PIECE) });
      this.#waitingBytes += bytes.length - piece.length;
    }
    this.#metered.leaveAt = Math.max(this.#metered.leaveAt, Date.now()) + this.#durationOf(piece.length);
    return { type, bytes: piece };
  }

  #durationOf(octets: number): number {
    return (octets * METERED_BITS_PER_OCTET * 1000) / this.#line.baudRate;
  }

  /** @returns whether as much is on its way as may be: then it goes on by itself when less is */
  #waitsForMeter(): boolean {
    if (!this.#isMetered) {
      return false;
    }
    const aheadMs = this.#metered.leaveAt - Date.now() - this.#durationOf(METERED_PIECE);
    if (aheadMs <= 0) {
      return false;
    }
    this.#metered.timer ??= setTimeout(() => {
      this.#metered.timer = undefined;
      this.resume();
    }, Math.ceil(aheadMs));
    return true;
  }

  /** Forgets what waits: the module has lost its power. */
  clear(): void {
    clearTimeout(this.#pauseTimer);
    clearTimeout(this.#metered.timer);
    this.#pauseTimer = undefined;
    this.#metered = { leaveAt: 0, timer: undefined };
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#isStopped = false;
    this.#isMetered = false;
  }

  get #isBlocked(): boolean {
    const { signals } = this.#line;
    return (
      this.#isFull ||
      this.#isStopped ||
      this.#pauseTimer !== undefined ||
      (signals !== 'unknown' && !signals.rts) ||
      this.#waitsForMeter()
    );
  }

  #put(item: Item): void {
    if (this.#waiting.length === 0 && !this.#isBlocked && !(this.#isMetered && item.type === 'bytes')) {
      this.#pass(item);
    } else if (item.type === 'signals' && item.signals.cts !== undefined) {
      // Circuit 106 is about the other direction: it must not wait for this one.
      this.#pass(item);
    } else if (this.#waiting.length < MAX_ITEMS) {
      this.#waiting.push(item);
      this.#waitingBytes += item.type === 'bytes' ? item.bytes.length : 0;
      this.resume();
    }
  }

  #pass(item: Item): void {
    switch (item.type) {
      case 'bytes':
        this.#isFull = !this.#line.write(item.bytes);
        break;
      case 'signals':
        this.#line.drive(item.signals);
        break;
      case 'speed':
        this.#line.setBaudRate(item.baudRate);
        break;
      case 'pause':
        this.#pauseTimer = setTimeout(() => {
          this.#pauseTimer = undefined;
          this.resume();
        }, item.durationMs);
        break;
    }
  }
}
