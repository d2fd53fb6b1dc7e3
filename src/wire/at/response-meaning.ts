/**
 * What a line means in command state: echo, result code, part of the answer, late answer, unsolicited.
 * Holds which command line is outstanding and which answers are still owed.
 */
import { type Ms, ms } from '../../base/units.ts';
import { Echo } from './echo.ts';
import type { AtResponseEvent, FinalEvent } from './event.ts';
import { type AnswerShape, type Expectation, expectationOf } from './expectation.ts';
import { type ResponseCode, readEquipmentError, readNumericCode, readResponseCode } from './response-code.ts';
import { classifyLine, isTextHeader, payloadAfter } from './unsolicited.ts';

/** How long the second line of an unsolicited result may take. */
const PAYLOAD_WAIT = ms(2000);
/** NO CARRIER in words, after DCD has told already, is the same end of call within this time. */
const SAME_END_WITHIN = ms(2000);
/** Commands given up whose answers may still come; with more, the oldest is forgotten. */
const OWED_LIMIT = 8;
/** Lines kept of one late answer. */
const STALE_LINE_LIMIT = 32;

interface Pending extends Expectation {
  readonly echoed: Echo;
  hasInformation: boolean;
}

export class ResponseMeaning {
  /** V of V.250 6.2.6 as the driver has set it: never guessed from what comes. */
  isVerbose = true;
  readonly #bootMessages: readonly string[];
  readonly #emit: (event: AtResponseEvent) => void;
  #pending: Pending | undefined;
  /** Given up, answer not seen yet; oldest first. */
  #owed: readonly Expectation[] = [];
  #staleLines: readonly string[] = [];
  /** An unsolicited line that waits for its second one. */
  #header: { readonly line: string; readonly kind: 'text' | 'blank'; readonly until: Ms } | undefined;
  /** The next line is text of a message, whatever it reads. */
  #isTextNext = false;
  #carrierEndedAt: Ms | undefined;

  constructor(bootMessages: readonly string[], emit: (event: AtResponseEvent) => void) {
    this.#bootMessages = bootMessages;
    this.#emit = emit;
  }

  get pending(): Expectation | undefined {
    return this.#pending;
  }

  get deadline(): Ms | undefined {
    return this.#header?.until;
  }

  expect(command: string, shape: AnswerShape): Expectation {
    this.#pending = { ...expectationOf(command, shape), echoed: new Echo(command), hasInformation: false };
    this.#isTextNext = false;
    return this.#pending;
  }

  abandon(): void {
    if (this.#pending !== undefined) {
      this.#owed = [...this.#owed, this.#pending].slice(-OWED_LIMIT);
      this.#pending = undefined;
    }
  }

  /** The call has ended without words; those that may follow mean nothing new. */
  carrierEnded(now: Ms): void {
    this.#carrierEndedAt = now;
  }

  /** The outstanding command has ended, and with it all answers that were owed before. */
  settle(): void {
    this.#pending = undefined;
    this.#owed = [];
    this.#staleLines = [];
    this.#isTextNext = false;
  }

  /** An unsolicited line whose second one does not come. */
  expire(now: Ms): void {
    if (this.#header !== undefined && now >= this.#header.until) {
      this.#emit({ type: 'urc', line: this.#header.line });
      this.#header = undefined;
    }
  }

  /** An empty line is nothing, save where it is an empty text. */
  takeBlank(): void {
    this.#isTextNext = false;
    if (this.#header?.kind === 'blank') {
      this.#emit({ type: 'urc', line: this.#header.line, payload: '' });
      this.#header = undefined;
    }
  }

  /** Digits and CR in V0. */
  takeNumeric(digits: string, now: Ms): void {
    const code = readNumericCode(digits, this.#pending?.placesCall === true);
    const words = code?.code === 'call' ? code.reason : code?.code === 'RING' ? 'RING' : digits;
    if (code === undefined || !this.#takeCode(code, words, now)) {
      this.#sort(words, now);
    }
  }

  takeLine(line: string, now: Ms): void {
    if (line.trim() === '') {
      this.takeBlank();
      return;
    }
    const header = this.#header;
    if (header !== undefined) {
      this.#header = undefined;
      this.#emit({ type: 'urc', line: header.line, payload: line });
      return;
    }
    if (this.#isTextNext) {
      this.#isTextNext = false;
      this.#takeInformation(line);
      return;
    }
    if (this.#pending?.echoed.takes(line) === true || this.#isNoise(line)) {
      return;
    }
    const ending = this.#pending?.finals[line.trimEnd()];
    if (ending !== undefined) {
      this.settle();
      this.#emit(ending === 'OK' ? OK : { type: 'final', result: 'ERROR', kind: 'vendor', text: line });
      return;
    }
    // V0 turns all result codes into digits, save the errors that have a name of their own.
    const code = this.isVerbose ? readResponseCode(line) : readEquipmentError(line);
    if (code !== undefined && this.#takeCode(code, line, now)) {
      return;
    }
    if (this.#bootMessages.includes(line.trim())) {
      this.settle();
      this.#emit({ type: 'modemReset', line });
      return;
    }
    this.#sort(line, now);
  }

  /** @returns false: here and now this is not a result, but a line like others */
  #takeCode(code: ResponseCode, line: string, now: Ms): boolean {
    switch (code.code) {
      case 'RING':
        return false;
      case 'CONNECT':
        return this.#takeConnect(code.text);
      case 'call':
        this.#takeCallResult(code.reason, line, now);
        return true;
      case 'OK':
      case 'ERROR':
        this.#takeFinal(code, line);
        return true;
    }
  }

