/**
 * Motorola S-record: S0 header, S1/S2/S3 data with 16, 24 and 32-bit addresses, S5/S6 count of the data
 * records, S7/S8/S9 end with start address. S4 is reserved. There is no standard behind it but Motorola's
 * manuals; where objcopy and srec_cat differ, the stricter of the two is followed, and a file that has neither
 * an end record nor a count, or a wrong count, is refused.
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

const LETTER_S = 0x53;
const DIGIT_0 = 0x30;

/** Bytes of the address field of S0 to S9; S4 has none because it is reserved. */
const ADDRESS_BYTES: readonly number[] = [2, 2, 3, 4, 0, 2, 3, 4, 3, 2];

/** Reads a file that comes in pieces; holds its data bytes and one line. */
export class SRecordDecoder implements RecordReader {
  readonly #collector: SegmentCollector;
  readonly #lines: LineCutter;
  /** Count and address and, behind them, the checksum. */
  readonly #head = new Uint8Array(6);
  #header: Uint8Array | undefined;
  #start: StartAddress | undefined;
  #dataRecords = 0;
  #isCounted = false;
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
    // srec_cat leaves the end record out when there is no start address; the count then says that all is there.
    if (this.#start === undefined && !this.#isCounted) {
      const message = 'the file ends without an S7, S8 or S9 record and without a count: it may be cut short';
      return { ok: false, failure: { problem: 'missing_eof', line: this.#lines.line, message } };
    }
    return finishContents(this.#collector, {
      ...(this.#start === undefined ? {} : { start: this.#start }),
      ...(this.#header === undefined ? {} : { header: this.#header }),
    });
  }

  record(text: Uint8Array, start: number, end: number, line: number): HexFailure | undefined {
    if (this.#start !== undefined) return fail('data_after_eof', line, 'text behind the end record');
    if (text[start] !== LETTER_S) return fail('start_code', line, "a record begins with 'S'");
    // What lies behind the end belongs to another line.
    const type = end - start < 2 ? -1 : (text[start + 1] ?? 0) - DIGIT_0;
    const addressBytes = ADDRESS_BYTES[type] ?? 0;
    if (addressBytes === 0)
      return fail('record_type', line, 'unknown record type, known are S0 to S3 and S5 to S9');

    const digits = end - start - 2;
    const count = digitPair(text, start + 2);
    const length = count - addressBytes - 1;
    if (digits !== 2 * (count + 1)) {
      const wanted =
        count > 0xff || digits < 2 ? 'at least 2' : `${2 * (count + 1)} for count ${hexByte(count)}`;
      return misshapen(text, start + 2, end, line, wanted);
    }
    if (length < 0) {
      return fail('length', line, `count ${hexByte(count)} does not cover address and checksum`);
    }
    const store = this.#collector.reserve(length);
    if (store === undefined) return fail('too_large', line, 'the file holds more data than any flash');

    const at = this.#collector.offset;
    const checksumAt = addressBytes + 1;
    const sum =
      decodePairs(text, start + 2, addressBytes + 1, this.#head, 0) +
      decodePairs(text, start + 4 + 2 * addressBytes, length, store, at) +
      decodePairs(text, end - 2, 1, this.#head, checksumAt);
    if (sum >= NOT_HEX) return misshapen(text, start + 2, end, line, 'hex digits');
    if ((sum & 0xff) !== 0xff) {
      const written = this.#head[checksumAt] ?? 0;
      return fail(
        'checksum',
        line,
        `checksum is ${hexByte(written)}, expected ${hexByte(written - sum - 1)}`,
      );
    }
    if (type !== 0) return this.#meaning(type, this.#address(addressBytes), length, line);
    this.#header ??= store.slice(at, at + length);
    return undefined;
  }

  #address(width: number): number {
    let address = 0;
    for (let i = 1; i <= width; i += 1) address = address * 256 + (this.#head[i] ?? 0);
    return address;
  }

  #meaning(type: number, address: number, length: number, line: number): HexFailure | undefined {
    if (type <= 3) return this.#data(type, address, length, line);
    if (length > 0) return fail('length', line, `an S${type} record has no data`);
    if (type <= 6) {
      if (address !== this.#dataRecords) return this.#wrongCount(address, line);
      this.#isCounted = true;
      return undefined;
    }
    this.#start = { kind: 'linear', address };
    return undefined;
  }

  #data(type: number, address: number, length: number, line: number): HexFailure | undefined {
    const space = 256 ** (type + 1);
    if (address + length > space) {
      const where = `${length} bytes at 0x${address.toString(16)}`;
      return fail(
        'address_overflow',
        line,
        `${where} run past the ${8 * (type + 1)}-bit address of S${type}`,
      );
    }
    if (this.#isCounted) return fail('record_count', line, 'a data record behind the count of data records');
    this.#dataRecords += 1;
    this.#collector.commit(address, length, line);
    return undefined;
  }

  #wrongCount(counted: number, line: number): HexFailure {
    const found = `the file has ${this.#dataRecords} data records, its count says ${counted}`;
    return fail('record_count', line, `${found}: a line is lost or doubled`);
  }
}

/** Reads a whole file. */
export function decodeSRecord(text: Uint8Array): HexDecoded {
  const decoder = new SRecordDecoder(text.length);
  decoder.push(text);
  return decoder.finish();
}

export interface SRecordWriting {
  /** Data bytes per record, 1 to 250; 16 when not given. */
  readonly recordBytes?: number;
  /** Address bytes; when not given, the fewest that reach every segment. */
  readonly width?: 2 | 3 | 4;
  /** Bytes of the S0 record; at most 252. */
  readonly header?: Uint8Array;
  readonly start?: number;
}

/** The largest number that S6 can hold; above it the count record is left out. */
const MAX_COUNT = 0xffffff;

/** The file's text in pieces, each good until the next is asked for (`joinPieces` keeps them all). Segments have to be sorted and end within the address space of `width`. */
export function* encodeSRecord(
  segments: readonly Segment[],
  options: SRecordWriting = {},
): Generator<Uint8Array, void> {
  const width = options.width ?? narrowestWidth(segments, options.start ?? 0);
  const recordBytes = Math.min(Math.max(options.recordBytes ?? 16, 1), 254 - width);
  const header = (options.header ?? new Uint8Array(0)).subarray(0, 252);
  const out = new RecordWriter(0xff);
  writeRecord(out, 0, 2, 0, header, 0, header.length);
  let records = 0;
  for (const { address, data } of segments) {
    for (let at = 0; at < data.length; at += recordBytes) {
      writeRecord(out, width - 1, width, address + at, data, at, Math.min(at + recordBytes, data.length));
      records += 1;
      const full = out.takeFull();
      if (full !== undefined) yield full;
    }
  }
  if (records <= 0xffff) writeRecord(out, 5, 2, records, NO_DATA, 0, 0);
  else if (records <= MAX_COUNT) writeRecord(out, 6, 3, records, NO_DATA, 0, 0);
  writeRecord(out, 11 - width, width, options.start ?? 0, NO_DATA, 0, 0);
  yield out.take();
}

const NO_DATA = new Uint8Array(0);

function writeRecord(
  out: RecordWriter,
  type: number,
  width: number,
  address: number,
  data: Uint8Array,
  from: number,
  to: number,
): void {
  out.record(`S${type}`, width + (to - from) + 1, address, width, data, from, to);
}

function narrowestWidth(segments: readonly Segment[], start: number): 2 | 3 | 4 {
  const last = segments.at(-1);
  const highest = Math.max(start, last === undefined ? 0 : last.address + last.data.length - 1);
  if (highest <= 0xffff) return 2;
  return highest <= 0xffffff ? 3 : 4;
}

const fail = (problem: HexProblem, line: number, message: string): HexFailure => ({ problem, line, message });
