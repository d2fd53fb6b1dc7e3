/**
 * The DTE's reading side: octets of a module in, events out. Pure and incremental; how reads are cut makes
 * no difference (ITU-T V.250 5.7, 3GPP TS 27.007, 27.005). No timers: `deadline` says when to call `tick`.
 *
 * It reads; what to do about a silent module, and when to write, is the dialogue's (modem/dialogue.ts).
 */
import { earliest, type Ms, ms } from '../../base/units.ts';
import { CountedOctets } from './counted-octets.ts';
import { DataTail, type TailFound, type TailPattern } from './data-tail.ts';
import type { AtResponseEvent } from './event.ts';
import type { AnswerShape, Expectation, FormatChange } from './expectation.ts';
import { isNumericForm } from './response-code.ts';
import { DEFAULT_LINE_LIMIT, type LineOutcome, ResponseLine } from './response-line.ts';
import { ResponseMeaning } from './response-meaning.ts';
import { BOOT_MESSAGES } from './unsolicited.ts';

/** V0: digits and CR are a result code unless LF follows; this is how long the LF may take. */
const LINE_FEED_WAIT = ms(10);

const NOTHING: Uint8Array = new Uint8Array(0);
const SPACE = 0x20;
const PROMPT = 0x3e;
const SUBSTITUTE = 0x1a;

/** What V.250 has before anybody changed it. */
const DEFAULT_FORMAT: Required<FormatChange> = { verbose: true, terminator: 13, lineFeed: 10 };

export interface AtResponseParserOptions {
  /** The longest line held, in octets. */
  readonly lineLimit?: number;
  /** Lines that a module sends when it has started: they mean that it was reset. */
  readonly bootMessages?: readonly string[];
}

export class AtResponseParser {
  #mode: 'command' | 'data' = 'command';
  #isEscaping = false;
  readonly #line: ResponseLine;
  readonly #meaning: ResponseMeaning;
  readonly #tail = new DataTail();
  readonly #counted = new CountedOctets();
  readonly #bootMessages: readonly string[];
  /** V0: digits and CR have come, the next octet decides. */
  #numeric: { readonly digits: string; readonly until: Ms } | undefined;
  #hasPrompted = false;
  /** The blank after a prompt may still come. */
  #skipsSpace = false;
  /** The LF of the CONNECT line may still come. */
  #skipsLineFeed = false;
  #events: AtResponseEvent[] = [];
  /** Octets not read yet, the next ones last. */
  readonly #work: Uint8Array[] = [];
  #now = ms(0);

