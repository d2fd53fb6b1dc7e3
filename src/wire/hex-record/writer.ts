/**
 * Writes lines of hex digits with a checksum, in pieces, so that a large file never exists as one string.
 */
import { encodePairs } from './digits.ts';
import { MAX_LINE_CHARACTERS } from './line-cutter.ts';

const LF = 0x0a;

const BUFFER_BYTES = 256 * 1024;
/** A count, and an address of 32 bits. */
const MAX_HEAD_BYTES = 5;

/** The pieces that it gives share one buffer: each is good until the next record is written. */
export class RecordWriter {
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  readonly #head = new Uint8Array(MAX_HEAD_BYTES);
  readonly #total: number;
  #used = 0;

  /** `total`: what the bytes of a record and its checksum add up to, in the low 8 bits. */
  constructor(total: number) {
    this.#total = total;
  }

  /** The finished piece when it is full enough; call between records. */
  takeFull(): Uint8Array | undefined {
    return this.#used > BUFFER_BYTES - MAX_LINE_CHARACTERS ? this.take() : undefined;
  }

  take(): Uint8Array {
    const piece = this.#buffer.subarray(0, this.#used);
    this.#used = 0;
    return piece;
  }

  /** `mark`, a byte `count`, a number of `width` bytes (most significant first), `data[from, to)`, checksum. */
  record(
    mark: string,
    count: number,
    number: number,
    width: number,
    data: Uint8Array,
    from: number,
    to: number,
  ): void {
    const buffer = this.#buffer;
    let used = this.#used;
    for (let i = 0; i < mark.length; i += 1) buffer[used + i] = mark.charCodeAt(i);
    used += mark.length;

    const head = this.#head;
    head[0] = count;
    for (let i = width, rest = number; i > 0; i -= 1, rest >>>= 8) head[i] = rest;
    const dataAt = used + 2 * (width + 1);
    const sum = encodePairs(head, 0, width + 1, buffer, used) + encodePairs(data, from, to, buffer, dataAt);
    used = dataAt + 2 * (to - from);

    head[0] = this.#total - sum;
    encodePairs(head, 0, 1, buffer, used);
    buffer[used + 2] = LF;
    this.#used = used + 3;
  }
}

/** All pieces in one. */
export function joinPieces(pieces: Iterable<Uint8Array>): Uint8Array {
  const copies: Uint8Array[] = [];
  for (const piece of pieces) copies.push(new Uint8Array(piece));
  return Buffer.concat(copies);
}
