/**
 * What goes to the DTE, in order: octets, circuits and rate changes. While the line is full or the DTE holds
 * RTS off, everything waits, so that circuit 109 does not fall before the last octets of a call are out.
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

export class LineWriter {
  readonly #line: DceLine;
  #waiting: Item[] = [];
  #waitingBytes = 0;
  #isFull = false;
  #pauseTimer: NodeJS.Timeout | undefined;

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

  /** Goes on if the DTE takes octets again. */
  resume(): void {
    while (this.#waiting.length > 0 && !this.#isBlocked) {
      const item = this.#waiting.shift();
      if (item !== undefined) {
        this.#waitingBytes -= item.type === 'bytes' ? item.bytes.length : 0;
        this.#pass(item);
      }
    }
  }

  /** Forgets what waits: the module has lost its power. */
  clear(): void {
    clearTimeout(this.#pauseTimer);
    this.#pauseTimer = undefined;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  get #isBlocked(): boolean {
    const { signals } = this.#line;
    return this.#isFull || this.#pauseTimer !== undefined || (signals !== 'unknown' && !signals.rts);
  }

  #put(item: Item): void {
    if (this.#waiting.length === 0 && !this.#isBlocked) {
      this.#pass(item);
    } else if (item.type === 'signals' && item.signals.cts !== undefined) {
      // Circuit 106 is about the other direction: it must not wait for this one.
      this.#pass(item);
    } else if (this.#waiting.length < MAX_ITEMS) {
      this.#waiting.push(item);
      this.#waitingBytes += item.type === 'bytes' ? item.bytes.length : 0;
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
