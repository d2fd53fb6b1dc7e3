/**
 * What one side says on a connection, live against recorded: line by line, however it is cut into pieces. The same for
 * TCP over PPP and for the sockets inside a module.
 */
import { isSameStreamLine } from './masks.ts';
import { LF, type OctetStream } from './octet-stream.ts';
import type { SignIns } from './sign-ins.ts';
import type { Difference } from './verdict.ts';

/** RFC 5322 section 2.1.1 allows 998; a longer line that differs is not waited for. */
const LONGEST_LINE_BYTES = 4096;
/** RFC 8446 section 5.1: the first record of a session is a handshake, of version 3.x. */
const TLS_BEGINNING = [0x16, 0x03] as const;

export interface StreamComparisonOptions {
  readonly isRedacted: boolean;
  /** Of the side that is played, where it may have to answer challenges. */
  readonly signIns?: SignIns | undefined;
}

export class StreamComparison {
  readonly #recorded: OctetStream;
  readonly #options: StreamComparisonOptions;
  /** Octets compared: in the recording, and of the live stream. */
  #recordedTo = 0;
  #liveTo = 0;
  /** Live octets that wait for the end of their line. */
  #rest: Buffer = Buffer.alloc(0);
  /** From where on the two streams have another distance, because a line is longer in one. */
  readonly #marks: { readonly recorded: number; readonly live: number }[] = [];
  /** Between AUTH and what follows it, lines are secrets. */
  #isSigningIn = false;

  constructor(recorded: OctetStream, options: StreamComparisonOptions) {
    this.#recorded = recorded;
    this.#options = options;
  }

  /** Octets of the live stream that have come. */
  get heard(): number {
    return this.#liveTo + this.#rest.length;
  }

  /** So far has it come in the recording. */
  get reached(): number {
    return this.#recordedTo + this.#rest.length;
  }

  /** The place in the live stream that has this one in the recording. */
  livePlaceOf(recorded: number): number {
    const mark = this.#marks.findLast((one) => one.recorded <= recorded) ?? { recorded: 0, live: 0 };
    return mark.live + (recorded - mark.recorded);
  }

  /** The next octets of the live stream. */
  hear(octets: Uint8Array): Difference | undefined {
    this.#rest = this.#rest.length === 0 ? Buffer.from(octets) : Buffer.concat([this.#rest, octets]);
    return this.#compare();
  }

  /** The live side says no more. */
  end(): Difference | undefined {
    return this.#rest.length === 0 && this.#recorded.length > this.#recordedTo
      ? {
          expected: this.#shown(this.#recorded.lineAt(this.#recordedTo)),
          found: 'the end of the connection',
        }
      : undefined;
  }

  #compare(): Difference | undefined {
    while (this.#rest.length > 0) {
      const line = this.#recorded.lineAt(this.#recordedTo);
      const common = Math.min(line.length, this.#rest.length);
      if (line.length > 0 && line.subarray(0, common).equals(this.#rest.subarray(0, common))) {
        if (common < line.length) {
          return undefined;
        }
        this.#advance(line, line);
        continue;
      }
      const end = this.#rest.indexOf(LF);
      const isOpen = end < 0 && this.#rest.length < LONGEST_LINE_BYTES;
      if (isOpen && line.at(-1) === LF) {
        return undefined;
      }
      const found = end < 0 ? this.#rest : this.#rest.subarray(0, end + 1);
      const difference = this.#differenceOf(line, found);
      if (difference !== undefined) {
        return difference;
      }
      this.#advance(line, found);
    }
    return undefined;
  }

  #differenceOf(line: Buffer, found: Buffer): Difference | undefined {
    if (line.length === 0) {
      return { expected: 'nothing more on this connection', found: this.#shown(found) };
    }
    const [recorded, live] = [latin1(line), latin1(found)];
    if (isSameStreamLine(recorded, live, this.#options.isRedacted)) {
      return undefined;
    }
    const verdict = this.#options.signIns?.judge(recorded, live);
    return verdict === 'same'
      ? undefined
      : (verdict ?? { expected: this.#shown(line), found: this.#shown(found) });
  }

  #advance(line: Buffer, found: Buffer): void {
    this.#recordedTo += line.length;
    this.#liveTo += found.length;
    this.#rest = this.#rest.subarray(found.length);
    if (line.length !== found.length) {
      this.#marks.push({ recorded: this.#recordedTo, live: this.#liveTo });
    }
    this.#options.signIns?.heard(latin1(found));
    const text = latin1(line);
    this.#isSigningIn = /^AUTH /i.test(text) || (this.#isSigningIn && /^[A-Za-z0-9+/=*]*\r?\n$/.test(text));
  }

  /** For people: a sign-in is a secret. */
  #shown(octets: Buffer): string {
    if (TLS_BEGINNING.every((octet, index) => octets[index] === octet)) {
      return 'a TLS session, whose keys are new each time: it cannot be replayed';
    }
    const text = latin1(octets.subarray(0, 200));
    if (this.#isSigningIn && /^[A-Za-z0-9+/=*]*\r?\n?$/.test(text)) {
      return 'an answer of a sign-in (not shown)';
    }
    return JSON.stringify(text.replace(/^((?:AUTH \S+|PASS|APOP \S+) )[^\r\n]+/i, '$1***'));
  }
}

const latin1 = (octets: Buffer): string => octets.toString('latin1');
