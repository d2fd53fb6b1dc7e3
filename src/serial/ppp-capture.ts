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

/** The first octet of LINKTYPE_PPP_WITH_DIR: who sent the frame, seen from the DTE. */
const RECEIVED = 0;
const SENT = 1;

/**
 * @param write takes the capture's octets as they come, whole blocks each time
 */
export function pppCapture(write: (octets: Uint8Array) => void): LineTap {
  write(sectionHeader());
  write(interfaceDescription(LINKTYPE_PPP_WITH_DIR, 'serial line'));
  const follow = (direction: typeof RECEIVED | typeof SENT) => {
    const decoder = new HdlcDecoder();
    // Which map the two sides agree on is not followed: nothing is deleted.
    decoder.accm = 0;
    const onFrame: FrameListener = (protocol, payload) =>
      write(
        enhancedPacket({
          interfaceId: 0,
          at: ms(Date.now()),
          packet: Buffer.concat([
            Uint8Array.of(direction, 0xff, 0x03, protocol >> 8, protocol & 0xff),
            payload,
          ]),
        }),
      );
    return (bytes: Uint8Array) => decoder.push(bytes, onFrame);
  };
  return { sent: follow(SENT), received: follow(RECEIVED) };
}