  constructor(options: AtResponseParserOptions = {}) {
    this.#line = new ResponseLine(options.lineLimit ?? DEFAULT_LINE_LIMIT);
    this.#bootMessages = options.bootMessages ?? BOOT_MESSAGES;
    this.#meaning = new ResponseMeaning(this.#bootMessages, (event) => {
      this.#events.push(event);
      if (event.type === 'connect') {
        this.enterData();
        this.#skipsLineFeed = this.#meaning.isVerbose;
      } else if (event.type === 'modemReset') {
        this.setFormat(DEFAULT_FORMAT);
      } else if (event.type === 'info') {
        this.#announceOctets(event.line);
      }
    });
  }

  get mode(): 'command' | 'data' {
    return this.#mode;
  }

  /** What ends a command line that is written now (S3). */
  get terminator(): string {
    return String.fromCharCode(this.#line.terminator);
  }

  /** The command line whose answer is awaited. */
  get pending(): Expectation | undefined {
    return this.#meaning.pending;
  }

  /** What has come of a line that is not complete, for reports of failures. */
  get partialLine(): string {
    return this.#line.partial;
  }

  /** When `tick` has something to do; undefined: when octets come, not before. */
  get deadline(): Ms | undefined {
    return earliest(this.#numeric?.until, this.#meaning.deadline, this.#line.deadline, this.#tail.deadline);
  }

  /**
   * A command line was written; what comes from here on is its answer.
   * @param command the line with `AT`, without terminator
   * @param shape what is known of its answer beyond the line itself
   */
  expect(command: string, shape: AnswerShape = {}): void {
    const expectation = this.#meaning.expect(command, shape);
    this.#hasPrompted = false;
    this.#counted.forget();
    this.setFormat(expectation.format);
  }

  /** The outstanding command is given up (it took too long); when its answer comes, it is stale. */
  abandon(): void {
    this.#counted.forget();
    this.#meaning.abandon();
  }

  /** Sets V, S3 and S4 as the module has them; `expect` does so by itself for lines that change them. */
  setFormat(format: FormatChange): void {
    this.#meaning.isVerbose = format.verbose ?? this.#meaning.isVerbose;
    this.#line.terminator = format.terminator ?? this.#line.terminator;
    this.#line.lineFeed = format.lineFeed ?? this.#line.lineFeed;
    if (this.#mode === 'data') {
      this.#watch();
    }
  }

  /** Data state from here on. `push` enters it by itself at CONNECT. */
  enterData(): void {
    this.#mode = 'data';
    this.#isEscaping = false;
    this.#meaning.settle();
    this.#watch();
  }

  /** Whether `+++` is on its way: then OK at the end of the stream ends data state. */
  awaitEscape(isAwaited: boolean): void {
    this.#isEscaping = isAwaited;
    if (this.#mode === 'data') {
      this.#watch();
    }
  }

  /** DCD fell, or the driver ends the call: command state from here on. Gives the data that was held back. */
  *endCall(now: Ms): Generator<AtResponseEvent, void> {
    if (this.#mode === 'data') {
      this.#tail.flush(this.#giveData);
      this.#leaveData();
      this.#meaning.carrierEnded(now);
      this.#events.push({ type: 'carrierLost' });
    }
    yield* this.#read();
  }

  /** A call that was held in command state is over; NO CARRIER in words may follow and means nothing new. */
  carrierEnded(now: Ms): void {
    this.#meaning.carrierEnded(now);
  }

  /** Forgets a half line: noise of another bit rate. */
  dropPartialLine(): void {
    this.#line.clear();
    this.#numeric = undefined;
  }

  /** The short way of data state: these octets are data, all of them and nothing else. Changes nothing. */
  passes(bytes: Uint8Array): boolean {
    return this.#mode === 'data' && !this.#isEscaping && !this.#skipsLineFeed && this.#tail.passes(bytes);
  }

  /**
   * Octets have come. Events come out one by one, so that a consumer may call `expect` between two of them.
   * @param bytes parts of it are given out as data: the caller must leave it as it is
   */
  *push(bytes: Uint8Array, now: Ms): Generator<AtResponseEvent, void> {
    yield* this.tick(now);
    this.#work.unshift(bytes);
    yield* this.#read();
  }

  /** Time has passed; nothing happens before `deadline`. */
  *tick(now: Ms): Generator<AtResponseEvent, void> {
    this.#now = now;
    if (this.#numeric !== undefined && now >= this.#numeric.until) {
      this.#takeNumeric(this.#numeric.digits);
      yield* this.#read();
    }
    const again = this.#takeOutcome(this.#line.expire(now));
    if (again.length > 0) {
      this.#work.push(again);
    }
    yield* this.#read();
    this.#meaning.expire(now);
    this.#takeTail(this.#tail.expire(now, this.#giveData));
    yield* this.#read();
  }

  /** Reads what there is, no further than the next event. */
  *#read(): Generator<AtResponseEvent, void> {
    for (;;) {
      for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
        yield event;
      }
      const bytes = this.#work.pop();
      if (bytes === undefined) {
        return;
      }
      if (this.#mode === 'data') {
        this.#readData(bytes);
      } else {
        this.#readLines(bytes);
      }
    }
  }

  #readData(bytes: Uint8Array): void {
    let data = bytes;
    if (this.#skipsLineFeed && data.length > 0) {
      this.#skipsLineFeed = false;
      data = data[0] === this.#line.lineFeed ? data.subarray(1) : data;
    }
    if (data.length > 0) {
      this.#takeTail(this.#tail.push(data, this.#now, this.#giveData));
    }
  }

  #announceOctets(line: string): void {
    const name = this.pending?.countedBy;
    if (name !== undefined) {
      this.#counted.announce(line, name);
    }
  }

  #readLines(bytes: Uint8Array): void {
    let again = NOTHING;
    let index = this.#counted.isOpen ? this.#readCounted(bytes) : 0;
    while (
      index < bytes.length &&
      again.length === 0 &&
      this.#events.length === 0 &&
      this.#mode === 'command'
    ) {
      again = this.#readOctet(bytes[index] ?? 0);
      index += 1;
    }
    if (index < bytes.length) {
      this.#work.push(bytes.subarray(index));
    }
    if (again.length > 0) {
      this.#work.push(again);
    }
  }

  /** @returns how many octets were of the count */
  #readCounted(bytes: Uint8Array): number {
    const { taken, whole } = this.#counted.push(bytes, this.#line.lineFeed);
    if (whole !== undefined) {
      this.#events.push({ type: 'octets', bytes: whole });
    }
    return taken;
  }

  /** @returns octets that are to be read once more */
  #readOctet(octet: number): Uint8Array {
    if (this.#numeric !== undefined) {
      return this.#readAfterNumeric(this.#numeric.digits, octet);
    }
    const skipsSpace = this.#skipsSpace;
    this.#skipsSpace = false;
    if (skipsSpace && octet === SPACE) {
      return NOTHING;
    }
    if (this.pending?.asksForText === true) {
      if (octet === PROMPT && this.#line.isEmpty) {
        this.#takePrompt();
        return NOTHING;
      }
      if (octet === SUBSTITUTE && this.#hasPrompted) {
        // The echo of the text that was entered ends here.
        this.#line.clear();
        return NOTHING;
      }
    }
    return this.#takeOutcome(this.#line.push(octet, this.#now));
  }

  #readAfterNumeric(digits: string, octet: number): Uint8Array {
    this.#numeric = undefined;
    const hasLineFeed = octet === this.#line.lineFeed;
    if (hasLineFeed && this.pending?.placesCall !== true) {
      this.#meaning.takeLine(digits, this.#now);
    } else {
      // No information text comes while a call is set up: there a LF only means a module that adds it in V0.
      this.#takeNumeric(digits);
    }
    return hasLineFeed ? NOTHING : Uint8Array.of(octet);
  }

  #takeNumeric(digits: string): void {
    this.#numeric = undefined;
    this.#meaning.takeNumeric(digits, this.#now);
  }

  #takePrompt(): void {
    this.#skipsSpace = true;
    // A text of several lines brings a prompt for each: one is enough to know.
    if (!this.#hasPrompted) {
      this.#hasPrompted = true;
      this.#events.push({ type: 'prompt' });
    }
  }

  /** @returns octets that are to be read once more */
  #takeOutcome(outcome: LineOutcome | undefined): Uint8Array {
    switch (outcome?.outcome) {
      case 'line':
        if (!this.#meaning.isVerbose && outcome.endedBy === 'terminator' && isNumericForm(outcome.text)) {
          this.#numeric = { digits: outcome.text, until: ms(this.#now + LINE_FEED_WAIT) };
        } else {
          this.#meaning.takeLine(outcome.text, this.#now);
        }
        return NOTHING;
      case 'blank':
        this.#meaning.takeBlank();
        return NOTHING;
      case 'overflow':
        this.#events.push({ type: 'overflow', limit: this.#line.limit });
        return NOTHING;
      case 'unquoted':
        this.#meaning.takeLine(outcome.text, this.#now);
        return outcome.again;
      default:
        return NOTHING;
    }
  }

  readonly #giveData = (bytes: Uint8Array): void => {
    this.#events.push({ type: 'data', bytes });
  };

  #takeTail(found: TailFound | undefined): void {
    if (found === undefined) {
      return;
    }
    this.#leaveData();
    if (found.meaning === 'modemReset') {
      this.setFormat(DEFAULT_FORMAT);
      this.#events.push({ type: 'modemReset', line: found.words });
    } else {
      this.#events.push({ type: found.meaning });
    }
    if (found.rest.length > 0) {
      this.#work.push(found.rest);
    }
  }

  #leaveData(): void {
    this.#mode = 'command';
    this.#isEscaping = false;
    this.#skipsLineFeed = false;
    this.#line.clear();
  }

  /** In data state only: the words that end it look as V, S3 and S4 have it. */
  #watch(): void {
    const cr = String.fromCharCode(this.#line.terminator);
    const crLf = cr + String.fromCharCode(this.#line.lineFeed);
    const { isVerbose } = this.#meaning;
    const form = isVerbose ? { header: crLf, trailer: crLf } : { header: '', trailer: cr };
    const patterns: TailPattern[] = [
      { words: isVerbose ? 'NO CARRIER' : '3', meaning: 'carrierLost', ...form },
    ];
    for (const words of this.#bootMessages) {
      patterns.push({ words, meaning: 'modemReset', header: '\r\n', trailer: '\r\n' });
    }
    if (this.#isEscaping) {
      patterns.push({ words: isVerbose ? 'OK' : '0', meaning: 'escaped', ...form });
    }
    this.#tail.watchFor(patterns);
  }
}
