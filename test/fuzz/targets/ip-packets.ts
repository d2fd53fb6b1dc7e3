/** IPv4 and what it carries: the codecs alone. */
import assert from 'node:assert/strict';
import { decodeIcmp, decodeQuotedFlow } from '../../../src/wire/icmp.ts';
import { decodeIpv4, isFragment } from '../../../src/wire/ipv4.ts';
import { isMalformed } from '../../../src/wire/malformed.ts';
import { decodeTcp } from '../../../src/wire/tcp-segment.ts';
import { decodeUdp } from '../../../src/wire/udp.ts';
import { deviceAddress, packets, peerAddress, repaired } from '../corpus/packets.ts';
import { type FuzzTarget, onceIn } from '../target.ts';

const HEADER_BYTES = 20;

function read(octets: Uint8Array): void {
  const packet = decodeIpv4(octets);
  if (!isMalformed(packet)) {
    isFragment(packet);
    assert.ok(packet.payload.length <= octets.length - HEADER_BYTES, 'more payload than packet');
    readPayload(packet.payload, packet.source, packet.destination);
  }
  readPayload(octets.subarray(HEADER_BYTES), peerAddress, deviceAddress);
}

function readPayload(
  payload: Uint8Array,
  source: typeof peerAddress,
  destination: typeof deviceAddress,
): void {
  for (const decoded of [decodeTcp(payload, source, destination), decodeUdp(payload, source, destination)]) {
    assert.ok(isMalformed(decoded) || decoded.payload.length <= payload.length, 'more payload than packet');
  }
  const message = decodeIcmp(payload);
  if (!isMalformed(message) && message.type === 'destination-unreachable') {
    decodeQuotedFlow(message.quoted);
  }
  decodeQuotedFlow(payload);
}

export const ipPackets: FuzzTarget = {
  name: 'ip-packets',
  corpus: packets,
  attempt({ octets, random }) {
    read(onceIn(random, 3) ? octets : repaired(octets));
  },
};
