/** The packets inside PPP frames. */
import assert from 'node:assert/strict';
import { readChapValue } from '../../../src/wire/ppp/chap.ts';
import { decodeOptions, encodeOptions } from '../../../src/wire/ppp/configure-option.ts';
import { decodeControlPacket, encodeControlPacket } from '../../../src/wire/ppp/control-packet.ts';
import { describePacket } from '../../../src/wire/ppp/describe.ts';
import { readAddress } from '../../../src/wire/ppp/ipcp-option.ts';
import {
  isWellFormedLcpOption,
  readAuthentication,
  readLcpOptions,
} from '../../../src/wire/ppp/lcp-option.ts';
import { readPapCredentials, readPapMessage } from '../../../src/wire/ppp/pap.ts';
import { PppProtocol } from '../../../src/wire/ppp/protocol-number.ts';
import { negotiation } from '../corpus/ppp.ts';
import type { FuzzTarget } from '../target.ts';

/** A packet is described in one line of a trace. */
const LONGEST_DESCRIPTION = 20_000;

export const pppPackets: FuzzTarget = {
  name: 'ppp-packets',
  corpus: negotiation.map(({ payload }) => payload),
  attempt({ octets }) {
    for (const protocol of [...Object.values(PppProtocol), 0x1234]) {
      const text = describePacket(protocol, octets);
      assert.ok(text.length <= LONGEST_DESCRIPTION + 10 * octets.length, `${text.length} characters`);
      assert.ok(!/[\r\n]/.test(text), 'more than one line');
    }
    const packet = decodeControlPacket(octets);
    if (packet === undefined) {
      return;
    }
    assert.deepEqual(decodeControlPacket(encodeControlPacket(packet)), packet);
    const { options, malformed } = decodeOptions(packet.data);
    const whole = Buffer.concat([encodeOptions(options), malformed]);
    assert.deepEqual(whole, Buffer.from(packet.data), 'options are lost');
    readLcpOptions(options.filter(isWellFormedLcpOption));
    readLcpOptions(options);
    for (const option of options) {
      readAddress(option);
      readAuthentication(option);
    }
    readChapValue(packet.data);
    readPapCredentials(packet.data);
    readPapMessage(packet);
  },
};
