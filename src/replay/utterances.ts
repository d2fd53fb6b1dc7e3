/**
 * Cuts the octets of one side of a line into what can be compared: lines of text in command state, PPP frames in data
 * state (RFC 1662). How the octets come in chunks does not matter.
 */
import { HdlcDecoder } from '../wire/hdlc.ts';

export type Utterance =
  /** Printable or not, without the line end; `isWhole` when one followed. */
  | { readonly kind: 'text'; readonly bytes: Uint8Array; readonly raw: Uint8Array; readonly isWhole: boolean }
  | {
      readonly kind: 'frame';
      readonly protocol: number;
      readonly payload: Uint8Array;
      readonly raw: Uint8Array;
    }
  | Payload
  /** A frame whose checksum does not hold: noise, cut off, or masked. */
  | { readonly kind: 'damaged'; readonly bytes: Uint8Array; readonly raw: Uint8Array };

/** Counted octets of a connection inside the module; the cutter of one side alone does not know them. */
export interface Payload {
  readonly kind: 'payload';
  readonly connection: number;
  readonly bytes: Uint8Array;
  readonly raw: Uint8Array;
}

const FLAG = 0x7e;
const CR = 0x0d;
const LF = 0x0a;
/** No frame begins with these: no such protocol is in use. A line of text does. */
const TEXT_BEGINNINGS: ReadonlySet<number> = new Set([CR, LF, 0x2b, 0x41, 0x61]);
/** A frame of the largest usual MRU, each octet escaped; a longer line is cut. */
const LONGEST_RAW_BYTES = 4096;
/** What a module says when the call ends in the middle of a frame. */
const NO_CARRIER = Buffer.from('\r\nNO CARRIER\r\n', 'latin1');

export class UtteranceCutter {
  readonly #onUtterance: (utterance: Utterance) => void;
  readonly #raw = Buffer.alloc(LONGEST_RAW_BYTES);
  #length = 0;
  /** Where the text begins, after line ends and flags that lead it. */
  #begin = 0;
  #isFrame = false;

  constructor(onUtterance: (utterance: Utterance) => void) {
    this.#onUtterance = onUtterance;
  }

  push(octets: Uint8Array): void {
    for (const octet of octets) {
      this.#put(octet);
    }
  }

  /** Text that has no line end yet. */
  get pendingText(): Uint8Array {
    return this.#isFrame ? new Uint8Array() : this.#raw.subarray(this.#begin, this.#length);
  }

  /** Gives the text out as it is. A frame goes on. */
  flushText(): void {
    if (!this.#isFrame && this.#length > 0) {
      this.#endText(false);
    }
  }

  #put(octet: number): void {
    if (this.#isFrame) {
      this.#putFrame(octet);
    } else if (octet === FLAG) {
      this.flushText();
      this.#isFrame = true;
      this.#append(octet);
      this.#begin = this.#length;
    } else {
      this.#append(octet);
      if (octet === CR || octet === LF) {
        if (this.#length - this.#begin > 1) {
          this.#endText(true);
        } else {
          this.#begin = this.#length;
        }
      }
    }
    if (this.#length === LONGEST_RAW_BYTES) {
      if (this.#isFrame) {
        this.#endFrame();
        this.#isFrame = false;
      } else {
        this.#endText(false);
      }
    }
  }

  #putFrame(octet: number): void {
    const isEmpty = this.#length === this.#begin;
    if (isEmpty && TEXT_BEGINNINGS.has(octet)) {
      // The flag belonged to the frame before: said once more, it would break the silence ahead of an escape.
      this.#clear();
      this.#isFrame = false;
      this.#put(octet);
      return;
    }
    if (isEmpty && octet === FLAG) {
      // Idle flags between frames say nothing.
      return;
    }
    this.#append(octet);
    if (octet === FLAG) {
      this.#endFrame();
      // The same flag may begin the next frame, RFC 1662 section 3.1.
      this.#append(FLAG);
      this.#begin = this.#length;
    } else if (octet === LF && this.#endsWithNoCarrier()) {
      this.#length -= NO_CARRIER.length;
      if (this.#length > this.#begin) {
        this.#endFrame();
      }
      this.#clear();
      this.#isFrame = false;
      this.push(NO_CARRIER);
    }
  }

  #endsWithNoCarrier(): boolean {
    return this.#raw
      .subarray(Math.max(this.#begin, this.#length - NO_CARRIER.length), this.#length)
      .equals(NO_CARRIER);
  }

  #append(octet: number): void {
    this.#raw[this.#length] = octet;
    this.#length += 1;
  }

  #clear(): void {
    this.#length = 0;
    this.#begin = 0;
  }

  #endText(isWhole: boolean): void {
    const raw = Uint8Array.from(this.#raw.subarray(0, this.#length));
    const bytes = raw.subarray(this.#begin, isWhole ? raw.length - 1 : raw.length);
    this.#clear();
    this.#onUtterance({ kind: 'text', bytes, raw, isWhole });
  }

  #endFrame(): void {
    const raw = Uint8Array.from(this.#raw.subarray(0, this.#length));
    const bytes = raw.subarray(this.#begin);
    this.#clear();
    const decoder = new HdlcDecoder();
    // Nothing was put in by the line between here and there: every octet counts.
    decoder.accm = 0;
    let frame: Utterance = { kind: 'damaged', bytes, raw };
    decoder.push(raw, (protocol, payload) => {
      frame = { kind: 'frame', protocol, payload: Uint8Array.from(payload), raw };
    });
    this.#onUtterance(frame);
  }
}
