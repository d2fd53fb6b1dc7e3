/**
 * How far a mail's delivery is, as the outbox stores it after each attempt. Recipients are those of the mail, in
 * its order. All numbers are little-endian.
 *
 *     0  1  0 waiting, 1 held
 *     1  1  1 when some attempt may have delivered without saying so
 *     2  8  when it is given up, ms since 1970 as a double
 *    10  8  next attempt
 *    18 20  attempts, failures in a row, rechecks, fruitless connections, sequence errors; 4 bytes each
 *    38     of each recipient: 0 pending, 1 delivered, 2 refused; after a 2, 1 byte of length and the reason
 */
import { ms } from '../../base/units.ts';
import type { DeliveryState } from '../../smtp/delivery.ts';

const RECIPIENTS_AT = 38;
/** Of a reason: the server's code and the beginning of what it said. */
const MOST_REASON_BYTES = 120;

const PENDING = 0;
const DELIVERED = 1;
const REFUSED = 2;

/** The most that the state of a mail with so many recipients takes. */
export const storedDeliveryBytes = (recipients: number): number =>
  RECIPIENTS_AT + recipients * (2 + MOST_REASON_BYTES);

/** @param recipients of the mail; only of one that waits or is held */
export function encodeDelivery(state: DeliveryState, recipients: readonly string[]): Uint8Array {
  const head = Buffer.alloc(RECIPIENTS_AT);
  head[0] = state.status === 'held' ? 1 : 0;
  head[1] = state.mayBeDuplicated ? 1 : 0;
  head.writeDoubleLE(state.expiresAt, 2);
  head.writeDoubleLE(state.nextAttemptAt ?? 0, 10);
  for (const [index, count] of countsOf(state).entries()) head.writeUInt32LE(count >>> 0, 18 + 4 * index);
  const refusals = new Map(state.refused.map(({ recipient, reason }) => [recipient, reason]));
  const parts = recipients.map((recipient): Uint8Array => {
    const reason = refusals.get(recipient);
    if (reason !== undefined) {
      const text = shortened(reason);
      return Buffer.concat([Uint8Array.of(REFUSED, text.length), text]);
    }
    return Uint8Array.of(state.delivered.includes(recipient) ? DELIVERED : PENDING);
  });
  return Buffer.concat([head, ...parts]);
}

/** Undefined when the bytes are no state of a mail with these recipients. */
export function decodeDelivery(
  given: Uint8Array,
  messageId: string,
  recipients: readonly string[],
): DeliveryState | undefined {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  if (bytes.length < RECIPIENTS_AT) return undefined;
  const expiresAt = bytes.readDoubleLE(2);
  const nextAttemptAt = bytes.readDoubleLE(10);
  if (!Number.isFinite(expiresAt) || !Number.isFinite(nextAttemptAt)) return undefined;
  const pending: string[] = [];
  const delivered: string[] = [];
  const refused: { recipient: string; reason: string }[] = [];
  let at = RECIPIENTS_AT;
  for (const recipient of recipients) {
    const status = bytes[at];
    at += 1;
    if (status === PENDING) pending.push(recipient);
    else if (status === DELIVERED) delivered.push(recipient);
    else if (status === REFUSED) {
      const end = at + 1 + (bytes[at] ?? 0);
      if (end > bytes.length) return undefined;
      refused.push({ recipient, reason: bytes.toString('utf8', at + 1, end) });
      at = end;
    } else return undefined;
  }
  // A mail that nobody waits for any more has come to its end.
  if (pending.length === 0) return undefined;
  return {
    status: bytes[0] === 1 ? 'held' : 'waiting',
    messageId,
    expiresAt: ms(expiresAt),
    nextAttemptAt: ms(nextAttemptAt),
    attempts: bytes.readUInt32LE(18),
    failuresInARow: bytes.readUInt32LE(22),
    rechecks: bytes.readUInt32LE(26),
    fruitlessConnections: bytes.readUInt32LE(30),
    sequenceErrors: bytes.readUInt32LE(34),
    pending,
    delivered,
    refused,
    mayBeDuplicated: bytes[1] === 1,
  };
}

const countsOf = (state: DeliveryState): number[] => [
  state.attempts,
  state.failuresInARow,
  state.rechecks,
  state.fruitlessConnections,
  state.sequenceErrors,
];

/** At a boundary between characters: what is cut through would read as a replacement. */
function shortened(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  if (bytes.length <= MOST_REASON_BYTES) return bytes;
  let end = MOST_REASON_BYTES;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end);
}
