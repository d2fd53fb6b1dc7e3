/**
 * One growing pcapng for all lines. Each line is two interfaces: its PPP frames, and the dialogue in AT commands as
 * text (Wireshark's upper PDU with the dissector for text); a third where the module has a TCP/IP stack of its own. Whole blocks are written each time, so that it can be read
 * while it grows.
 */
import { type Ms, ms } from '../base/units.ts';
import { airSideOf, pppFrames } from '../serial/ppp-capture.ts';
import type { LineTap } from '../serial/tapped-line.ts';
import {
  enhancedPacket,
  interfaceDescription,
  LINKTYPE_PPP_WITH_DIR,
  sectionHeader,
} from '../wire/pcapng.ts';

const LINKTYPE_WIRESHARK_UPPER_PDU = 252;
/** Tags of an upper PDU (epan/exported_pdu.h). */
const TAG_END = 0;
const TAG_DISSECTOR_NAME = 12;
const TAG_PROTOCOL_COLUMN = 33;

/** V.250 lets a line be longer; a capture need not show more of it. */
const LONGEST_TEXT_LINE = 512;
/** A device that talks sends a few lines at a time. Of one that floods, no more is kept of each piece that comes. */
const MAX_LINES_PER_PIECE = 64;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
/** Where the first frame begins. */
const FLAG = 0x7e;

type Direction = keyof LineTap;

/** What the module at a line is doing, as far as it matters to what the line's octets mean. */
export interface ModuleState {
  /** Online data state. */
  readonly isOnline: boolean;
  /** Bit n: octet n is the line's own (XON, XOFF). */
  readonly controlCharacters: number;
}

export class LineCapture {
  readonly #write: (octets: Uint8Array) => void;
  #interfaces = 0;

  /** @param write takes whole blocks */
  constructor(write: (octets: Uint8Array) => void) {
    this.#write = write;
    write(sectionHeader());
  }

  /** The interfaces of one more line. */
  tap(name: string, state: () => ModuleState): LineTap {
    const frames = pppFrames(
      this.#write,
      this.#describe(LINKTYPE_PPP_WITH_DIR, name),
      () => state().controlCharacters,
    );
    const text = this.#describe(LINKTYPE_WIRESHARK_UPPER_PDU, `${name} (AT commands)`);
    const follow = (direction: Direction) => {
      const lines = new TextLines((line) => this.#keep(text, textPdu(direction, line)));
      let wasOnline = false;
      return (bytes: Uint8Array) => {
        const isNow = state().isOnline;
        if (!isNow) {
          lines.push(bytes);
        } else if (!wasOnline && direction === 'received') {
          // CONNECT is the last of the dialogue: when it comes, the module is in data state already.
          const flag = bytes.indexOf(FLAG);
          lines.push(flag < 0 ? bytes : bytes.subarray(0, flag));
        }
        wasOnline = isNow;
        frames[direction](bytes);
      };
    };
    return { sent: follow('sent'), received: follow('received') };
  }

  /** One more interface: what the module of a line says to the network by its own TCP/IP stack. */
  tapAirSide(name: string): LineTap {
    return pppFrames(this.#write, this.#describe(LINKTYPE_PPP_WITH_DIR, airSideOf(name)));
  }

  #describe(linkType: number, name: string): number {
    this.#write(interfaceDescription(linkType, name));
    this.#interfaces += 1;
    return this.#interfaces - 1;
  }

  #keep(interfaceId: number, packet: Uint8Array): void {
    this.#write(enhancedPacket({ interfaceId, at: present(), packet }));
  }
}

const present = (): Ms => ms(Date.now());

/** Cuts octets into lines; empty ones are not told. */
class TextLines {
  readonly #onLine: (line: Uint8Array) => void;
  readonly #line = Buffer.alloc(LONGEST_TEXT_LINE);
  #length = 0;

  constructor(onLine: (line: Uint8Array) => void) {
    this.#onLine = onLine;
  }

  push(bytes: Uint8Array): void {
    let lines = 0;
    for (let index = 0; index < bytes.length; index += 1) {
      if (lines === MAX_LINES_PER_PIECE) {
        this.#onLine(Buffer.from(`(${bytes.length - index} octets more at once are not kept)`));
        return;
      }
      const octet = bytes[index] ?? 0;
      const isEnd = octet === CARRIAGE_RETURN || octet === LINE_FEED;
      if (!isEnd) {
        this.#line[this.#length] = octet;
        this.#length += 1;
      }
      if (this.#length > 0 && (isEnd || this.#length === LONGEST_TEXT_LINE)) {
        this.#onLine(Buffer.from(this.#line.subarray(0, this.#length)));
        this.#length = 0;
        lines += 1;
      }
    }
  }
}

const textPdu = (direction: Direction, line: Uint8Array): Uint8Array =>
  Buffer.concat([
    tag(TAG_DISSECTOR_NAME, 'data-text-lines'),
    tag(TAG_PROTOCOL_COLUMN, direction === 'sent' ? 'AT >' : 'AT <'),
    tag(TAG_END, ''),
    line,
  ]);

/** Big-endian, padded to four octets. */
function tag(type: number, value: string): Uint8Array {
  const padded = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  padded.writeUInt16BE(type, 0);
  padded.writeUInt16BE(padded.length - 4, 2);
  padded.write(value, 4);
  return padded;
}
