/**
 * UF2 (Microsoft, "USB Flashing Format"): blocks of 512 bytes, each with an address and at most 476 bytes.
 * Written as boot loaders expect it: 256 bytes a block, at addresses that are multiples of 256; what a segment
 * leaves of its first and last block is filled with the erased value.
 */
import { type Segment, SegmentCollector } from './memory-segments.ts';

export const UF2_BLOCK_BYTES = 512;
const PAGE_BYTES = 256;
const MAX_PAYLOAD_BYTES = 476;
const DATA_AT = 32;

const MAGIC_START_0 = 0x0a324655;
const MAGIC_START_1 = 0x9e5d5157;
const MAGIC_END = 0x0ab16f30;

const Flag = {
  notMainFlash: 0x0000_0001,
  fileContainer: 0x0000_1000,
  familyIdPresent: 0x0000_2000,
} as const;

export type Uf2Problem =
  | 'length'
  | 'magic'
  | 'payload_size'
  | 'block_number'
  | 'address_overflow'
  | 'overlap'
  | 'too_large'
  | 'family';

export interface Uf2Failure {
  readonly problem: Uf2Problem;
  /** Counted from 1, in the order of the file. */
  readonly block: number;
  readonly message: string;
}

export interface Uf2Contents {
  readonly ok: true;
  readonly segments: readonly Segment[];
  readonly familyId?: number;
}

export function decodeUf2(
  file: Uint8Array,
): Uf2Contents | { readonly ok: false; readonly failure: Uf2Failure } {
  const blocks = Math.floor(file.length / UF2_BLOCK_BYTES);
  if (blocks === 0 || file.length % UF2_BLOCK_BYTES !== 0) {
    const message = `${file.length} bytes are no whole number of ${UF2_BLOCK_BYTES}-byte blocks`;
    return failed('length', blocks + 1, message);
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const collector = new SegmentCollector(file.length / 2);
  const seen = new Uint8Array(blocks);
  let familyId: number | undefined;

  for (let index = 0; index < blocks; index += 1) {
    const at = index * UF2_BLOCK_BYTES;
    const block = index + 1;
    const word = (offset: number): number => view.getUint32(at + offset, true);
    if (word(0) !== MAGIC_START_0 || word(4) !== MAGIC_START_1 || word(508) !== MAGIC_END) {
      return failed('magic', block, 'the block lacks one of the three magic numbers');
    }
    const [flags, address, size, number, total] = [word(8), word(12), word(16), word(20), word(24)];
    if (number >= blocks || total !== blocks || seen[number] === 1) {
      return failed('block_number', block, `block ${number} of ${total}, in a file of ${blocks} blocks`);
    }
    seen[number] = 1;
    if ((flags & (Flag.notMainFlash | Flag.fileContainer)) !== 0) continue;
    if (size > MAX_PAYLOAD_BYTES)
      return failed('payload_size', block, `${size} bytes in a block, at most 476 fit`);
    if (address + size > 2 ** 32) return failed('address_overflow', block, 'the block runs past 2^32');
    if ((flags & Flag.familyIdPresent) !== 0) {
      if (familyId !== undefined && familyId !== word(28)) {
        return failed('family', block, 'the file holds images for two families of devices');
      }
      familyId = word(28);
    }
    const store = collector.reserve(size);
    if (store === undefined) return failed('too_large', block, 'the file holds more data than any flash');
    store.set(file.subarray(at + DATA_AT, at + DATA_AT + size), collector.offset);
    collector.commit(address, size, block);
  }
  const collected = collector.finish();
  if (!collected.ok) {
    const { address, line } = collected.overlap;
    return failed('overlap', line, `address 0x${address.toString(16)} was given another value before`);
  }
  return { ok: true, segments: collected.segments, ...(familyId === undefined ? {} : { familyId }) };
}

export interface Uf2Writing {
  /** Tells the boot loader of a device that the file is meant for it. */
  readonly familyId?: number;
  /** 0xff when not given. */
  readonly erasedValue?: number;
}

/** Segments have to be sorted and without overlap. */
export function encodeUf2(segments: readonly Segment[], options: Uf2Writing = {}): Uint8Array {
  const pages = pagesOf(segments);
  const file = new Uint8Array(pages.length * UF2_BLOCK_BYTES);
  const view = new DataView(file.buffer);
  const blockOf = new Map(pages.map((address, number) => [address, number]));
  for (const [number, address] of pages.entries()) {
    const at = number * UF2_BLOCK_BYTES;
    const words = [
      MAGIC_START_0,
      MAGIC_START_1,
      options.familyId === undefined ? 0 : Flag.familyIdPresent,
      address,
      PAGE_BYTES,
      number,
      pages.length,
      options.familyId ?? 0,
    ];
    for (const [index, word] of words.entries()) view.setUint32(at + 4 * index, word, true);
    file.fill(options.erasedValue ?? 0xff, at + DATA_AT, at + DATA_AT + PAGE_BYTES);
    view.setUint32(at + 508, MAGIC_END, true);
  }
  for (const { address, data } of segments) {
    for (let from = 0; from < data.length; ) {
      const inPage = (address + from) % PAGE_BYTES;
      const block = blockOf.get(address + from - inPage) ?? 0;
      const length = Math.min(PAGE_BYTES - inPage, data.length - from);
      file.set(data.subarray(from, from + length), block * UF2_BLOCK_BYTES + DATA_AT + inPage);
      from += length;
    }
  }
  return file;
}

/** The addresses of all pages that a segment touches, each once, rising. */
function pagesOf(segments: readonly Segment[]): number[] {
  const pages: number[] = [];
  for (const { address, data } of segments) {
    const first = address - (address % PAGE_BYTES);
    for (let page = first; page < address + data.length; page += PAGE_BYTES) {
      if (page !== pages.at(-1)) pages.push(page);
    }
  }
  return pages;
}

const failed = (problem: Uf2Problem, block: number, message: string): { ok: false; failure: Uf2Failure } => ({
  ok: false,
  failure: { problem, block, message },
});
