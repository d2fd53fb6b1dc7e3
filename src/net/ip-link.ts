/** What an IPv4 host needs of the link below it. */
import type { Bytes } from '../base/units.ts';

export interface IpLink {
  /** The largest IP packet that the peer takes. */
  readonly mtu: Bytes;
  /** The largest IP packet that this side takes; absent: the same as `mtu`. */
  readonly mru?: Bytes | undefined;
  /** The bit rate of the slowest part that is known, where it is known: slow lines need a longer RTO. */
  readonly bitRate?: number | undefined;
  /** Takes one IP packet in any case, and its memory with it. `false`: the queue is full now, wait for `drain`. */
  send(packet: Uint8Array): boolean;
  /** The packet is good until the listener returns: the link may use its memory again. */
  on(event: 'packet', listener: (packet: Uint8Array) => void): unknown;
  on(event: 'drain', listener: () => void): unknown;
  /** The last event: no packet passes any more. */
  on(event: 'down', listener: (cause: Error) => void): unknown;
}
