/** A call in data state, as PPP needs it: octets both ways, and `close` when it is over. */
import { EventEmitter } from 'node:events';
import type { ByteChannel } from '../serial/serial-line.ts';
import { ModemError } from './modem-error.ts';

/** What may wait while the call is held in command state; PPP retransmits, so more would only be stale. */
const HELD_LIMIT = 65_536;

/** What is kept for the first listener: PPP asks again for what is lost beyond it. */
const EARLY_LIMIT = 16_384;

/** What the call needs of the driver. */
export interface CallLine {
  /** Data state, and no escape going on. */
  takesData(): boolean;
  writeData(bytes: Uint8Array): boolean;
  escape(): Promise<void>;
  resume(): Promise<void>;
  hangUp(): Promise<void>;
  evidence(): readonly string[];
  bitRate(): number;
}

export interface CallEvents {
  newListener: [event: string];
  data: [bytes: Uint8Array];
  drain: [];
  close: [cause?: Error];
}

export class ModemCall extends EventEmitter<CallEvents> implements ByteChannel {
  /** What followed CONNECT: mostly a bit rate. */
  readonly connectText: string;
  readonly #line: CallLine;
  /** Written while data state was interrupted. */
  #held: Uint8Array[] = [];
  #heldLength = 0;
  /** Came before anybody listened: octets may stand right behind CONNECT. */
  #early: Uint8Array[] = [];
  #earlyLength = 0;
  #isOpen = true;

  constructor(line: CallLine, connectText: string) {
    super();
    this.#line = line;
    this.connectText = connectText;
    this.on('newListener', (event: string) => {
      if (event === 'data' && this.#early.length > 0) {
        queueMicrotask(() => this.#giveEarly());
      }
    });
  }

  /** Of the serial line below the call. */
  get bitRate(): number {
    return this.#line.bitRate();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#isOpen) {
      return true;
    }
    if (this.#line.takesData() && this.#held.length === 0) {
      return this.#line.writeData(bytes);
    }
    if (this.#heldLength + bytes.length > HELD_LIMIT) {
      this.ended(
        new ModemError('MODEM_OVERFLOW', `More than ${HELD_LIMIT} octets wait while the call is held.`, {
          evidence: this.#line.evidence(),
          advice: 'Wait for `drain` after `write` has given false.',
        }),
      );
      void this.#line.hangUp().catch(() => {});
      return false;
    }
    this.#held.push(bytes);
    this.#heldLength += bytes.length;
    return false;
  }

  /** Goes to command state and holds the call; what is written meanwhile waits. */
  escape(): Promise<void> {
    return this.#line.escape();
  }

  /** Back to data state. Rejects when the call is gone. */
  async resume(): Promise<void> {
    await this.#line.resume();
    this.lineDrained();
  }

  /** Ends the call; resolves when the module takes commands again. */
  hangUp(): Promise<void> {
    return this.#line.hangUp();
  }

  /** For the driver: octets have come. */
  received(bytes: Uint8Array): void {
    if (!this.#isOpen) {
      return;
    }
    if (this.listenerCount('data') > 0 && this.#early.length === 0) {
      this.emit('data', bytes);
    } else if (this.#earlyLength + bytes.length <= EARLY_LIMIT) {
      this.#early.push(bytes);
      this.#earlyLength += bytes.length;
    }
  }

  #giveEarly(): void {
    const early = this.#early;
    this.#early = [];
    this.#earlyLength = 0;
    for (const bytes of early) {
      this.received(bytes);
    }
  }

  /** For the driver: the line takes data (again). */
  lineDrained(): void {
    if (!this.#isOpen || !this.#line.takesData()) {
      return;
    }
    const held = this.#held;
    this.#held = [];
    this.#heldLength = 0;
    let takesMore = true;
    for (const bytes of held) {
      takesMore = this.#line.writeData(bytes);
    }
    if (takesMore) {
      this.emit('drain');
    }
  }

  /** For the driver: the call is over; `cause` where this end did not end it. */
  ended(cause?: Error): void {
    if (this.#isOpen) {
      this.#isOpen = false;
      this.#held = [];
      this.emit('close', cause);
    }
  }
}
