/**
 * Bytes with addresses, as Intel HEX, S-record, UF2 and ELF files give them: collected in the order of the
 * file, handed out merged and sorted. Bytes that two records both claim are an overlap: accepted with a
 * warning when they are equal, refused when they differ.
 */
export interface Segment {
  readonly address: number;
  readonly data: Uint8Array;
}

/** Where two records claim the same address. `line` is the later of the two lines of the file. */
export interface Overlap {
  readonly address: number;
  readonly line: number;
}

export type Collected =
  | { readonly ok: true; readonly segments: readonly Segment[]; readonly sameBytesTwice?: Overlap }
  | { readonly ok: false; readonly overlap: Overlap };

/** More than any flash of this device class has, little enough to hold in memory. */
export const MAX_COLLECTED_BYTES = 256 * 1024 * 1024;

const FIRST_ARENA_BYTES = 64 * 1024;

export class SegmentCollector {
  /** Every record's bytes, in the order of the file. */
  #arena: Uint8Array;
  #used = 0;

  /** Runs of records whose addresses follow one another. */
  readonly #runAddress: number[] = [];
  readonly #runOffset: number[] = [];
  #nextAddress = -1;

  /** From `#markOffset[i]` on, one line holds `#markStep[i]` bytes, the first of them `#markLine[i]`. */
  readonly #markOffset: number[] = [];
  readonly #markLine: number[] = [];
  readonly #markStep: number[] = [];
  #lastLine = -1;

  /** `expectedBytes`: a guess that saves growing; any value is correct. */
  constructor(expectedBytes = FIRST_ARENA_BYTES) {
    this.#arena = new Uint8Array(Math.min(Math.max(expectedBytes, FIRST_ARENA_BYTES), MAX_COLLECTED_BYTES));
  }

  /** The store to write the next record's bytes into, at `offset`; undefined when the bound is reached. */
  reserve(length: number): Uint8Array | undefined {
    const needed = this.#used + length;
    if (needed > MAX_COLLECTED_BYTES) return undefined;
    if (needed > this.#arena.length) {
      const grown = new Uint8Array(Math.min(Math.max(needed, this.#arena.length * 2), MAX_COLLECTED_BYTES));
      grown.set(this.#arena.subarray(0, this.#used));
      this.#arena = grown;
    }
    return this.#arena;
  }

  get offset(): number {
    return this.#used;
  }

  /** The bytes written at `offset` since the last call belong to `address` and came from this line. */
  commit(address: number, length: number, line: number): void {
    if (length === 0) return;
    if (address !== this.#nextAddress) {
      this.#runAddress.push(address);
      this.#runOffset.push(this.#used);
    }
    if (line !== this.#lastLine + 1 || length !== this.#markStep.at(-1)) {
      this.#markOffset.push(this.#used);
      this.#markLine.push(line);
      this.#markStep.push(length);
    }
    this.#lastLine = line;
    this.#used += length;
    this.#nextAddress = address + length;
  }

  finish(): Collected {
    const order = this.#runsByAddress();
    const segments: Segment[] = [];
    let sameBytesTwice: Overlap | undefined;
    let at = 0;
    while (at < order.length) {
      let end = this.#runEnd(order, at);
      let upTo = at + 1;
      while (upTo < order.length && this.#addressOf(order, upTo) <= end) {
        end = Math.max(end, this.#runEnd(order, upTo));
        upTo += 1;
      }
      const group = order.subarray(at, upTo);
      const merged = this.#merge(group, end);
      if ('different' in merged) return { ok: false, overlap: merged.different };
      sameBytesTwice ??= merged.same;
      segments.push({ address: this.#addressOf(group, 0), data: merged.data });
      at = upTo;
    }
    return { ok: true, segments, ...(sameBytesTwice === undefined ? {} : { sameBytesTwice }) };
  }

  #runsByAddress(): Uint32Array {
    const addresses = this.#runAddress;
    const order = Uint32Array.from(addresses.keys());
    const isSorted = addresses.every(
      (address, index) => index === 0 || address > (addresses[index - 1] ?? 0),
    );
    // Equal addresses stay in the order of the file.
    return isSorted ? order : order.sort((a, b) => (addresses[a] ?? 0) - (addresses[b] ?? 0) || a - b);
  }

  /** Runs that touch or overlap become one piece; `end` is the address behind the last of them. */
  #merge(group: Uint32Array, end: number): { data: Uint8Array; same?: Overlap } | { different: Overlap } {
    if (group.length === 1) return { data: this.#bytesOf(group, 0) };
    const start = this.#addressOf(group, 0);
    const data = new Uint8Array(end - start);
    let filledTo = start;
    let same: Overlap | undefined;
    for (let i = 0; i < group.length; i += 1) {
      const address = this.#addressOf(group, i);
      const bytes = this.#bytesOf(group, i);
      const twice = Math.min(filledTo, address + bytes.length) - address;
      for (let k = 0; k < twice; k += 1) {
        if (bytes[k] !== data[address - start + k])
          return { different: this.#overlap(group, i, address + k) };
      }
      if (twice > 0) same ??= this.#overlap(group, i, address);
      data.set(bytes, address - start);
      filledTo = Math.max(filledTo, address + bytes.length);
    }
    return { data, ...(same === undefined ? {} : { same }) };
  }

  /** Names the later of the two lines: the run `index` of the group, and an earlier run that holds `address`. */
  #overlap(group: Uint32Array, index: number, address: number): Overlap {
    let line = this.#lineOf(group, index, address);
    for (let i = 0; i < index; i += 1) {
      if (address < this.#runEnd(group, i)) line = Math.max(line, this.#lineOf(group, i, address));
    }
    return { address, line };
  }

  #lineOf(order: Uint32Array, index: number, address: number): number {
    const run = order[index] ?? 0;
    const offset = (this.#runOffset[run] ?? 0) + (address - (this.#runAddress[run] ?? 0));
    let low = 0;
    let high = this.#markOffset.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#markOffset[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    const behindMark = offset - (this.#markOffset[low] ?? 0);
    return (this.#markLine[low] ?? 0) + Math.floor(behindMark / (this.#markStep[low] ?? 1));
  }

  #addressOf(order: Uint32Array, index: number): number {
    return this.#runAddress[order[index] ?? 0] ?? 0;
  }

  #bytesOf(order: Uint32Array, index: number): Uint8Array {
    const run = order[index] ?? 0;
    return this.#arena.subarray(this.#runOffset[run] ?? 0, this.#runOffset[run + 1] ?? this.#used);
  }

  #runEnd(order: Uint32Array, index: number): number {
    const run = order[index] ?? 0;
    const length = (this.#runOffset[run + 1] ?? this.#used) - (this.#runOffset[run] ?? 0);
    return (this.#runAddress[run] ?? 0) + length;
  }
}
