/**
 * The receiving side of PPP in HDLC-like framing on an asynchronous line: RFC 1662 sections 3 and 4. Octets to
 * frames; what the frames say is for `wire/ppp/`.
 */
import { type Bytes, bytes as octetCount } from '../base/units.ts';
import {
  ALL_STATIONS,
  asBuffer,
  DEFAULT_ACCM,
  DEFAULT_MRU,
  ESCAPE,
  ESCAPE_BIT,
  FLAG,
  HEADER_AND_FCS,
  isInMap,
  nextBlock,
  placeOf,
  SEARCHED_LENGTH,
  UNNUMBERED_INFORMATION,
} from './hdlc-framing.ts';
import { GOOD_FCS, INITIAL_FCS, updateFcs } from './ppp/fcs16.ts';

const FCS_SIZE = 2;
/** RFC 1662 section 3.1: fewer octets between two flags are no frame. */
const SHORTEST_FRAME = 4;

/** What a decoder has seen since it began. */
export interface HdlcCounters {
  frames: number;
  badFcs: number;
  /** Ended by 7d 7e, RFC 1662 section 4.3. */
  aborted: number;
  oversize: number;
  /** Too short to be a frame, RFC 1662 section 3.1. */
  runt: number;
  /** FF that no 03 follows. */
  badHeader: number;
  /** Runs of octets ahead of the first flag: a banner, a modem's CONNECT. */
  garbage: number;
}

/** Takes one good frame. `payload` may be kept: the decoder never writes to it again. */
export type FrameListener = (protocol: number, payload: Uint8Array) => void;

/** Where the decoder stands between two octets. */
type Reading = 'hunting' | 'plain' | 'escaped';

/**
 * Octets in, frames out; how the octets are cut into chunks does not matter. Takes every header form at any
 * time: with or without FF 03, with one or two octets of protocol. Holds at most one block.
 */
export class HdlcDecoder {
  readonly counters: HdlcCounters = {
    frames: 0,
    badFcs: 0,
    aborted: 0,
    oversize: 0,
    runt: 0,
    badHeader: 0,
    garbage: 0,
  };
  readonly #longestFrame: number;
  #accm = DEFAULT_ACCM;
  #block = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #reading: Reading = 'hunting';
  #isAheadOfFirstFlag = true;

  /** @param mru the longest information field to take; never less than 1500 */
  constructor(mru: Bytes = octetCount(DEFAULT_MRU)) {
    this.#longestFrame = Math.max(mru, DEFAULT_MRU) + HEADER_AND_FCS;
  }

  /** Control characters of this map that arrive without escape were put in by the line: they are deleted. */
  set accm(accm: number) {
    this.#accm = accm >>> 0;
  }

  /**
   * Takes the next octets of the line. `onFrame` is called for each good frame as it ends, and may change
   * the map for those that follow; it must not push.
   */
  push(octets: Uint8Array, onFrame: FrameListener): void {
    const chunk = asBuffer(octets);
    let index = 0;
    while (index < chunk.length) {
      if (this.#reading === 'hunting') {
        index = this.#hunt(chunk, index);
      } else if (this.#reading === 'escaped') {
        this.#unescape(chunk[index] ?? 0);
        index += 1;
      } else if (this.#accm === 0 && chunk.length - index >= SEARCHED_LENGTH) {
        index = this.#readRuns(chunk, index, onFrame);
      } else {
        index = this.#readOctets(chunk, index, onFrame);
      }
    }
  }

