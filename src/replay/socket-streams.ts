/**
 * The connections of a module's own sockets (`AT+QIOPEN` family), live against recorded. How often the device writes or
 * reads, and how much at a time, is left to it and to the network: what the streams say is compared, as in TCP.
 */
import { OctetStream } from './octet-stream.ts';
import type { Side } from './roles.ts';
import { type PasswordOf, SignIns } from './sign-ins.ts';
import { StreamComparison } from './stream-comparison.ts';
import type { Difference } from './verdict.ts';

const OPEN_COMMAND = /^AT\+QIOPEN=\d+,(\d{1,2}),/i;

interface Connection {
  /** What the side that is checked says in the recording. */
  readonly stream: OctetStream;
  /** And the side that is played. */
  readonly own: OctetStream;
  readonly signIns: SignIns | undefined;
  readonly comparison: StreamComparison;
}

/** A place in a recorded stream of a connection. */
export interface SocketPlace {
  readonly number: number;
  readonly connection: Connection;
  readonly at: number;
}

export class SocketStreams {
  readonly #checked: Side;
  readonly #isRedacted: boolean;
  readonly #passwordOf: PasswordOf;
  /** By number, each time that it was opened. */
  readonly #recorded = new Map<number, Connection[]>();
  /** How often a number has been opened now. */
  readonly #opened = new Map<number, number>();

  constructor(checked: Side, isRedacted: boolean, passwordOf: PasswordOf = () => undefined) {
    this.#checked = checked;
    this.#isRedacted = isRedacted;
    this.#passwordOf = passwordOf;
  }

  /** A command of the recording. */
  recordCommand(line: string): void {
    const number = OPEN_COMMAND.exec(line)?.[1];
    if (number !== undefined) {
      this.#list(Number(number)).push(this.#connection());
    }
  }

  /** Octets of the side that is checked, in the recording. @returns where they end */
  record(number: number, octets: Uint8Array): SocketPlace {
    const connection = this.#latest(number);
    connection.stream.add(connection.stream.length, octets);
    return { number, connection, at: connection.stream.length };
  }

  /** Octets of the side that is played. @returns where they begin */
  recordOwn(number: number, octets: Uint8Array): SocketPlace {
    const connection = this.#latest(number);
    const at = connection.own.length;
    connection.own.add(at, octets);
    return { number, connection, at };
  }

  /** A command of the live dialogue, whoever says it. */
  noteCommand(line: string): void {
    const number = OPEN_COMMAND.exec(line)?.[1];
    if (number !== undefined) {
      this.#opened.set(Number(number), (this.#opened.get(Number(number)) ?? 0) + 1);
    }
  }

  /** Octets of the live side. */
  hear(number: number, octets: Uint8Array): Difference | undefined {
    const opened = this.#opened.get(number) ?? 0;
    const connection = this.#list(number)[Math.max(0, opened - 1)];
    return connection === undefined
      ? { expected: 'no such connection', found: `${octets.length} octets on connection ${number}` }
      : connection.comparison.hear(octets);
  }

  isReached({ connection, at }: SocketPlace): boolean {
    return connection.comparison.reached >= at;
  }

  /** What the played side says now. */
  answered({ connection, at }: SocketPlace, octets: Uint8Array): Uint8Array {
    return connection.signIns?.answered(at, octets) ?? octets;
  }

  #latest(number: number): Connection {
    const list = this.#list(number);
    const latest = list.at(-1) ?? this.#connection();
    if (list.length === 0) {
      list.push(latest);
    }
    return latest;
  }

  #list(number: number): Connection[] {
    const list = this.#recorded.get(number) ?? [];
    this.#recorded.set(number, list);
    return list;
  }

  #connection(): Connection {
    const [stream, own] = [new OctetStream(), new OctetStream()];
    const signIns =
      this.#checked === 'dte' ? undefined : new SignIns(own, this.#passwordOf, this.#isRedacted);
    const comparison = new StreamComparison(stream, { isRedacted: this.#isRedacted, signIns });
    return { stream, own, signIns, comparison };
  }
}
