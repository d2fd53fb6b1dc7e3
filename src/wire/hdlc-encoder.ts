/** The sending side of PPP in HDLC-like framing on an asynchronous line: RFC 1662 sections 3 and 4. */
import {
  ALL_STATIONS,
  asBuffer,
  ESCAPE,
  ESCAPE_BIT,
  FLAG,
  type Framing,
  HEADER_AND_FCS,
  isInMap,
  nextBlock,
  placeOf,
  SEARCHED_LENGTH,
  UNNUMBERED_INFORMATION,
} from './hdlc-framing.ts';
import { INITIAL_FCS, updateFcs } from './ppp/fcs16.ts';

/**
 * Frames in, octets out. What it returns may be kept or queued: it is never written to again.
 */
export class HdlcEncoder {
  #block = Buffer.alloc(0);
  #end = 0;

  /**
   * @param protocol the PPP protocol number
   * @param payload the information field
   * @returns one frame from flag to flag, with escapes and FCS
   */
  encode(protocol: number, payload: Uint8Array, framing: Framing): Uint8Array {
    const longest = 2 + 2 * (payload.length + HEADER_AND_FCS);
    if (this.#block.length - this.#end < longest) {
      this.#block = nextBlock(this.#block, longest);
      this.#end = 0;
    }
    const start = this.#end;
    const head = header(protocol, framing);
    const fcs = updateFcs(updateFcs(INITIAL_FCS, head), payload) ^ 0xffff;
    this.#block[start] = FLAG;
    this.#end = start + 1;
    this.#appendOctets(head, framing.accm);
    if (framing.accm === 0 && payload.length >= SEARCHED_LENGTH) {
      this.#appendRuns(asBuffer(payload));
    } else {
      this.#appendOctets(payload, framing.accm);
    }
    this.#appendOctets(Uint8Array.of(fcs & 0xff, fcs >>> 8), framing.accm);
    this.#block[this.#end] = FLAG;
    this.#end += 1;
    return this.#block.subarray(start, this.#end);
  }

  /** RFC 1662 section 4.2: flag and escape are escaped always, control characters by the map, and nothing else. */
  #appendOctets(octets: Uint8Array, accm: number): void {
    const block = this.#block;
    let end = this.#end;
    for (let index = 0; index < octets.length; index += 1) {
      const octet = octets[index] ?? 0;
      if (octet === FLAG || octet === ESCAPE || isInMap(accm, octet)) {
        block[end] = ESCAPE;
        block[end + 1] = octet ^ ESCAPE_BIT;
        end += 2;
      } else {
        block[end] = octet;
        end += 1;
      }
    }
    this.#end = end;
  }

  /** The same for an empty map: what is between flags and escapes is copied as it is. */
  #appendRuns(octets: Buffer): void {
    let index = 0;
    let flag = placeOf(FLAG, octets, 0);
    let escaping = placeOf(ESCAPE, octets, 0);
    while (index < octets.length) {
      const stop = Math.min(flag, escaping, octets.length);
      octets.copy(this.#block, this.#end, index, stop);
      this.#end += stop - index;
      index = stop;
      if (stop === flag) {
        flag = placeOf(FLAG, octets, stop + 1);
      } else if (stop === escaping) {
        escaping = placeOf(ESCAPE, octets, stop + 1);
      } else {
        return;
      }
      this.#block[this.#end] = ESCAPE;
      this.#block[this.#end + 1] = (octets[stop] ?? 0) ^ ESCAPE_BIT;
      this.#end += 2;
      index += 1;
    }
  }
}

function header(protocol: number, framing: Framing): Uint8Array {
  const field = framing.pfc && protocol < 0x100 ? [protocol] : [protocol >>> 8, protocol & 0xff];
  return Uint8Array.from(framing.acfc ? field : [ALL_STATIONS, UNNUMBERED_INFORMATION, ...field]);
}
