/** Collects what one step of the machine does, in order, formatted as E, Q, V, S3 and S4 ask at that moment. */
import {
  formatInformation,
  formatResult,
  type ResponseFormat,
  type ResultCode,
} from '../../wire/at/result-code.ts';
import type { DceAction, OutputKind } from './dialogue.ts';
import type { Settings } from './settings.ts';

/** More than this at a time is told in several pieces. */
const ECHO_ROOM = 256;

export class Output {
  readonly #settings: Settings;
  #actions: DceAction[] = [];
  #echo = new Uint8Array(ECHO_ROOM);
  #echoLength = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Hands over what has been collected since the last time. */
  take(): readonly DceAction[] {
    this.#flushEcho();
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }

  act(action: DceAction): void {
    this.#flushEcho();
    this.#actions.push(action);
  }

  echo(octet: number): void {
    if (this.#settings.get('E') === 1) {
      if (this.#echoLength === this.#echo.length) {
        this.#flushEcho();
      }
      this.#echo[this.#echoLength] = octet;
      this.#echoLength += 1;
    }
  }

  information(text: string): void {
    this.#send('information', text, formatInformation(text, this.#format));
  }

  /** An information text, and octets that it counts: they are sent as they are. */
  counted(text: string, octets: Uint8Array): void {
    const format = this.#format;
    const { terminator, formatting } = format;
    const bytes = Buffer.concat([
      formatInformation(text, format),
      octets,
      Uint8Array.of(terminator, formatting),
    ]);
    this.#send('information', text, bytes);
  }

  /** A basic result code, in reply to a command or not (V.250 §5.7.1). Q1 silences it. */
  result(code: ResultCode, text: string, kind: 'result' | 'unsolicited' = 'result'): void {
    if (!this.#isQuiet) {
      const words = text === '' ? code : `${code} ${text}`;
      this.#send(kind, words, formatResult(code, text, this.#format));
    }
  }

  /** An extended result code: `+CME ERROR: 10`, `+CREG: 1` (V.250 §5.7.2). Q1 silences it. */
  extendedResult(text: string, kind: 'result' | 'unsolicited'): void {
    if (!this.#isQuiet) {
      this.#send(kind, text, formatInformation(text, this.#format));
    }
  }

  /** 27.005 §3.5.1: CR, LF, `>`, blank, whatever S3 and S4 are. */
  prompt(): void {
    this.#send('prompt', '>', Buffer.from('\r\n> ', 'latin1'));
  }

  data(bytes: Uint8Array): void {
    this.#send('data', '', bytes);
  }

  get #isQuiet(): boolean {
    return this.#settings.get('Q') === 1;
  }

  get #format(): ResponseFormat {
    return {
      isVerbose: this.#settings.get('V') === 1,
      terminator: this.#settings.register(3),
      formatting: this.#settings.register(4),
    };
  }

  #send(kind: OutputKind, text: string, bytes: Uint8Array): void {
    this.act({ type: 'to-dte', kind, text, bytes });
  }

  #flushEcho(): void {
    if (this.#echoLength > 0) {
      const bytes = this.#echo.slice(0, this.#echoLength);
      this.#echoLength = 0;
      this.#actions.push({ type: 'to-dte', kind: 'echo', text: '', bytes });
    }
  }
}
