/**
 * Intel HEX (Intel, "Hexadecimal Object File Format Specification", revision A, 1988): record types 00 to 05.
 * Stricter than objcopy and srec_cat where they guess: a file without end record, an address past 2^32 and
 * bytes that contradict one another are refused, each with its line.
 */
import {
  finishContents,
  type HexDecoded,
  type HexFailure,
  type HexProblem,
  type StartAddress,
} from './hex-record/contents.ts';
import { decodePairs, digitPair, hexByte, misshapen, NOT_HEX } from './hex-record/digits.ts';
import { LineCutter, type RecordReader } from './hex-record/line-cutter.ts';
import { RecordWriter } from './hex-record/writer.ts';
import { type Segment, SegmentCollector } from './memory-segments.ts';

const COLON = 0x3a;
const ADDRESS_SPACE = 0x1_0000_0000;

export const IntelHexType = {
  data: 0,
  endOfFile: 1,
  extendedSegmentAddress: 2,
  startSegmentAddress: 3,
  extendedLinearAddress: 4,
  startLinearAddress: 5,
} as const;

/** Data bytes of the record types that have a fixed number. */
const COUNTS: Readonly<Record<number, { readonly record: string; readonly count: number }>> = {
  [IntelHexType.endOfFile]: { record: 'an end-of-file', count: 0 },
  [IntelHexType.extendedSegmentAddress]: { record: 'an extended segment address', count: 2 },
  [IntelHexType.startSegmentAddress]: { record: 'a start segment address', count: 4 },
  [IntelHexType.extendedLinearAddress]: { record: 'an extended linear address', count: 2 },
  [IntelHexType.startLinearAddress]: { record: 'a start linear address', count: 4 },
};

/** Reads a file that comes in pieces; holds its data bytes and one line. */
export class IntelHexDecoder implements RecordReader {
  readonly #collector: SegmentCollector;
  readonly #lines: LineCutter;
  /** Count, offset, type and, behind them, the checksum. */
  readonly #head = new Uint8Array(5);
  #base = 0;
  #isSegmented = false;
  #start: StartAddress | undefined;
  #ended = false;
  #failure: HexFailure | undefined;

  /** `textBytes`: the length of the file when known. */
  constructor(textBytes = 0) {
    this.#collector = new SegmentCollector(textBytes >>> 1);
    this.#lines = new LineCutter(this);
  }

  push(chunk: Uint8Array): void {
    this.#failure ??= this.#lines.push(chunk);
  }

