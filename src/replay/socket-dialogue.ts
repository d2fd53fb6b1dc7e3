/**
 * The part of a play that passes the sockets of a module: what the recording has of it once may be said in more pieces,
 * or fewer. As module it lets the device send as often as it likes; as device it reads until all has come.
 */
import { READ_HEADER, SEND_COMMAND } from './dialogue-cutter.ts';
import type { Expectations, StepDifference } from './expectations.ts';
import type { ExpectedStep, OwnStep, Script } from './script-steps.ts';
import { latin1 } from './utterance-text.ts';
import type { Payload, Utterance } from './utterances.ts';

const SENT = Buffer.from('\r\nSEND OK\r\n', 'latin1');
/** What one AT+QIRD gives at most. */
const LONGEST_READ = 1500;
const RECEIVED = /^\+QIURC: "recv",(\d{1,2})$/;

export interface SocketOutlets {
  /** Says octets now. */
  readonly say: (bytes: Uint8Array) => void;
  /** Tells the cutter what was said. */
  readonly note: (utterance: Utterance) => void;
}

export class SocketDialogue {
  readonly #script: Script;
  readonly #expected: Expectations;
  readonly #outlets: SocketOutlets;
  /** As module: a device writes, by its own count. */
  #isWriting = false;
  /** As device: what is read from and for which step, and how much the answer has. */
  #reading:
    | { readonly connection: number; readonly step: ExpectedStep | undefined; octets: number }
    | undefined;
  /** As device: what has to be read as soon as there is something. */
  #wanted: number | undefined;

  constructor(script: Script, expected: Expectations, outlets: SocketOutlets) {
    this.#script = script;
    this.#expected = expected;
    this.#outlets = outlets;
  }

  /** @returns whether it was for here */
  hear(utterance: Utterance): { readonly difference?: StepDifference | undefined } | undefined {
    if (utterance.kind === 'payload') {
      return { difference: this.#hearOctets(utterance) };
    }
    if (utterance.kind !== 'text') {
      return undefined;
    }
    const text = latin1(utterance.bytes);
    return this.#script.role === 'module' ? this.#hearDevice(text) : this.#hearModule(text);
  }

  /** Something has been said as recorded. @param step of the side that is played */
  said({ what }: OwnStep): void {
    if (what.kind !== 'say' || what.utterance.kind !== 'text') {
      return;
    }
    this.#script.sockets.noteCommand(latin1(what.utterance.bytes));
    if (what.reads !== undefined) {
      this.#begin(what.reads);
    }
  }

  #hearDevice(text: string): { readonly difference?: undefined } | undefined {
    this.#script.sockets.noteCommand(text);
    const connection = SEND_COMMAND.exec(text)?.[1];
    const step = connection === undefined ? undefined : this.#expected.octetsOn(Number(connection));
    if (step?.prompt === undefined) {
      return undefined;
    }
    this.#isWriting = true;
    this.#outlets.say(step.prompt);
    this.#outlets.note({ kind: 'text', bytes: Buffer.from('> '), raw: step.prompt, isWhole: false });
    return {};
  }

  #hearModule(text: string): { readonly difference?: undefined } | undefined {
    const received = RECEIVED.exec(text)?.[1];
    if (received !== undefined) {
      if (this.#wanted === Number(received)) {
        this.#readAgain(this.#wanted);
      }
      return {};
    }
    const reading = this.#reading;
    if (reading === undefined) {
      return undefined;
    }
    if (READ_HEADER.test(text)) {
      reading.octets = Number(READ_HEADER.exec(text)?.[1]);
      return {};
    }
    if (text !== 'OK') {
      return undefined;
    }
    this.#reading = undefined;
    this.#expected.isReading = false;
    this.#expected.advance();
    if (reading.step !== undefined && reading.step === this.#expected.next) {
      if (reading.octets > 0) {
        this.#readAgain(reading.connection);
      } else {
        this.#wanted = reading.connection;
      }
    }
    return {};
  }

  #hearOctets(payload: Payload): StepDifference | undefined {
    const difference = this.#expected.hearOctets(payload);
    if (difference === undefined && this.#isWriting) {
      this.#isWriting = false;
      this.#outlets.say(SENT);
    }
    return difference;
  }

  #readAgain(connection: number): void {
    const command = Buffer.from(`AT+QIRD=${connection},${LONGEST_READ}\r`, 'latin1');
    this.#begin(connection);
    this.#outlets.say(command);
    this.#outlets.note({ kind: 'text', bytes: command.subarray(0, -1), raw: command, isWhole: true });
  }

  #begin(connection: number): void {
    this.#wanted = undefined;
    const { next } = this.#expected;
    const step = next?.what.kind === 'octets' && next.what.place.number === connection ? next : undefined;
    this.#reading = { connection, step, octets: 0 };
    this.#expected.isReading = true;
  }
}
