/** Names: what name servers answer, and what hosts ask ours. */
import assert from 'node:assert/strict';
import dnsPacket from 'dns-packet';
import { answerQuery } from '../../../src/aunet/name-server.ts';
import { readAnswer } from '../../../src/net/dns-resolver.ts';
import { dnsAnswers, dnsQueries, peerAddress, QUERY_ID, QUERY_NAME } from '../corpus/packets.ts';
import type { FuzzTarget } from '../target.ts';

/** RFC 1035 section 4.2.1. */
const LONGEST_MESSAGE = 512;

export const dns: FuzzTarget = {
  name: 'dns',
  corpus: [...dnsAnswers, ...dnsQueries],
  dictionary: ['\xc0\x0c', '\xc0\x00', '\x3f', '\x01a\xc0\x0c', '\x00\x01\x00\x01'],
  attempt({ octets }) {
    const outcome = readAnswer(octets, QUERY_ID, QUERY_NAME);
    assert.ok(
      outcome === undefined || typeof outcome === 'string' || (outcome >= 0 && outcome <= 0xffff_ffff),
      `${outcome} is no address`,
    );
    const answer = answerQuery(octets, (name) => (name === QUERY_NAME ? peerAddress : undefined));
    if (answer !== undefined) {
      assert.ok(answer.message.length <= LONGEST_MESSAGE, `a reply of ${answer.message.length} octets`);
      dnsPacket.decode(Buffer.from(answer.message));
    }
  },
};
