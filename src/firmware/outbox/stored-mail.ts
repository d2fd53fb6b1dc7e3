/**
 * A mail as the outbox stores it: its octets as they were composed, so that an attempt after a restart, or after a
 * change of the firmware, sends the very same mail. All numbers are little-endian.
 *
 *     0  8  when it was queued, ms since 1970 as a double
 *     8  8  when it is given up
 *    16     id, Message-ID, sender, replaced characters: each 2 bytes of length and UTF-8
 *        1  number of recipients, each as the texts above
 *           the mail
 */
import { type Ms, ms } from '../../base/units.ts';
import type { ComposedMail } from '../../smtp/compose.ts';
import { type MailAddress, parseMailAddress } from '../../smtp/mail-address.ts';
import { MailDraftError } from '../../smtp/mail-error.ts';

const TEXTS_AT = 16;
const LENGTH_BYTES = 2;
const MOST_TEXT_BYTES = 0xffff;
const MOST_RECIPIENTS = 0xff;

export interface StoredMail {
  readonly id: string;
  readonly mail: ComposedMail;
  readonly queuedAt: Ms;
  readonly expiresAt: Ms;
}

/** Only of a mail for which `storedMailBytes` is finite. */
export function encodeStoredMail({ id, mail, queuedAt, expiresAt }: StoredMail): Uint8Array {
  const { raw, messageId, envelope, replacedCharacters } = mail;
  const texts = [id, messageId, envelope.from, replacedCharacters.join('')].map(encodeText);
  const recipients = envelope.to.map(encodeText);
  const times = Buffer.alloc(TEXTS_AT);
  times.writeDoubleLE(queuedAt, 0);
  times.writeDoubleLE(expiresAt, 8);
  const count = Uint8Array.of(recipients.length);
  return Buffer.concat([times, ...texts.flatMap(withLength), count, ...recipients.flatMap(withLength), raw]);
}

/** How long `encodeStoredMail` makes it; infinite where it makes nothing. */
export function storedMailBytes(id: string, mail: ComposedMail): number {
  const { raw, messageId, envelope, replacedCharacters } = mail;
  const texts = [id, messageId, envelope.from, replacedCharacters.join(''), ...envelope.to];
  const lengths = texts.map((text) => Buffer.byteLength(text));
  if (lengths.some((length) => length > MOST_TEXT_BYTES) || envelope.to.length > MOST_RECIPIENTS) {
    return Number.POSITIVE_INFINITY;
  }
  return lengths.reduce((sum, length) => sum + LENGTH_BYTES + length, TEXTS_AT + 1 + raw.length);
}

/** Undefined when the bytes are no stored mail. What comes out holds views of them. */
export function decodeStoredMail(given: Uint8Array): StoredMail | undefined {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  if (bytes.length < TEXTS_AT) return undefined;
  const queuedAt = bytes.readDoubleLE(0);
  const expiresAt = bytes.readDoubleLE(8);
  const reader = new TextReader(bytes, TEXTS_AT);
  const [id, messageId, from, replaced] = [reader.text(), reader.text(), reader.text(), reader.text()];
  const to = Array.from({ length: reader.octet() }, () => reader.text());
  const sender = addressOf(from);
  const recipients = to.flatMap((text) => addressOf(text) ?? []);
  const isWhole =
    !reader.isPastEnd && Number.isFinite(queuedAt) && Number.isFinite(expiresAt) && recipients.length > 0;
  if (!isWhole || sender === undefined || recipients.length < to.length) return undefined;
  const mail: ComposedMail = {
    raw: given.subarray(reader.at),
    messageId,
    envelope: { from: sender, to: recipients },
    replacedCharacters: [...replaced],
  };
  return { id, mail, queuedAt: ms(queuedAt), expiresAt: ms(expiresAt) };
}

const encodeText = (text: string): Uint8Array => Buffer.from(text);

function withLength(text: Uint8Array): Uint8Array[] {
  return [Uint8Array.of(text.length & 0xff, text.length >> 8), text];
}

class TextReader {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  get isPastEnd(): boolean {
    return this.at > this.#bytes.length;
  }

  octet(): number {
    const value = this.#bytes[this.at] ?? 0;
    this.at += 1;
    return value;
  }

  text(): string {
    const length = this.octet() + 256 * this.octet();
    const begin = this.at;
    this.at += length;
    return this.#bytes.toString('utf8', Math.min(begin, this.#bytes.length), this.at);
  }
}

function addressOf(text: string): MailAddress | undefined {
  try {
    return parseMailAddress(text);
  } catch (failure) {
    if (failure instanceof MailDraftError) return undefined;
    throw failure;
  }
}
