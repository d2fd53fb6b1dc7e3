/**
 * The seam between the device and everything else: one end of a serial line, whatever carries it.
 * Both sides exchange bytes and control signals (ITU-T V.24 circuits), nothing else.
 */
import type { EventEmitter } from 'node:events';

/** A stream of bytes both ways, as PPP and pacing need it: a serial line, or a call in data mode. */
export interface ByteChannel {
  /** Takes the bytes in any case. `false`: the buffer is full now, wait for `drain`. */
  write(bytes: Uint8Array): boolean;
  on(event: 'data', listener: (bytes: Uint8Array) => void): unknown;
  on(event: 'drain', listener: () => void): unknown;
  /** The last event. `cause` is absent when this end closed it itself. */
  on(event: 'close', listener: (cause?: Error) => void): unknown;
  off(event: 'data' | 'drain' | 'close', listener: (...values: never[]) => void): unknown;
}

/** Circuits that the DTE drives: 108 (DTR) and 105 (RTS). */
export interface DteSignals {
  readonly dtr: boolean;
  readonly rts: boolean;
}

/** Circuits that the DCE drives: 109 (DCD), 107 (DSR), 106 (CTS) and 125 (RI). */
export interface DceSignals {
  readonly dcd: boolean;
  readonly dsr: boolean;
  readonly cts: boolean;
  readonly ri: boolean;
}

export interface SerialLineEvents<Seen> {
  data: [bytes: Uint8Array];
  drain: [];
  /** A signal that the other end drives has changed. Never comes where the line has no signals. */
  signals: [seen: Seen];
  close: [cause?: Error];
}

export interface SerialLine<Driven, Seen> extends EventEmitter<SerialLineEvents<Seen>> {
  write(bytes: Uint8Array): boolean;
  /** What the other end drives, or `unknown` where the line has no signals (a pty, a TCP port). */
  readonly signals: Seen | 'unknown';
  /** Changes signals of this end; without effect where the line has none. */
  drive(signals: Partial<Driven>): void;
  /** Bit/s at this end, 8 data bits, no parity, one stop bit. */
  readonly baudRate: number;
  setBaudRate(baudRate: number): void;
  /** Releases the line; resolves when it is released. */
  close(): Promise<void>;
}

/** The end that the device holds. */
export type DteLine = SerialLine<DteSignals, DceSignals>;

/** The end that the module holds. */
export type DceLine = SerialLine<DceSignals, DteSignals>;
