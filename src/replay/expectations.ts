/** What the side that is checked has to say: what of it has come, and what may come next. */

import type { FrameMap } from './frame-map.ts';
import { type Frame, kindOf, packetOf } from './frames.ts';
import { damagedOf, isMaskedSignIn, SIGN_IN } from './masked-sign-in.ts';
import { isSameCommandLine } from './masks.ts';
import type { ExpectedStep, Script } from './script-steps.ts';
import { type TcpStreams, tcpOf } from './tcp-streams.ts';
import { describe, describeStep, latin1 } from './utterance-text.ts';
import type { Payload, Utterance } from './utterances.ts';
import type { Difference } from './verdict.ts';

/** What a module with sockets says of them when it happens. */
const UNASKED = /^\+QIURC: /;
/** Of the same exchange: more requests than these are not on their way at once. */
const LOOK_AHEAD = 16;

/** A difference belongs to the step that was expected. */
export interface StepDifference extends Difference {
  readonly step: ExpectedStep | undefined;
}

export type OctetsStep = Extract<ExpectedStep['what'], { readonly kind: 'octets' }>;

export class Expectations {
  readonly #script: Script;
  readonly #streams: TcpStreams;
  readonly #frames: FrameMap;
  readonly #onHeard: (step: ExpectedStep) => void;
  readonly #heard = new Set<ExpectedStep>();
  /** Live frames that counted once: what is sent again does not count. */
  readonly #said: Uint8Array[] = [];
  #front = 0;
  /** As device: an answer to AT+QIRD is under way. */
  isReading = false;

  /** @param onHeard is told of each step when it and all before it have come, in their order */
  constructor(script: Script, streams: TcpStreams, frames: FrameMap, onHeard: (step: ExpectedStep) => void) {
    this.#script = script;
    this.#streams = streams;
    this.#frames = frames;
    this.#onHeard = onHeard;
  }

  /** The first step that has not come. */
  get next(): ExpectedStep | undefined {
    return this.#script.expected[this.#front];
  }

  /** So many steps have come. */
  get heard(): number {
    return this.#front;
  }

  count(step: ExpectedStep): void {
    this.#heard.add(step);
    this.advance();
  }

  /** Goes on over all that has come. */
  advance(): void {
    for (let next = this.next; next !== undefined && this.#isPassed(next); next = this.next) {
      this.#front += 1;
      this.#onHeard(next);
    }
  }

  /** A line of text in command state, or octets that are no frame. */
  hearText(live: Exclude<Utterance, Frame | Payload>): StepDifference | undefined {
    const { next } = this;
    if (next === undefined) {
      return { step: undefined, expected: 'the end', found: describe(live) };
    }
    for (const step of this.#textsThatMayCome(live)) {
      if (isSameText(step, live, this.#script.isRedacted)) {
        this.count(step);
        return undefined;
      }
    }
    return live.kind === 'damaged'
      ? undefined
      : { step: next, expected: describeStep(next), found: describe(live) };
  }

  /** Octets of the live side on a connection inside the module. */
  hearOctets({ connection, bytes }: Payload): StepDifference | undefined {
    const difference = this.#script.sockets.hear(connection, bytes);
    if (difference === undefined) {
      this.advance();
      return undefined;
    }
    return { step: this.next, ...difference };
  }

  /** The octets that a connection has to say next, where it may say any now. */
  octetsOn(connection: number): OctetsStep | undefined {
    if (this.next?.what.kind === 'hear' && this.next.what.utterance.kind === 'text') {
      return undefined;
    }
    for (const step of this.#script.expected.slice(this.#front, this.#front + LOOK_AHEAD)) {
      if (step.what.kind === 'octets' && step.what.place.number === connection && !this.#isPassed(step)) {
        return step.what;
      }
    }
    return undefined;
  }

  hearFrame(live: Frame): StepDifference | undefined {
    const packet = packetOf(live);
    const segment = packet === undefined ? undefined : tcpOf(packet);
    if (packet !== undefined && segment !== undefined) {
      const difference = this.#streams.hear(packet, segment);
      if (difference !== undefined) {
        return { step: this.next, ...difference };
      }
      this.advance();
      return undefined;
    }
    const candidate = this.#firstOfKind(kindOf(live));
    if (candidate !== undefined && this.#accepts(candidate, live)) {
      this.#said.push(live.payload);
      this.count(candidate);
      return undefined;
    }
    if (this.#said.some((before) => Buffer.from(before).equals(live.payload))) {
      return undefined;
    }
    const step = candidate ?? this.next;
    return { step, expected: step === undefined ? 'the end' : describeStep(step), found: describe(live) };
  }

  /** What the recording has without a line end (`+++`, a prompt) is the same as soon as it is there. */
  isOpenText(pending: Uint8Array): boolean {
    const what = this.next?.what;
    return (
      pending.length > 0 &&
      what?.kind === 'hear' &&
      what.utterance.kind === 'text' &&
      !what.utterance.isWhole &&
      Buffer.from(pending).equals(what.utterance.bytes)
    );
  }

  #isPassed(step: ExpectedStep): boolean {
    if (step.what.kind === 'octets') {
      return !this.isReading && this.#script.sockets.isReached(step.what.place);
    }
    return this.#heard.has(step) || this.#streams.isHeard(step) === true || this.#isNoise(step);
  }