  /** Skips to the octet after the next flag. */
  #hunt(octets: Uint8Array, from: number): number {
    const flag = octets.indexOf(FLAG, from);
    if (this.#isAheadOfFirstFlag && flag !== from) {
      this.#isAheadOfFirstFlag = false;
      this.counters.garbage += 1;
    }
    if (flag < 0) {
      return octets.length;
    }
    this.#isAheadOfFirstFlag = false;
    this.#beginFrame();
    return flag + 1;
  }

  #beginFrame(): void {
    if (this.#block.length - this.#end <= this.#longestFrame) {
      this.#block = nextBlock(this.#block, this.#longestFrame + 1);
      this.#end = 0;
    }
    this.#start = this.#end;
    this.#reading = 'plain';
  }

  /** The octet after 7d, where it is the first of a chunk, a flag, or to be deleted. */
  #unescape(octet: number): void {
    if (octet === FLAG) {
      this.counters.aborted += 1;
      this.#dropFrame();
      this.#beginFrame();
    } else if (!isInMap(this.#accm, octet)) {
      this.#reading = 'plain';
      this.#block[this.#end] = octet ^ ESCAPE_BIT;
      this.#end += 1;
      this.#checkBound();
    }
  }

  /** Nothing to delete: what is between flags and escapes is copied as it is. Returns where it stopped. */
  #readRuns(octets: Buffer, from: number, onFrame: FrameListener): number {
    let index = from;
    let flag = placeOf(FLAG, octets, index);
    let escaping = placeOf(ESCAPE, octets, index);
    while (index < octets.length && this.#reading === 'plain' && this.#accm === 0) {
      const stop = Math.min(flag, escaping, octets.length, index + this.#room);
      octets.copy(this.#block, this.#end, index, stop);
      this.#end += stop - index;
      index = stop;
      this.#checkBound();
      if (this.#reading !== 'plain') {
        return index;
      }
      if (index === flag) {
        index += 1;
        flag = placeOf(FLAG, octets, index);
        this.#endFrame(onFrame);
      } else if (index === escaping) {
        const escaped = octets[index + 1] ?? FLAG;
        if (escaped === FLAG) {
          this.#reading = 'escaped';
          return index + 1;
        }
        this.#block[this.#end] = escaped ^ ESCAPE_BIT;
        this.#end += 1;
        index += 2;
        escaping = placeOf(ESCAPE, octets, index);
        this.#checkBound();
      }
    }
    return index;
  }

  /** Looks at each octet, up to a flag or an escape it cannot see past. Returns where it stopped. */
  #readOctets(octets: Buffer, from: number, onFrame: FrameListener): number {
    const accm = this.#accm;
    const block = this.#block;
    const stop = Math.min(octets.length, from + this.#room);
    let index = from;
    let end = this.#end;
    while (index < stop) {
      let octet = octets[index] ?? 0;
      index += 1;
      if (octet === FLAG) {
        this.#end = end;
        this.#endFrame(onFrame);
        return index;
      }
      if (octet === ESCAPE) {
        const escaped = index < stop ? (octets[index] ?? 0) : FLAG;
        if (escaped === FLAG || isInMap(accm, escaped)) {
          this.#reading = 'escaped';
          break;
        }
        index += 1;
        octet = escaped ^ ESCAPE_BIT;
      } else if (isInMap(accm, octet)) {
        continue;
      }
      block[end] = octet;
      end += 1;
    }
    this.#end = end;
    this.#checkBound();
    return index;
  }

  /** Octets that the frame may still get; the last one shows that it is too long, and fits the block. */
  get #room(): number {
    return this.#longestFrame + 1 - (this.#end - this.#start);
  }

  #checkBound(): void {
    if (this.#end - this.#start > this.#longestFrame) {
      this.counters.oversize += 1;
      this.#dropFrame();
      this.#reading = 'hunting';
    }
  }

  #dropFrame(): void {
    this.#end = this.#start;
  }

  /** A flag ends one frame and begins the next. */
  #endFrame(onFrame: FrameListener): void {
    const block = this.#block;
    const start = this.#start;
    const end = this.#end;
    if (end === start) {
      return;
    }
    if (end - start < SHORTEST_FRAME) {
      this.counters.runt += 1;
      this.#dropFrame();
    } else if (updateFcs(INITIAL_FCS, block, start, end) !== GOOD_FCS) {
      this.counters.badFcs += 1;
      this.#dropFrame();
    }
    const isGood = this.#end === end;
    this.#beginFrame();
    if (isGood) {
      this.#deliver(block, start, end - FCS_SIZE, onFrame);
    }
  }

  #deliver(block: Buffer, start: number, end: number, onFrame: FrameListener): void {
    let index = start;
    if (block[index] === ALL_STATIONS) {
      if (block[index + 1] !== UNNUMBERED_INFORMATION) {
        this.counters.badHeader += 1;
        return;
      }
      index += 2;
    }
    let protocol = block[index] ?? 0;
    index += 1;
    // RFC 1661 section 2: the last octet of a protocol number is odd, the one before it even.
    if ((protocol & 1) === 0) {
      protocol = (protocol << 8) | (block[index] ?? 0);
      index += 1;
    }
    if (index > end) {
      this.counters.runt += 1;
      return;
    }
    this.counters.frames += 1;
    onFrame(protocol, block.subarray(index, end));
  }
}
