/**
 * PPP in HDLC-like framing on an asynchronous line: RFC 1662 sections 3 and 4, Appendix C.
 * Octets to frames and back; what the frames say is for `wire/ppp/`.
 */
import { type Bytes, bytes as octetCount } from '../base/units.ts';
import { GOOD_FCS, INITIAL_FCS, updateFcs } from './ppp/fcs16.ts';

const FLAG = 0x7e;
const ESCAPE = 0x7d;
const ESCAPE_BIT = 0x20;
const ALL_STATIONS = 0xff;
const UNNUMBERED_INFORMATION = 0x03;
/** RFC 1662 section 7.1: until a map is negotiated, every control character is escaped. */
export const DEFAULT_ACCM = 0xffff_ffff;
/** RFC 1661 section 6.1: 1500 octets must always be taken, whatever was negotiated. */
export const DEFAULT_MRU = 1500;
/** Address, control, protocol and FCS. */
const HEADER_AND_FCS = 6;
const FCS_SIZE = 2;
/** RFC 1662 section 3.1: fewer octets between two flags are no frame. */
const SHORTEST_FRAME = 4;
/** Frames are cut from blocks of this size: big enough to be changed rarely, small enough to hold per link. */
const BLOCK_SIZE = 32 * 1024;

/** How one direction of the line is framed. */
export interface Framing {
  /** Async-Control-Character-Map: bit n set means octet n is escaped. */
  readonly accm: number;
  /** Protocol-Field-Compression: protocols below 0x100 take one octet. */
  readonly pfc: boolean;
  /** Address-and-Control-Field-Compression: FF 03 is left out. */
  readonly acfc: boolean;
}

/** What holds before LCP is Opened, and for LCP packets always (RFC 1661 sections 6.5, 6.6; RFC 1662 section 7.1). */
export const DEFAULT_FRAMING: Framing = { accm: DEFAULT_ACCM, pfc: false, acfc: false };

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

