/** What a POP3 client says, line by line (RFC 1939 §3). Any cut of its octets gives the same commands. */
import { type Bytes, bytes } from '../../base/units.ts';

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const DELETE = 0x7f;

/** RFC 2449 §4: a command with its CRLF has at most 255 octets. */
const MAX_LINE: Bytes = bytes(255);
/** A shell hands over one read at a time and then stops reading; a TCP window is the largest. */
const MAX_HELD: Bytes = bytes(256 * 1024);
const NOTHING = new Uint8Array(0);

export type Pop3Line =
  | {
      readonly line: 'command';
      /** Upper case. */
      readonly verb: string;
      /** All that follows the first space; a password may hold spaces. */
      readonly argument: string;
    }
  | { readonly line: 'too-long' }
  /** Control characters, or nothing at all. */
  | { readonly line: 'malformed' };

export class Pop3Lines {
  #held: Uint8Array = NOTHING;
  #discards = false;

  /** @returns false where more is held than a client may send ahead; then nothing more is taken */
  push(octets: Uint8Array): boolean {
    if (this.#held.length + octets.length > MAX_HELD) {
      return false;
    }
    this.#held = this.#held.length === 0 ? octets : Buffer.concat([this.#held, octets]);
    return true;
  }

  /** @returns the next whole line, if there is one; a bare LF ends a line too, as servers allow */
  next(): Pop3Line | undefined {
    const end = this.#held.indexOf(LF);
    if (end === -1) {
      if (this.#discards || this.#held.length >= MAX_LINE) {
        this.#discards = true;
        this.#held = NOTHING;
      }
      return undefined;
    }
    const line = this.#held.subarray(0, end);
    this.#held = this.#held.subarray(end + 1);
    if (this.#discards || end + 1 > MAX_LINE) {
      this.#discards = false;
      return { line: 'too-long' };
    }
    return commandOf(line.at(-1) === CR ? line.subarray(0, -1) : line);
  }

  /** Forgets what is held. */
  clear(): void {
    this.#held = NOTHING;
    this.#discards = false;
  }
}

function commandOf(line: Uint8Array): Pop3Line {
  if (line.length === 0 || line.some((octet) => octet < SPACE || octet === DELETE)) {
    return { line: 'malformed' };
  }
  const text = Buffer.from(line).toString();
  const space = text.indexOf(' ');
  return space === -1
    ? { line: 'command', verb: text.toUpperCase(), argument: '' }
    : { line: 'command', verb: text.slice(0, space).toUpperCase(), argument: text.slice(space + 1) };
}
