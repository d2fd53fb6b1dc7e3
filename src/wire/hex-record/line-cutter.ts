/**
 * Cuts a text that comes in pieces into lines, for formats with one record per line.
 */
import type { HexFailure } from './contents.ts';

/** Reads one line, `text[start, end)`, without line end and trailing blanks, never empty. */
export interface RecordReader {
  record(text: Uint8Array, start: number, end: number, line: number): HexFailure | undefined;
}

/** The longest record of either format has 521 characters; the rest is room for trailing blanks. */
export const MAX_LINE_CHARACTERS = 1024;

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;

/** Cuts text into lines. LF, CR LF and CR alone end a line; empty lines count but are not handed on. */
export class LineCutter {
  readonly #reader: RecordReader;
  readonly #pending = new Uint8Array(MAX_LINE_CHARACTERS);
  #pendingLength = 0;
  #line = 1;
  #endedWithCr = false;

  constructor(reader: RecordReader) {
    this.#reader = reader;
  }

  get line(): number {
    return this.#line;
  }

  /** Takes the next piece of the file. After a failure nothing more may be pushed. */
  push(chunk: Uint8Array): HexFailure | undefined {
    let from = 0;
    if (this.#endedWithCr && chunk[0] === LF) from = 1;
    if (chunk.length > 0) this.#endedWithCr = false;
    for (let at = from; at < chunk.length; at += 1) {
      const code = chunk[at];
      if (code !== LF && code !== CR) continue;
      const failure = this.#endLine(chunk, from, at);
      if (failure !== undefined) return failure;
      this.#line += 1;
      if (code === CR) {
        if (at + 1 === chunk.length) this.#endedWithCr = true;
        else if (chunk[at + 1] === LF) at += 1;
      }
      from = at + 1;
    }
    return this.#keep(chunk, from, chunk.length);
  }

  /** The file is over: its last line may lack a line end. */
  finish(): HexFailure | undefined {
    return this.#endLine(this.#pending, 0, 0);
  }

  #endLine(chunk: Uint8Array, from: number, end: number): HexFailure | undefined {
    if (this.#pendingLength === 0) return this.#hand(chunk, from, end);
    const failure = this.#keep(chunk, from, end);
    if (failure !== undefined) return failure;
    const length = this.#pendingLength;
    this.#pendingLength = 0;
    return this.#hand(this.#pending, 0, length);
  }

  #keep(chunk: Uint8Array, from: number, end: number): HexFailure | undefined {
    if (this.#pendingLength + (end - from) > MAX_LINE_CHARACTERS) {
      return {
        problem: 'length',
        line: this.#line,
        message: `the line is longer than ${MAX_LINE_CHARACTERS} characters, a record has at most 521`,
      };
    }
    this.#pending.set(chunk.subarray(from, end), this.#pendingLength);
    this.#pendingLength += end - from;
    return undefined;
  }

  #hand(text: Uint8Array, start: number, lineEnd: number): HexFailure | undefined {
    let end = lineEnd;
    while (end > start && (text[end - 1] === SPACE || text[end - 1] === TAB)) end -= 1;
    return end === start ? undefined : this.#reader.record(text, start, end, this.#line);
  }
}
