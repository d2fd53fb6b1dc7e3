/** Keeps the PPP frames of both directions of a line as a pcapng capture that can be read while it grows. */
import { ms } from '../base/units.ts';
import { type FrameListener, HdlcDecoder } from '../wire/hdlc.ts';
import {
  enhancedPacket,
  interfaceDescription,
  LINKTYPE_PPP_WITH_DIR,
  sectionHeader,
} from '../wire/pcapng.ts';
import type { LineTap } from './tapped-line.ts';

/** The first octet of LINKTYPE_PPP_WITH_DIR: who sent the frame, seen from the device. */
const RECEIVED = 0;
const SENT = 1;

/** Takes octets of a capture as they come: whole blocks each time. */
export type BlockWriter = (octets: Uint8Array) => void;

/** A capture of one or more interfaces that carry PPP. */
export class PppCapture {
  readonly #write: BlockWriter;
  #interfaces = 0;

  constructor(write: BlockWriter) {
    this.#write = write;
    write(sectionHeader());
  }

  /** One more interface, and who listens for it. */
  tap(name: string): LineTap {
    this.#write(interfaceDescription(LINKTYPE_PPP_WITH_DIR, name));
    this.#interfaces += 1;
    return pppFrames(this.#write, this.#interfaces - 1);
  }
}

/** A capture of a serial line. */
export const pppCapture = (write: BlockWriter): LineTap => new PppCapture(write).tap('serial line');

/** The name of the interface that shows what a module with a TCP/IP stack of its own says to the network. */
export const airSideOf = (name: string): string =>
  `${name} (air side: PPP between the module's own stack and the network)`;

/**
 * Writes the PPP frames of an interface that is described already.
 * @param controlCharacters bit n: octet n is the line's own at this moment (XON, XOFF), and no part of a frame
 */
export function pppFrames(
  write: BlockWriter,
  interfaceId: number,
  controlCharacters: () => number = () => 0,
): LineTap {
  const follow = (direction: typeof RECEIVED | typeof SENT) => {
    const decoder = new HdlcDecoder();
    const onFrame: FrameListener = (protocol, payload) =>
      write(
        enhancedPacket({
          interfaceId,
          at: ms(Date.now()),
          packet: Buffer.concat([
            Uint8Array.of(direction, 0xff, 0x03, protocol >> 8, protocol & 0xff),
            payload,
          ]),
        }),
      );
    return (bytes: Uint8Array) => {
      // Which map the two sides agree on is not followed: nothing else is deleted.
      decoder.accm = controlCharacters();
      decoder.push(bytes, onFrame);
    };
  };
  return { sent: follow(SENT), received: follow(RECEIVED) };
}
