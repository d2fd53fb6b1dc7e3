/**
 * The loadable segments of an ELF file (System V ABI, "Program Loading"), at their physical (load) addresses,
 * as objcopy -O binary takes them. 32 and 64 bit, both byte orders. Sections, symbols and relocations are not
 * read.
 */
import { type Segment, SegmentCollector } from './memory-segments.ts';

const PT_LOAD = 1;
/** A linker script for a microcontroller makes a handful; the field allows 65,534. */
const MAX_PROGRAM_HEADERS = 1024;

export type ElfProblem =
  | 'magic'
  | 'class'
  | 'truncated'
  | 'address_overflow'
  | 'overlap'
  | 'no_segments'
  | 'too_large';

export interface ElfFailure {
  readonly problem: ElfProblem;
  readonly message: string;
}

export interface ElfContents {
  readonly ok: true;
  readonly segments: readonly Segment[];
  readonly entry: number;
}

export function decodeElf(
  file: Uint8Array,
): ElfContents | { readonly ok: false; readonly failure: ElfFailure } {
  if (!isElf(file)) return failed('magic', 'the file does not begin with 7f 45 4c 46');
  const [fileClass, byteOrder] = [file[4], file[5]];
  if ((fileClass !== 1 && fileClass !== 2) || (byteOrder !== 1 && byteOrder !== 2)) {
    return failed('class', `class ${fileClass} and byte order ${byteOrder} are not known`);
  }
  const layout = fileClass === 1 ? ELF32 : ELF64;
  if (file.length < layout.headerBytes) return failed('truncated', 'the ELF header is cut short');
  const field = fieldReader(file, byteOrder === 1);
  const entry = field(24, layout.word);
  const tableAt = field(layout.tableAt, layout.word);
  const entryBytes = field(layout.entryBytes, 2);
  const count = field(layout.entryCount, 2);
  if (count > MAX_PROGRAM_HEADERS)
    return failed('too_large', `${count} program headers, at most ${MAX_PROGRAM_HEADERS}`);
  if (entryBytes < layout.programHeaderBytes && count > 0) {
    return failed(
      'truncated',
      `program headers of ${entryBytes} bytes, expected ${layout.programHeaderBytes}`,
    );
  }
  if (tableAt + count * entryBytes > file.length)
    return failed('truncated', 'the program headers lie behind the end');

  const collector = new SegmentCollector(file.length);
  for (let index = 0; index < count; index += 1) {
    const at = tableAt + index * entryBytes;
    if (field(at, 4) !== PT_LOAD) continue;
    const offset = field(at + layout.offset, layout.word);
    const address = field(at + layout.physicalAddress, layout.word);
    const size = field(at + layout.fileSize, layout.word);
    if (offset + size > file.length)
      return failed('truncated', `segment ${index} lies behind the end of the file`);
    if (address + size > 2 ** 32) return failed('address_overflow', `segment ${index} runs past 2^32`);
    const store = collector.reserve(size);
    if (store === undefined) return failed('too_large', 'the file holds more data than any flash');
    store.set(file.subarray(offset, offset + size), collector.offset);
    collector.commit(address, size, index);
  }
  const collected = collector.finish();
  if (!collected.ok) {
    const { address, line } = collected.overlap;
    return failed('overlap', `segment ${line} gives address 0x${address.toString(16)} another value`);
  }
  if (collected.segments.length === 0)
    return failed('no_segments', 'the file has no loadable segment with data');
  return { ok: true, segments: collected.segments, entry };
}

export function isElf(file: Uint8Array): boolean {
  return file[0] === 0x7f && file[1] === 0x45 && file[2] === 0x4c && file[3] === 0x46 && file.length >= 6;
}

/** Where the fields of the ELF header and of a program header are. */
const ELF32 = {
  headerBytes: 52,
  word: 4,
  tableAt: 28,
  entryBytes: 42,
  entryCount: 44,
  programHeaderBytes: 32,
  offset: 4,
  physicalAddress: 12,
  fileSize: 16,
} as const;

const ELF64 = {
  headerBytes: 64,
  word: 8,
  tableAt: 32,
  entryBytes: 54,
  entryCount: 56,
  programHeaderBytes: 56,
  offset: 8,
  physicalAddress: 24,
  fileSize: 32,
} as const;

/** Reads unsigned numbers; 64-bit ones above 2^53 lose precision, which every bound check still refuses. */
function fieldReader(file: Uint8Array, littleEndian: boolean): (at: number, width: 2 | 4 | 8) => number {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  return (at, width) => {
    if (width === 2) return view.getUint16(at, littleEndian);
    if (width === 4) return view.getUint32(at, littleEndian);
    return Number(view.getBigUint64(at, littleEndian));
  };
}

const failed = (problem: ElfProblem, message: string): { ok: false; failure: ElfFailure } => ({
  ok: false,
  failure: { problem, message },
});