  finish(): HexDecoded {
    this.#failure ??= this.#lines.finish();
    if (this.#failure !== undefined) return { ok: false, failure: this.#failure };
    if (!this.#ended) {
      const message = 'the file ends without an end-of-file record (:00000001FF): it may be cut short';
      return { ok: false, failure: { problem: 'missing_eof', line: this.#lines.line, message } };
    }
    return finishContents(this.#collector, this.#start === undefined ? {} : { start: this.#start });
  }

  record(text: Uint8Array, start: number, end: number, line: number): HexFailure | undefined {
    if (this.#ended) return fail('data_after_eof', line, 'text behind the end-of-file record');
    if (text[start] !== COLON) return fail('start_code', line, "a record begins with ':'");
    const digits = end - start - 1;
    const count = digitPair(text, start + 1);
    if (digits !== 2 * (count + 5)) {
      const wanted =
        count > 0xff || digits < 10 ? 'at least 10' : `${2 * (count + 5)} for ${count} data bytes`;
      return misshapen(text, start + 1, end, line, wanted);
    }
    const store = this.#collector.reserve(count);
    if (store === undefined) return fail('too_large', line, 'the file holds more data than any flash');

    const at = this.#collector.offset;
    const sum =
      decodePairs(text, start + 1, 4, this.#head, 0) +
      decodePairs(text, start + 9, count, store, at) +
      decodePairs(text, end - 2, 1, this.#head, 4);
    if (sum >= NOT_HEX) return misshapen(text, start + 1, end, line, 'hex digits');
    if ((sum & 0xff) !== 0) {
      const written = this.#head[4] ?? 0;
      return fail('checksum', line, `checksum is ${hexByte(written)}, expected ${hexByte(written - sum)}`);
    }
    const offset = ((this.#head[1] ?? 0) << 8) | (this.#head[2] ?? 0);
    return this.#meaning(this.#head[3] ?? 0, offset, count, store, at, line);
  }

  #meaning(
    type: number,
    offset: number,
    count: number,
    store: Uint8Array,
    at: number,
    line: number,
  ): HexFailure | undefined {
    const wanted = COUNTS[type];
    if (wanted !== undefined && count !== wanted.count) {
      return fail(
        'length',
        line,
        `${wanted.record} record has ${count} data bytes, expected ${wanted.count}`,
      );
    }
    switch (type) {
      case IntelHexType.data:
        return this.#data(offset, count, line);
      case IntelHexType.endOfFile:
        this.#ended = true;
        return undefined;
      case IntelHexType.extendedSegmentAddress:
        this.#base = word(store, at) * 16;
        this.#isSegmented = true;
        return undefined;
      case IntelHexType.startSegmentAddress:
        this.#start = { kind: 'segment', cs: word(store, at), ip: word(store, at + 2) };
        return undefined;
      case IntelHexType.extendedLinearAddress:
        this.#base = word(store, at) * 0x10000;
        this.#isSegmented = false;
        return undefined;
      case IntelHexType.startLinearAddress:
        this.#start = { kind: 'linear', address: word(store, at) * 0x10000 + word(store, at + 2) };
        return undefined;
      default:
        return fail('record_type', line, `record type ${hexByte(type)}, known are 00 to 05`);
    }
  }

  #data(offset: number, length: number, line: number): HexFailure | undefined {
    const address = this.#base + offset;
    // In a segment the offset wraps at 64 KiB: SBA + ([DRLO + DRI] mod 64K). With a linear base it does not.
    const beforeWrap = this.#isSegmented ? Math.min(length, 0x10000 - offset) : length;
    if (address + beforeWrap > ADDRESS_SPACE) {
      return fail('address_overflow', line, `${length} bytes at 0x${address.toString(16)} run past 2^32`);
    }
    this.#collector.commit(address, beforeWrap, line);
    this.#collector.commit(this.#base, length - beforeWrap, line);
    return undefined;
  }
}

/** Reads a whole file. */
export function decodeIntelHex(text: Uint8Array): HexDecoded {
  const decoder = new IntelHexDecoder(text.length);
  decoder.push(text);
  return decoder.finish();
}

export interface IntelHexWriting {
  /** Data bytes per record, 1 to 255; 16 when not given. */
  readonly recordBytes?: number;
  readonly start?: StartAddress;
  /** Writes the first extended linear address even while it is 0, as srec_cat and the intelhex library do. */
  readonly alwaysExtended?: boolean;
}

/**
 * The file's text in pieces, each good until the next is asked for (`joinPieces` keeps them all). Records never cross a 64 KiB line; an extended linear address is written when
 * the upper half of the address changes. Segments have to be sorted and end at or below 2^32.
 */
export function* encodeIntelHex(
  segments: Iterable<Segment>,
  options: IntelHexWriting = {},
): Generator<Uint8Array, void> {
  const recordBytes = Math.min(Math.max(options.recordBytes ?? 16, 1), 255);
  const out = new RecordWriter(0);
  let upperHalf = options.alwaysExtended ? -1 : 0;
  for (const { address, data } of segments) {
    for (let at = 0; at < data.length; ) {
      const here = address + at;
      const offset = here % 0x10000;
      if (Math.floor(here / 0x10000) !== upperHalf) {
        upperHalf = Math.floor(here / 0x10000);
        writeRecord(out, 0, IntelHexType.extendedLinearAddress, bytesOf(upperHalf, 2));
      }
      const length = Math.min(recordBytes, data.length - at, 0x10000 - offset);
      writeRecord(out, offset, IntelHexType.data, data, at, at + length);
      at += length;
      const full = out.takeFull();
      if (full !== undefined) yield full;
    }
  }
  if (options.start !== undefined) writeStart(out, options.start);
  writeRecord(out, 0, IntelHexType.endOfFile, bytesOf(0, 0));
  yield out.take();
}

function writeStart(out: RecordWriter, start: StartAddress): void {
  if (start.kind === 'segment') {
    writeRecord(out, 0, IntelHexType.startSegmentAddress, bytesOf(start.cs * 0x10000 + start.ip, 4));
  } else {
    writeRecord(out, 0, IntelHexType.startLinearAddress, bytesOf(start.address, 4));
  }
}

function writeRecord(
  out: RecordWriter,
  offset: number,
  type: number,
  data: Uint8Array,
  from = 0,
  to: number = data.length,
): void {
  out.record(':', to - from, offset * 0x100 + type, 3, data, from, to);
}

/** The low `width` bytes of a value, most significant first. */
const bytesOf = (value: number, width: number): Uint8Array =>
  Uint8Array.from({ length: width }, (_, index) => value >>> (8 * (width - 1 - index)));

const word = (data: Uint8Array, at: number): number => ((data[at] ?? 0) << 8) | (data[at + 1] ?? 0);
const fail = (problem: HexProblem, line: number, message: string): HexFailure => ({ problem, line, message });
