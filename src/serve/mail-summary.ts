/** What a list shows of a mail: its header fields in readable form. Pure. */
import { decodeHeaderText } from './header-words.ts';

export interface MailSummary {
  readonly subject: string;
  /** The From and To fields, not the envelope. */
  readonly headerFrom: string;
  readonly headerTo: string;
  readonly messageId: string;
  readonly date: string;
}

/** A header beyond that is not read further. */
const MAX_HEADER = 64 * 1024;
/** What a list holds of one field. */
const MAX_SHOWN = 500;

/** @param raw the octets of DATA */
export function summaryOf(raw: Uint8Array): MailSummary {
  const fields = headerFields(raw);
  const read = (name: string) =>
    decodeHeaderText(fields.get(name) ?? '')
      .trim()
      .slice(0, MAX_SHOWN);
  return {
    subject: read('subject'),
    headerFrom: read('from'),
    headerTo: read('to'),
    messageId: read('message-id'),
    date: read('date'),
  };
}

/** The first field of each name, unfolded (RFC 5322 §2.2.3). */
function headerFields(raw: Uint8Array): ReadonlyMap<string, string> {
  const text = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.length, MAX_HEADER)).toString('latin1');
  const end = /(?:^|\r?\n)\r?\n/.exec(text)?.index ?? text.length;
  const fields = new Map<string, string>();
  for (const line of text
    .slice(0, end)
    .replace(/\r?\n(?=[ \t])/g, '')
    .split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    if (colon > 0 && !fields.has(name)) {
      fields.set(name, line.slice(colon + 1));
    }
  }
  return fields;
}
