/** The answer to a segment that belongs to no connection, RFC 9293 §3.10.7.1. */
import { type TcpSegment, tcpFlags } from '../../wire/tcp-segment.ts';

const NO_OCTETS = new Uint8Array(0);

/** The reset to send back; `undefined` for a reset, which is never answered. */
export function resetFor(segment: TcpSegment): TcpSegment | undefined {
  const { flags } = segment;
  if ((flags & tcpFlags.rst) !== 0) {
    return undefined;
  }
  const hasAck = (flags & tcpFlags.ack) !== 0;
  const length =
    segment.payload.length + ((flags & tcpFlags.syn) === 0 ? 0 : 1) + ((flags & tcpFlags.fin) === 0 ? 0 : 1);
  return {
    sourcePort: segment.destinationPort,
    destinationPort: segment.sourcePort,
    sequence: hasAck ? segment.acknowledgment : 0,
    acknowledgment: hasAck ? 0 : (segment.sequence + length) >>> 0,
    flags: hasAck ? tcpFlags.rst : tcpFlags.rst | tcpFlags.ack,
    window: 0,
    mss: undefined,
    payload: NO_OCTETS,
  };
}