  /** Without a command outstanding it is an automatic answer (S0), or the late end of a dial given up. */
  #takeConnect(text: string): boolean {
    if (this.#pending !== undefined && !this.#pending.placesCall) {
      return false;
    }
    this.settle();
    this.#emit({ type: 'connect', text });
    return true;
  }

  /** Ends a command that places a call; without one a call that was there has ended, which is unsolicited. */
  #takeCallResult(reason: string, line: string, now: Ms): void {
    const endedAt = this.#carrierEndedAt;
    if (this.#pending?.placesCall === true) {
      this.settle();
      this.#emit({ type: 'final', result: 'ERROR', reason });
    } else if (reason === 'NO CARRIER' && endedAt !== undefined && now < endedAt + SAME_END_WITHIN) {
      this.#carrierEndedAt = undefined;
    } else if (this.#owed[0]?.placesCall === true) {
      this.#takeStale(line);
    } else {
      this.#emit({ type: 'urc', line });
    }
  }

  #takeFinal(code: ResponseCode & { readonly code: 'OK' | 'ERROR' }, line: string): void {
    const pending = this.#pending;
    if (pending === undefined || this.#belongsToOwed(pending, code.code)) {
      this.#takeStale(line);
      return;
    }
    this.settle();
    this.#emit(finalOf(code));
  }

  /** A module answers in order: while an answer is owed, only a result that fits the new command ends it. */
  #belongsToOwed(pending: Pending, code: 'OK' | 'ERROR'): boolean {
    if (this.#owed.length === 0 || pending.hasInformation) {
      return false;
    }
    return this.#staleLines.length > 0 || code === 'ERROR' || pending.needsInformation;
  }

  #takeStale(line: string): void {
    this.#owed = this.#owed.slice(1);
    this.#emit({ type: 'stale', lines: [...this.#staleLines, line] });
    this.#staleLines = [];
  }

  /** Part of the answer, part of a late answer, or unsolicited. */
  #sort(line: string, now: Ms): void {
    const pending = this.#pending;
    const owed = this.#owed[0];
    const isOwed = owed !== undefined && classifyLine(line, owed) === 'answer';
    if (pending !== undefined && classifyLine(line, pending) === 'answer' && !(isOwed && isVague(line))) {
      this.#takeInformation(line);
      this.#isTextNext = isTextHeader(line);
      return;
    }
    if (isOwed) {
      this.#staleLines = [...this.#staleLines, line].slice(-STALE_LINE_LIMIT);
      return;
    }
    const kind = payloadAfter(line);
    if (kind === 'none') {
      this.#emit({ type: 'urc', line });
    } else {
      this.#header = { line, kind, until: ms(now + PAYLOAD_WAIT) };
    }
  }

  #takeInformation(line: string): void {
    if (this.#pending !== undefined) {
      this.#pending.hasInformation = true;
    }
    this.#emit({ type: 'info', line });
  }

  /** Characters of a wrong bit rate, or the rest of a PPP frame after a call: not a line at all. */
  #isNoise(line: string): boolean {
    return hasControls(line) || (line.startsWith('~') && !/^[ -~]*$/.test(line)) || !/[ -~]/.test(line);
  }
}

const OK: FinalEvent = { type: 'final', result: 'OK' };

function finalOf(code: ResponseCode & { readonly code: 'OK' | 'ERROR' }): FinalEvent {
  if (code.code === 'OK') {
    return OK;
  }
  return {
    type: 'final',
    result: 'ERROR',
    kind: code.kind,
    ...('number' in code && code.number !== undefined ? { code: code.number } : {}),
    ...('text' in code && code.text !== '' ? { text: code.text } : {}),
  };
}

/** Without a name of its own the line could be part of any answer: the older command comes first. */
const isVague = (line: string) => !/^[+^$%*#&@!]/.test(line);

/** Control characters other than white space, which a string over several lines may hold. */
function hasControls(line: string): boolean {
  for (let index = 0; index < line.length; index += 1) {
    const octet = line.charCodeAt(index);
    if ((octet < 0x20 && (octet < 0x09 || octet > 0x0d)) || octet === 0x7f) {
      return true;
    }
  }
  return false;
}
