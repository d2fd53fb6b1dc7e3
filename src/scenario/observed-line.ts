/**
 * The module's end of a real device's line, with somebody who listens in: octets are counted, the dialogue in AT
 * commands is told, and what is thrown on the way in stays here.
 */
import type { Trace } from '../base/trace.ts';
import { now } from '../base/virtual-time.ts';
import type { DceLine, DceSignals, DteSignals } from '../serial/serial-line.ts';
import type { LineTap } from '../serial/tapped-line.ts';
import { WrappedLine } from '../serial/wrapped-line.ts';

export interface Observer {
  readonly trace: Trace;
  /** Hears what the device sends and gets. */
  readonly taps: readonly LineTap[];
  /**
   * Whether the module carries a call's octets now.
   * @param looksSo as far as can be told from the octets, for a module that does not say so itself
   */
  isOnline(looksSo: boolean): boolean;
  /** What the device said has run into a defect. */
  onCrash(error: unknown): void;
}

export class ObservedLine extends WrappedLine<DceSignals, DteSignals> {
  readonly bytes = { fromDevice: 0, toDevice: 0 };
  readonly #observer: Observer;
  readonly #asked: TextLines;
  readonly #answered: TextLines;
  #wasOnline = false;
  #looksOnline = false;
  #openSince: number | undefined;
  #openMs = 0;

  constructor(line: DceLine, observer: Observer) {
    super(line);
    this.#observer = observer;
    const tell = (direction: '>' | '<', text: string) => observer.trace({ layer: 'at', direction, text });
    let echo = '';
    this.#asked = new TextLines((text) => {
      echo = text;
      tell('>', text);
    });
    this.#answered = new TextLines((text) => {
      // V.250 §6.2.4: the module repeats what it hears until it is told not to (ATE0).
      if (text === echo) {
        echo = '';
      } else {
        tell('<', text);
      }
    });
    this.#note(line.signals);
  }

  /** How long a device had the line open. */
  get openMs(): number {
    return this.#openMs + (this.#openSince === undefined ? 0 : now() - this.#openSince);
  }

  /** Whether a device has it open, as far as the line can tell. */
  get isOpen(): boolean {
    return this.#openSince !== undefined;
  }

  override write(bytes: Uint8Array): boolean {
    this.bytes.toDevice += bytes.length;
    for (const tap of this.#observer.taps) {
      tap.received(bytes);
    }
    this.#read(this.#answered, bytes);
    return super.write(bytes);
  }

  protected override onData(bytes: Uint8Array): void {
    this.bytes.fromDevice += bytes.length;
    for (const tap of this.#observer.taps) {
      tap.sent(bytes);
    }
    this.#read(this.#asked, bytes);
    this.#guard(() => super.onData(bytes));
  }

  protected override onSignals(seen: DteSignals): void {
    this.#note(seen);
    this.#guard(() => super.onSignals(seen));
  }

  protected override onDrain(): void {
    this.#guard(() => super.onDrain());
  }

  /** CONNECT is said when the call is there already, NO CARRIER when it has gone: both are text. */
  #read(lines: TextLines, bytes: Uint8Array): void {
    this.#looksOnline = bytes.includes(FLAG) || (this.#looksOnline && !TEXT_BEGINNINGS.has(bytes[0] ?? 0));
    const isOnline = this.#observer.isOnline(this.#looksOnline);
    if (!isOnline || !this.#wasOnline) {
      lines.push(bytes);
    }
    this.#wasOnline = isOnline;
  }

  #note(seen: DteSignals | 'unknown'): void {
    const isThere = seen === 'unknown' || seen.dtr;
    if (isThere && this.#openSince === undefined) {
      this.#openSince = now();
    } else if (!isThere && this.#openSince !== undefined) {
      this.#openMs += now() - this.#openSince;
      this.#openSince = undefined;
    }
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#observer.onCrash(error);
    }
  }
}

/** Begins and ends every frame, RFC 1662 section 3.1. */
const FLAG = 0x7e;
/** A line feed's CR, `+++`, `AT`: no frame of PPP begins with these. */
const TEXT_BEGINNINGS: ReadonlySet<number> = new Set([0x0d, 0x2b, 0x41, 0x61]);

/** V.250 lets a command line be longer; more of it is not shown. */
const LONGEST_LINE = 512;
const PRINTABLE = /^[\x20-\x7e]+$/;

/** Cuts octets into lines; what is no text (the end of a frame) is not told. */
class TextLines {
  readonly #onLine: (text: string) => void;
  #pending = '';

  constructor(onLine: (text: string) => void) {
    this.#onLine = onLine;
  }

  push(bytes: Uint8Array): void {
    const lines = (this.#pending + Buffer.from(bytes).toString('latin1')).split(/[\r\n]/);
    this.#pending = (lines.pop() ?? '').slice(0, LONGEST_LINE);
    for (const line of lines) {
      if (PRINTABLE.test(line)) {
        this.#onLine(line.slice(0, LONGEST_LINE));
      }
    }
  }
}