const PLAIN = 0;
/** What an octet means to the receiver. */
const FLAGGED = 1;
const ESCAPING = 2;
const DELETED = 3;

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
  #meanings = receiverMeanings(DEFAULT_ACCM);
  #block = new Uint8Array(0);
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
    this.#meanings = receiverMeanings(accm);
  }

  /**
   * Takes the next octets of the line. `onFrame` is called for each good frame as it ends, and may change
   * the map for those that follow; it must not push.
   */
  push(octets: Uint8Array, onFrame: FrameListener): void {
    let index = 0;
    while (index < octets.length) {
      if (this.#reading === 'hunting') {
        index = this.#hunt(octets, index);
      } else if (this.#reading === 'escaped') {
        this.#unescape(octets[index] ?? 0);
        index += 1;
      } else {
        index = this.#read(octets, index, onFrame);
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
      this.#block = new Uint8Array(Math.max(BLOCK_SIZE, this.#longestFrame + 1));
      this.#end = 0;
    }
    this.#start = this.#end;
    this.#reading = 'plain';
  }

  /** The octet after 7d, where the hot loop could not take it: first of a chunk, a flag, or to be deleted. */
  #unescape(octet: number): void {
    const meaning = this.#meanings[octet];
    if (meaning === FLAGGED) {
      this.counters.aborted += 1;
      this.#dropFrame();
      this.#beginFrame();
    } else if (meaning !== DELETED) {
      this.#block[this.#end] = octet ^ ESCAPE_BIT;
      this.#end += 1;
      this.#reading = 'plain';
      this.#checkBound();
    }
  }

  /** The hot loop: copies until a flag, or an escape it cannot see past, or the end, or the bound. */
  #read(octets: Uint8Array, from: number, onFrame: FrameListener): number {
    const meanings = this.#meanings;
    const block = this.#block;
    // One octet more than allowed has room in the block; it shows that the frame is too long.
    const stop = Math.min(octets.length, from + this.#longestFrame + 1 - (this.#end - this.#start));
    let index = from;
    let end = this.#end;
    let isEnded = false;
    while (index < stop) {
      let octet = octets[index] ?? 0;
      index += 1;
      const meaning = meanings[octet];
      if (meaning !== PLAIN) {
        if (meaning === DELETED) {
          continue;
        }
        if (meaning === FLAGGED) {
          isEnded = true;
          break;
        }
        const escaped = index < stop ? (octets[index] ?? 0) : FLAG;
        const escapedMeaning = meanings[escaped] ?? PLAIN;
        if (escapedMeaning === FLAGGED || escapedMeaning === DELETED) {
          this.#reading = 'escaped';
          break;
        }
        index += 1;
        octet = escaped ^ ESCAPE_BIT;
      }
      block[end] = octet;
      end += 1;
    }
    this.#end = end;
    if (isEnded) {
      this.#endFrame(onFrame);
    } else {
      this.#checkBound();
    }
    return index;
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

  #deliver(block: Uint8Array, start: number, end: number, onFrame: FrameListener): void {
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

/**
 * Frames in, octets out. What it returns may be kept or queued: it is never written to again.
 */
export class HdlcEncoder {
  #block = new Uint8Array(0);
  #end = 0;
  #accm = DEFAULT_ACCM;
  #escapes = senderEscapes(DEFAULT_ACCM);

  /**
   * @param protocol the PPP protocol number
   * @param payload the information field
   * @returns one frame from flag to flag, with escapes and FCS
   */
  encode(protocol: number, payload: Uint8Array, framing: Framing): Uint8Array {
    const longest = 2 + 2 * (payload.length + HEADER_AND_FCS);
    if (this.#block.length - this.#end < longest) {
      this.#block = new Uint8Array(Math.max(BLOCK_SIZE, longest));
      this.#end = 0;
    }
    if (framing.accm !== this.#accm) {
      this.#accm = framing.accm;
      this.#escapes = senderEscapes(framing.accm);
    }
    const start = this.#end;
    this.#block[start] = FLAG;
    this.#end = start + 1;
    const head = header(protocol, framing);
    const fcs = updateFcs(updateFcs(INITIAL_FCS, head), payload) ^ 0xffff;
    this.#append(head);
    this.#append(payload);
    this.#append(Uint8Array.of(fcs & 0xff, fcs >>> 8));
    this.#block[this.#end] = FLAG;
    this.#end += 1;
    return this.#block.subarray(start, this.#end);
  }

  /** Writes octets with escapes. */
  #append(octets: Uint8Array): void {
    const block = this.#block;
    const escapes = this.#escapes;
    let end = this.#end;
    for (let index = 0; index < octets.length; index += 1) {
      const octet = octets[index] ?? 0;
      if (escapes[octet] === 0) {
        block[end] = octet;
        end += 1;
      } else {
        block[end] = ESCAPE;
        block[end + 1] = octet ^ ESCAPE_BIT;
        end += 2;
      }
    }
    this.#end = end;
  }
}

function header(protocol: number, framing: Framing): Uint8Array {
  const field = framing.pfc && protocol < 0x100 ? [protocol] : [protocol >>> 8, protocol & 0xff];
  return Uint8Array.from(framing.acfc ? field : [ALL_STATIONS, UNNUMBERED_INFORMATION, ...field]);
}

function receiverMeanings(accm: number): Uint8Array {
  const meanings = Uint8Array.from({ length: 256 }, (_, octet) => (isInMap(accm, octet) ? DELETED : PLAIN));
  meanings[FLAG] = FLAGGED;
  meanings[ESCAPE] = ESCAPING;
  return meanings;
}

/** RFC 1662 section 4.2: flag and escape always, control characters by the map, and nothing else. */
function senderEscapes(accm: number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, octet) =>
    octet === FLAG || octet === ESCAPE || isInMap(accm, octet) ? 1 : 0,
  );
}

const isInMap = (accm: number, octet: number): boolean => octet < 0x20 && ((accm >>> octet) & 1) === 1;
