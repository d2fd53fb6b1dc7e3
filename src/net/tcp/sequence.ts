/**
 * Sequence numbers without the wrap. RFC 9293 §3.4 counts modulo 2^32; inside, this TCP counts positions in
 * a stream that never wrap: 0 is the SYN, 1 the first octet of data, the one after the last octet the FIN.
 * They compare with `<`, and only the edge of the machine converts.
 */

/** The sequence number of a position in the stream that began with this initial sequence number. */
export const toSequence = (initial: number, position: number): number => (initial + position) >>> 0;

/**
 * The position that a sequence number means.
 *
 * @param near a position at most 2^31 away from the wanted one; may give less than 0 for a stray number
 */
export const toPosition = (initial: number, sequence: number, near: number): number =>
  near + ((sequence - initial - near) | 0);
