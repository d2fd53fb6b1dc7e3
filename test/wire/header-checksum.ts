/** Makes the checksum of an IPv4 header right again after a test changed the header. */
import { internetChecksum } from '../../src/wire/internet-checksum.ts';

export function withHeaderChecksum(packet: Buffer, change: (header: Buffer) => unknown): Buffer {
  change(packet);
  packet.writeUInt16BE(0, 10);
  packet.writeUInt16BE(internetChecksum(packet.subarray(0, (packet.readUInt8(0) & 0x0f) * 4)), 10);
  return packet;
}