  /** In their order; what a module says of its connections unasked may come earlier or later. */
  *#textsThatMayCome(live: Utterance): Generator<ExpectedStep> {
    const isUnasked = live.kind === 'text' && UNASKED.test(latin1(live.bytes));
    for (const step of this.#script.expected.slice(this.#front, this.#front + LOOK_AHEAD)) {
      const { what } = step;
      if (this.#heard.has(step)) {
        continue;
      }
      const isText = what.kind === 'hear' && what.utterance.kind === 'text';
      if (isText && UNASKED.test(latin1(what.utterance.bytes)) === isUnasked) {
        yield step;
        return;
      }
      if (!isText && !(isUnasked && what.kind === 'octets')) {
        return;
      }
    }
  }

  /** Noise of that day is not asked for again. */
  #isNoise({ what }: ExpectedStep): boolean {
    return (
      what.kind === 'hear' &&
      what.utterance.kind === 'damaged' &&
      !SIGN_IN.some((kind) => isMaskedSignIn(damagedOf(what.utterance), kind, this.#script.isRedacted))
    );
  }

  /** Of those that may come now: frames of two protocols may overtake each other, not a line of text. */
  #firstOfKind(kind: string): ExpectedStep | undefined {
    for (const step of this.#script.expected.slice(this.#front, this.#front + LOOK_AHEAD)) {
      if (step.what.kind !== 'hear' || step.what.utterance.kind === 'text') {
        return undefined;
      }
      const { utterance } = step.what;
      const isOfKind =
        utterance.kind === 'payload'
          ? false
          : utterance.kind === 'damaged'
            ? isMaskedSignIn(utterance.bytes, kind, this.#script.isRedacted)
            : kindOf(utterance) === kind;
      if (isOfKind && !this.#heard.has(step) && this.#streams.isHeard(step) === undefined) {
        return step;
      }
    }
    return undefined;
  }

  #accepts({ what }: ExpectedStep, live: Frame): boolean {
    if (what.kind !== 'hear' || what.utterance.kind === 'text') {
      return false;
    }
    // A masked frame has a checksum that does not hold: that there is one is all that is known.
    return what.utterance.kind === 'damaged'
      ? this.#script.isRedacted
      : what.utterance.kind === 'frame' && this.#frames.accept(what.utterance, live);
  }
}

function isSameText({ what }: ExpectedStep, live: Utterance, isRedacted: boolean): boolean {
  if (what.kind !== 'hear' || what.utterance.kind !== 'text' || live.kind !== 'text') {
    return false;
  }
  const [recorded, found] = [latin1(what.utterance.bytes), latin1(live.bytes)];
  return what.match?.test(found) === true || isSameCommandLine(recorded, found, isRedacted);
}
