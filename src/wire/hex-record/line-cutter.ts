/**
 * Cuts a text that comes in pieces into lines, for formats with one record per line.
 */
import type { HexFailure } from './contents.ts';

/** Reads one line, `text[start, end)`, without trailing blanks, never empty. A line that it refuses changes nothing. */
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
    let lineLength = 0;
    for (;;) {
      // Most lines are as long as the one before: looking there first saves looking at every character twice.
      let end = from + lineLength;
      const isGuessed = this.#pendingLength === 0 && end < chunk.length && isLineEnd(chunk[end]);
      if (!isGuessed || this.#hand(chunk, from, end) !== undefined) {
        end = from;
        while (end < chunk.length && !isLineEnd(chunk[end])) end += 1;
        if (end === chunk.length) return this.#keep(chunk, from, end);
        const failure = this.#endLine(chunk, from, end);
        if (failure !== undefined) return failure;
      }
      lineLength = end - from;
      this.#line += 1;
      from = end + 1;
      if (chunk[end] === CR) {
        if (from === chunk.length) this.#endedWithCr = true;
        else if (chunk[from] === LF) from += 1;
      }
    }
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
    if (this.#pendingLength + (end - from) > MAX_LINE_CHARACTERS) return this.#tooLong();
    this.#pending.set(chunk.subarray(from, end), this.#pendingLength);
    this.#pendingLength += end - from;
    return undefined;
  }

  #tooLong(): HexFailure {
    const message = `the line is longer than ${MAX_LINE_CHARACTERS} characters, a record has at most 521`;
    return { problem: 'length', line: this.#line, message };
  }

  #hand(text: Uint8Array, start: number, lineEnd: number): HexFailure | undefined {
    if (lineEnd - start > MAX_LINE_CHARACTERS) return this.#tooLong();
    let end = lineEnd;
    while (end > start && (text[end - 1] === SPACE || text[end - 1] === TAB)) end -= 1;
    return end === start ? undefined : this.#reader.record(text, start, end, this.#line);
  }
}

const isLineEnd = (code: number | undefined): boolean => code === LF || code === CR;
