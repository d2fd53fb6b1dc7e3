/**
 * Writes lines of hex digits with a checksum, in pieces, so that a large file never exists as one string.
 */
import { HIGH_DIGIT, LOW_DIGIT } from './digits.ts';
import { MAX_LINE_CHARACTERS } from './line-cutter.ts';

const LF = 0x0a;

const BUFFER_BYTES = 256 * 1024;

/**
 * One after another: `begin`, bytes, `end`. The pieces that it gives share one buffer: each is good until the
 * next record is begun.
 */
export class RecordWriter {
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #used = 0;
  #sum = 0;

  /** The finished piece when it is full enough; call between records. */
  takeFull(): Uint8Array | undefined {
    return this.#used > BUFFER_BYTES - MAX_LINE_CHARACTERS ? this.take() : undefined;
  }

  take(): Uint8Array {
    const piece = this.#buffer.subarray(0, this.#used);
    this.#used = 0;
    return piece;
  }

  /** Begins a record with the characters that the checksum does not cover. */
  begin(mark: string): void {
    for (let i = 0; i < mark.length; i += 1) this.#buffer[this.#used + i] = mark.charCodeAt(i);
    this.#used += mark.length;
    this.#sum = 0;
  }

  byte(value: number): void {
    const byte = value & 0xff;
    this.#buffer[this.#used] = HIGH_DIGIT[byte] ?? 0;
    this.#buffer[this.#used + 1] = LOW_DIGIT[byte] ?? 0;
    this.#used += 2;
    this.#sum += byte;
  }

  /** The low `width` bytes of a value, most significant first. */
  number(value: number, width: number): void {
    for (let shift = 8 * (width - 1); shift >= 0; shift -= 8) this.byte(value >>> shift);
  }

  /** Local variables instead of fields: this loop is where the time of a conversion goes. */
  bytes(data: Uint8Array, from: number, to: number): void {
    const buffer = this.#buffer;
    let used = this.#used;
    let sum = this.#sum;
    for (let at = from; at < to; at += 1) {
      const value = data[at] ?? 0;
      buffer[used] = HIGH_DIGIT[value] ?? 0;
      buffer[used + 1] = LOW_DIGIT[value] ?? 0;
      used += 2;
      sum += value;
    }
    this.#used = used;
    this.#sum = sum;
  }

  /** Ends a record with the checksum that `complement` makes of the sum of its bytes. */
  end(complement: (sum: number) => number): void {
    this.byte(complement(this.#sum));
    this.#buffer[this.#used] = LF;
    this.#used += 1;
  }
}

/** All pieces in one. */
export function joinPieces(pieces: Iterable<Uint8Array>): Uint8Array {
  const copies: Uint8Array[] = [];
  for (const piece of pieces) copies.push(new Uint8Array(piece));
  return Buffer.concat(copies);
}
