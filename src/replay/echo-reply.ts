/** LCP echoes are answered whenever they come: no recording tells when. */
import { HdlcEncoder } from '../wire/hdlc-encoder.ts';
import { DEFAULT_FRAMING } from '../wire/hdlc-framing.ts';
import { ControlCode, decodeControlPacket, encodeControlPacket } from '../wire/ppp/control-packet.ts';
import { PppProtocol } from '../wire/ppp/protocol-number.ts';
import type { Utterance } from './utterances.ts';

/** @returns what answers an Echo-Request; `undefined` where it is none */
export function echoReplyTo(utterance: Utterance): Uint8Array | undefined {
  const request = utterance.kind === 'frame' ? decodeControlPacket(utterance.payload) : undefined;
  if (request?.code !== ControlCode.echoRequest) {
    return undefined;
  }
  // RFC 1661 section 5.8: who has no magic number says 0.
  const data = Uint8Array.from(request.data);
  data.fill(0, 0, 4);
  const { identifier } = request;
  const reply = encodeControlPacket({ code: ControlCode.echoReply, identifier, data });
  return new HdlcEncoder().encode(PppProtocol.lcp, reply, DEFAULT_FRAMING);
}
