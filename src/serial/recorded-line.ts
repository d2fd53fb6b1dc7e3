/**
 * Records a line: every octet of both directions, signals, bit rates, with their times. A wrapper like the others: who
 * works on the line does not know. Each event is handed over as one whole line of text.
 */
import { type Ms, ms } from '../base/units.ts';
import { RECORDING_SCHEMA, type RecordingHeader, writtenOctets } from '../config/recording.ts';
import { Redaction } from './recording-redaction.ts';
import type { DceSignals, DteLine, DteSignals } from './serial-line.ts';
import { WrappedLine } from './wrapped-line.ts';

export interface RecordingOptions extends Pick<RecordingHeader, 'port' | 'startedAt' | 'profile'> {
  /** Takes one event, with its line end. */
  readonly write: (line: string) => void;
  /** Masks secrets: those that are known, and those that their protocol tells. */
  readonly redact?: { readonly secrets: readonly string[] } | undefined;
}

export const recordedDte = (line: DteLine, options: RecordingOptions): DteLine =>
  new RecordedLine(line, options);

/** One side may be silent in the middle of a line while the other goes on. */
const MOST_WAITING = 256;

/** Octets wait as long as a secret may go on in the next ones; all that is older is written. */
interface Waiting {
  readonly at: Ms;
  readonly from: 'dte' | 'dce';
  readonly bytes: Uint8Array;
}

class RecordedLine extends WrappedLine<DteSignals, DceSignals> {
  readonly #write: (line: string) => void;
  readonly #begin = Date.now();
  readonly #redaction: Redaction | undefined;
  readonly #waiting: Waiting[] = [];
  #isClosed = false;

  constructor(line: DteLine, { write, redact, ...header }: RecordingOptions) {
    super(line);
    this.#write = write;
    this.#redaction = redact === undefined ? undefined : new Redaction(redact.secrets);
    this.#put({
      schema: RECORDING_SCHEMA,
      ...header,
      baudRate: line.baudRate,
      isRedacted: redact !== undefined,
    } satisfies RecordingHeader);
    if (line.signals !== 'unknown') {
      this.#event({ dce: { ...line.signals } });
    }
  }

  override write(bytes: Uint8Array): boolean {
    this.#octets('dte', bytes);
    return super.write(bytes);
  }

  override drive(signals: Partial<DteSignals>): void {
    this.#event({ dte: { ...signals } });
    super.drive(signals);
  }

  override setBaudRate(baudRate: number): void {
    if (baudRate !== this.baudRate) {
      this.#event({ baudRate });
    }
    super.setBaudRate(baudRate);
  }

  protected override onData(bytes: Uint8Array): void {
    this.#octets('dce', bytes);
    super.onData(bytes);
  }

  protected override onSignals(seen: DceSignals): void {
    this.#event({ dce: { ...seen } });
    super.onSignals(seen);
  }

  protected override onClose(cause?: Error): void {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#event({ closed: cause?.message ?? '' });
    }
    super.onClose(cause);
  }

  #octets(from: 'dte' | 'dce', bytes: Uint8Array): void {
    if (bytes.length === 0) {
      return;
    }
    if (this.#redaction === undefined) {
      this.#put({ at: this.#elapsed(), from, ...writtenOctets(bytes) });
      return;
    }
    // A copy: it is masked in place, and the line may use its buffer again.
    const copy = Uint8Array.from(bytes);
    this.#waiting.push({ at: this.#elapsed(), from, bytes: copy });
    this.#redaction.push(from, copy);
    if (this.#waiting.length > MOST_WAITING) {
      this.#redaction.settle();
    }
    this.#writeSettled();
  }

  #event(event: object): void {
    // Order is told by the file: what waits comes first.
    this.#redaction?.settle();
    this.#writeSettled();
    this.#put({ at: this.#elapsed(), ...event });
  }

  #writeSettled(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#redaction?.isPending(next.bytes) === true) {
        return;
      }
      this.#waiting.shift();
      this.#put({ at: next.at, from: next.from, ...writtenOctets(next.bytes) });
    }
  }

  #elapsed(): Ms {
    return ms(Date.now() - this.#begin);
  }

  #put(event: object): void {
    this.#write(`${JSON.stringify(event)}\n`);
  }
}
