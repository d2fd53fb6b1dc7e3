/**
 * pcapng blocks as Wireshark reads them (draft-ietf-opsawg-pcapng): section header, interface description
 * and enhanced packet, all little-endian, times in microseconds.
 */
import { type Ms, ms } from '../base/units.ts';

/** LINKTYPE_PPP_WITH_DIR: one octet of direction, then the frame without flags, escapes and FCS. */
export const LINKTYPE_PPP_WITH_DIR = 204;

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

const OPTION_END = 0;
const OPTION_COMMENT = 1;
const OPTION_IF_NAME = 2;

/** Opens a file: one section of unknown length. */
export function sectionHeader(): Uint8Array {
  const body = Buffer.alloc(16);
  body.writeUInt32LE(BYTE_ORDER_MAGIC, 0);
  body.writeUInt16LE(1, 4);
  body.writeBigInt64LE(-1n, 8);
  return block(SECTION_HEADER, body);
}

export function interfaceDescription(linkType: number, name: string): Uint8Array {
  const body = Buffer.alloc(8);
  body.writeUInt16LE(linkType, 0);
  return block(INTERFACE_DESCRIPTION, body, option(OPTION_IF_NAME, name), option(OPTION_END, ''));
}

export interface CapturedPacket {
  /** Counts interface descriptions from 0. */
  readonly interfaceId: number;
  readonly at: Ms;
  readonly packet: Uint8Array;
  readonly comment?: string;
}

export function enhancedPacket({ interfaceId, at, packet, comment }: CapturedPacket): Uint8Array {
  const microseconds = BigInt(Math.round(at * 1000));
  const head = Buffer.alloc(20);
  head.writeUInt32LE(interfaceId, 0);
  head.writeUInt32LE(Number(microseconds >> 32n), 4);
  head.writeUInt32LE(Number(microseconds & 0xffff_ffffn), 8);
  head.writeUInt32LE(packet.length, 12);
  head.writeUInt32LE(packet.length, 16);
  const options = comment === undefined ? [] : [option(OPTION_COMMENT, comment), option(OPTION_END, '')];
  return block(ENHANCED_PACKET, head, padded(packet), ...options);
}

function option(code: number, text: string): Uint8Array {
  const value = Buffer.from(text);
  const head = Buffer.alloc(4);
  head.writeUInt16LE(code, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, padded(value)]);
}

/** Every block names its length at both ends, so that a reader can walk backwards. */
function block(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts);
  const framed = Buffer.alloc(body.length + 12);
  framed.writeUInt32LE(type, 0);
  framed.writeUInt32LE(framed.length, 4);
  framed.set(body, 8);
  framed.writeUInt32LE(framed.length, framed.length - 4);
  return framed;
}

function padded(octets: Uint8Array): Uint8Array {
  const whole = Buffer.alloc(Math.ceil(octets.length / 4) * 4);
  whole.set(octets);
  return whole;
}

/**
 * The packets of a capture as this file writes it.
 * @param capture a whole file; what is no enhanced packet, or cut off, is passed over
 */
export function capturedPackets(capture: Uint8Array): Omit<CapturedPacket, 'comment'>[] {
  const octets = Buffer.from(capture.buffer, capture.byteOffset, capture.byteLength);
  const packets: Omit<CapturedPacket, 'comment'>[] = [];
  for (let at = 0; at + 12 <= octets.length; ) {
    const length = octets.readUInt32LE(at + 4);
    if (length < 12 || at + length > octets.length) {
      break;
    }
    if (octets.readUInt32LE(at) === ENHANCED_PACKET && length >= 32) {
      const microseconds =
        (BigInt(octets.readUInt32LE(at + 12)) << 32n) | BigInt(octets.readUInt32LE(at + 16));
      const size = Math.min(octets.readUInt32LE(at + 20), length - 32);
      packets.push({
        interfaceId: octets.readUInt32LE(at + 8),
        at: ms(Number(microseconds) / 1000),
        packet: octets.subarray(at + 28, at + 28 + size),
      });
    }
    at += length;
  }
  return packets;
}
