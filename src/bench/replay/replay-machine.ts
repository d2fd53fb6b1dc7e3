/**
 * Plays one side of a recording, and checks that the other side says what it said then: up to the first difference. No
 * I/O and no timers: what happens and the time go in, actions and the next deadline come out.
 */
import { type Ms, ms } from '../../base/units.ts';
import type { Recording } from '../../config/recording.ts';
import { Redaction } from '../../serial/recording-redaction.ts';
import type { DceSignals, DteSignals } from '../../serial/serial-line.ts';
import { HdlcEncoder } from '../../wire/hdlc-encoder.ts';
import { DEFAULT_FRAMING } from '../../wire/hdlc-framing.ts';
import { ControlCode, decodeControlPacket, encodeControlPacket } from '../../wire/ppp/control-packet.ts';
import { PppProtocol } from '../../wire/ppp/protocol-number.ts';
import type { Difference } from './difference.ts';
import { describeFrame, type Frame, FrameMap, kindOf, packetOf } from './frames.ts';
import { damagedOf, isMaskedSignIn, SIGN_IN } from './masked-sign-in.ts';
import { isSameCommandLine } from './masks.ts';
import {
  type ExpectedStep,
  isKeepAlive,
  type OwnStep,
  type Role,
  type Script,
  type Side,
  scriptOf,
} from './script.ts';
import { TcpStreams, tcpOf } from './tcp-streams.ts';
import { describe, describeStep, latin1, textOf } from './utterance-text.ts';
import { type Utterance, UtteranceCutter } from './utterances.ts';

export type Speed = 'real' | 'max';

export interface ReplayOptions {
  /** Whose part is played. */
  readonly as: Role;
  /** `real`: with the pauses of the recording. */
  readonly speed: Speed;
  /** How much longer than in the recording the other side may take for each step. */
  readonly timeout: Ms;
}

export type ReplayEvent =
  | { readonly type: 'octets'; readonly bytes: Uint8Array }
  /** Circuit 108 as the device drives it, where the line carries it. */
  | { readonly type: 'dtr'; readonly isOn: boolean }
  /** Nobody is at the other end any more. */
  | { readonly type: 'gone' }
  | { readonly type: 'time' };

export type ReplayAction =
  | { readonly type: 'write'; readonly bytes: Uint8Array }
  | { readonly type: 'driveDte'; readonly signals: Partial<DteSignals> }
  | { readonly type: 'driveDce'; readonly signals: DceSignals }
  | { readonly type: 'baudRate'; readonly baudRate: number }
  | { readonly type: 'end'; readonly verdict: ReplayVerdict };

export interface ReplayVerdict {
  readonly outcome: 'same' | 'different';
  /** Steps of the other side in the recording, and how many of them came. */
  readonly steps: number;
  readonly heard: number;
  readonly difference?: LocatedDifference | undefined;
}

export interface LocatedDifference extends Difference {
  /** Line of the recording. */
  readonly line: number;
  /** Milliseconds since the start of the recording. */
  readonly at: Ms;
  /** What came before, oldest first: in the recording, and now. */
  readonly recorded: readonly string[];
  readonly live: readonly string[];
}

export interface ReplayStep {
  readonly actions: readonly ReplayAction[];
  readonly deadline: Ms | undefined;
}

/** After the last step: what the other side still says is a difference. */
const SETTLE = ms(300);
/** Circuits and escapes work by pauses (S12, S25): those around them are kept at full speed too, up to this. */
const LONGEST_KEPT_PAUSE = ms(3000);
/** S12 is a second when nobody has changed it; what was said before must have passed the line. */
const ESCAPE_GUARD = ms(1200);
/** A device may hang up without a sign that the line carries. */
const DTR_PATIENCE = ms(2000);
const CONTEXT_STEPS = 6;
/** Of the same exchange: more requests than these are not on their way at once. */
const LOOK_AHEAD = 16;

export class ReplayMachine {
  readonly #options: ReplayOptions;
  readonly #script: Script;
  readonly #streams: TcpStreams;
  readonly #frames: FrameMap;
  readonly #cutter = new UtteranceCutter((utterance) => this.#hear(utterance));
  readonly #redaction = new Redaction([]);
  readonly #heard = new Set<ExpectedStep>();
  readonly #context: Record<'recorded' | 'live', string[]> = { recorded: [], live: [] };
  /** Live frames that counted once: what is sent again does not count. */
  readonly #said: Uint8Array[] = [];
  #actions: ReplayAction[] = [];
  #own = 0;
  /** The first step of the other side that has not come. */
  #front = 0;
  /** When the last step was, live and in the recording. */
  #last: { live: Ms; recorded: Ms };
  /** When this side last said something. */
  #saidAt = ms(0);
  #isPauseKept = false;
  #isOver = false;

  constructor(recording: Recording, options: ReplayOptions, now: Ms) {
    this.#options = options;
    this.#script = scriptOf(recording, options.as);
    const { checked, isRedacted } = this.#script;
    this.#streams = new TcpStreams(checked, isRedacted);
    this.#frames = new FrameMap(checked, isRedacted, this.#streams);
    this.#learnStreams();
    this.#last = { live: now, recorded: ms(0) };
    this.#advance();
    this.#last = { live: now, recorded: ms(0) };
  }

  /** @returns what is to be done now, and when to come back even if nothing happens */
  step(event: ReplayEvent, now: Ms): ReplayStep {
    this.#actions = [];
    if (!this.#isOver) {
      this.#now = now;
      this.#take(event);
      this.#goOn();
    }
    return { actions: this.#actions, deadline: this.#isOver ? undefined : this.#deadline() };
  }

  #now = ms(0);

  #take(event: ReplayEvent): void {
    switch (event.type) {
      case 'octets':
        for (let index = 0; index < event.bytes.length && !this.#isOver; index += 1) {
          this.#cutter.push(event.bytes.subarray(index, index + 1));
          this.#takeOpenText();
          this.#goOn();
        }
        return;
      case 'dtr':
        if (!event.isOn && this.#next?.what.kind === 'dtrOff') {
          this.#count(this.#next);
        }
        return;
      case 'gone':
        this.#skipDtr();
        this.#cutter.flushText();
        this.#goOn();
        if (!this.#isOver && this.#next !== undefined) {
          this.#differ(this.#next, {
            expected: describeStep(this.#next),
            found: 'nobody at the other end any more',
          });
        } else if (!this.#isOver) {
          this.#end(undefined);
        }
        return;
      case 'time':
        return;
    }
  }

  get #next(): ExpectedStep | undefined {
    return this.#script.expected[this.#front];
  }

  /** Says what may be said, and ends when time is over or nothing is left. */
  #goOn(): void {
    while (!this.#isOver) {
      const { own } = this.#script;
      const step = own[this.#own];
      if (step === undefined || step.needs > this.#front || this.#dueOf(step) > this.#now) {
        break;
      }
      this.#own += 1;
      this.#play(step);
    }
    if (!this.#isOver && this.#deadline() <= this.#now) {
      this.#outOfTime();
    }
  }

  #deadline(): Ms {
    const step = this.#script.own[this.#own];
    const { live, recorded } = this.#last;
    if (step !== undefined && step.needs <= this.#front) {
      return this.#dueOf(step);
    }
    const next = this.#next;
    if (next === undefined) {
      return ms(live + SETTLE);
    }
    const pause = Math.max(0, next.at - recorded);
    const patience = next.what.kind === 'dtrOff' ? DTR_PATIENCE : this.#options.timeout;
    return ms(live + pause + patience);
  }

  #dueOf(step: OwnStep): Ms {
    const { live, recorded } = this.#last;
    const pause = Math.max(0, step.at - recorded);
    if (this.#options.speed === 'real') {
      return ms(Math.max(live + pause, this.#guardedUntil(step)));
    }
    const kept = this.#isPauseKept || needsPause(step) ? Math.min(pause, LONGEST_KEPT_PAUSE) : 0;
    return ms(Math.max(live + kept, this.#guardedUntil(step)));
  }

  #guardedUntil({ what }: OwnStep): Ms {
    return isEscape(what) ? ms(this.#saidAt + ESCAPE_GUARD) : ms(0);
  }

  #outOfTime(): void {
    const next = this.#next;
    if (next?.what.kind === 'dtrOff') {
      this.#count(next);
      this.#goOn();
      return;
    }
    const pending = this.#cutter.pendingText;
    if (next === undefined) {
      this.#end(pending.length === 0 ? undefined : { expected: 'the end', found: textOf(pending) });
      return;
    }
    const waited = Math.round((this.#now - this.#last.live) / 100) / 10;
    const found = pending.length === 0 ? `nothing for ${waited} s` : `${textOf(pending)} without a line end`;
    this.#differ(next, { expected: this.#shown(describeStep(next)), found: this.#shown(found) });
  }

  #play(step: OwnStep): void {
    const { what, at } = step;
    this.#last = { live: this.#now, recorded: at };
    if (what.kind === 'baudRate') {
      this.#actions.push({ type: 'baudRate', baudRate: what.baudRate });
    } else if (what.kind === 'dte') {
      this.#actions.push({ type: 'driveDte', signals: what.signals });
    } else if (what.kind === 'dce') {
      this.#actions.push({ type: 'driveDce', signals: what.signals });
    } else {
      const { utterance } = what;
      const bytes =
        utterance.kind === 'frame'
          ? this.#frames.adapted(step, utterance)
          : this.#script.isRedacted && utterance.kind === 'text'
            ? withDigits(utterance.raw)
            : utterance.raw;
      this.#actions.push({ type: 'write', bytes });
      this.#saidAt = this.#now;
      this.#note('recorded', this.#script.checked === 'dte' ? 'dce' : 'dte', utterance);
      this.#note('live', this.#script.checked === 'dte' ? 'dce' : 'dte', utterance);
    }
    this.#isPauseKept = needsPause({ what });
  }

  #hear(utterance: Utterance): void {
    if (this.#isOver || (utterance.kind === 'text' && utterance.bytes.length === 0)) {
      return;
    }
    if (isKeepAlive(utterance)) {
      this.#answerEcho(utterance);
      return;
    }
    this.#note('live', this.#script.checked, utterance);
    if (utterance.kind === 'frame') {
      this.#hearFrame(utterance);
      return;
    }
    this.#skipDtr();
    const next = this.#next;
    if (next === undefined) {
      this.#end({ expected: 'the end', found: this.#shown(describe(utterance)) });
    } else if (isSameUtterance(next, utterance, this.#script.isRedacted)) {
      this.#count(next);
    } else if (utterance.kind !== 'damaged') {
      this.#differ(next, {
        expected: this.#shown(describeStep(next)),
        found: this.#shown(describe(utterance)),
      });
    }
  }

  /** What the recording has without a line end (`+++`, a prompt) is the same as soon as it is there. */
  #takeOpenText(): void {
    const next = this.#next;
    if (next?.what.kind !== 'hear' || next.what.utterance.kind !== 'text' || next.what.utterance.isWhole) {
      return;
    }
    const pending = this.#cutter.pendingText;
    const { bytes } = next.what.utterance;
    if (pending.length > 0 && pending.length === bytes.length && Buffer.from(pending).equals(bytes)) {
      this.#cutter.flushText();
    }
  }

  #hearFrame(frame: Frame): void {
    const packet = packetOf(frame);
    const segment = packet === undefined ? undefined : tcpOf(packet);
    if (packet !== undefined && segment !== undefined) {
      const difference = this.#streams.hear(packet, segment);
      if (difference !== undefined) {
        this.#differ(this.#next ?? this.#script.expected.at(-1), {
          expected: this.#shown(difference.expected),
          found: this.#shown(difference.found),
        });
        return;
      }
      this.#advance();
      return;
    }
    const candidate = this.#candidates(kindOf(frame))[0];
    if (candidate !== undefined && this.#accepts(candidate, frame)) {
      this.#said.push(frame.payload);
      this.#count(candidate);
    } else if (!this.#said.some((before) => Buffer.from(before).equals(frame.payload))) {
      const step = candidate ?? this.#next;
      const expected = step === undefined ? 'the end' : this.#shown(describeStep(step));
      this.#differ(step, { expected, found: describeFrame(frame) });
    }
  }

  #accepts({ what }: ExpectedStep, live: Frame): boolean {
    if (what.kind !== 'hear' || what.utterance.kind === 'text') {
      return false;
    }
    // A masked frame has a checksum that does not hold: that there is one is all that is known.
    return what.utterance.kind === 'damaged'
      ? this.#script.isRedacted
      : this.#frames.accept(what.utterance, live);
  }

  /** Steps of this kind that may come now: frames of two protocols may overtake each other, not a line of text. */
  #candidates(kind: string): ExpectedStep[] {
    const found: ExpectedStep[] = [];
    for (const step of this.#script.expected.slice(this.#front, this.#front + LOOK_AHEAD)) {
      if (step.what.kind !== 'hear' || step.what.utterance.kind === 'text') {
        break;
      }
      const { utterance } = step.what;
      const isOfKind =
        utterance.kind === 'damaged'
          ? isMaskedSignIn(utterance.bytes, kind, this.#script.isRedacted)
          : kindOf(utterance) === kind;
      if (isOfKind && !this.#heard.has(step) && this.#streams.isHeard(step) === undefined) {
        found.push(step);
      }
    }
    return found;
  }

  #count(step: ExpectedStep): void {
    this.#heard.add(step);
    this.#last = { live: this.#now, recorded: step.at };
    this.#advance();
  }

  /** Goes on over all that has come. */
  #advance(): void {
    for (let next = this.#next; next !== undefined; next = this.#next) {
      const { what } = next;
      // Noise of that day is not asked for again.
      const isNoise =
        what.kind === 'hear' &&
        what.utterance.kind === 'damaged' &&
        !SIGN_IN.some((kind) => isMaskedSignIn(damagedOf(what.utterance), kind, this.#script.isRedacted));
      if (!this.#heard.has(next) && this.#streams.isHeard(next) !== true && !isNoise) {
        return;
      }
      this.#front += 1;
      this.#last = { live: this.#now, recorded: next.at };
      if (what.kind === 'hear') {
        this.#note('recorded', this.#script.checked, what.utterance);
      }
    }
  }

  #skipDtr(): void {
    for (let next = this.#next; next?.what.kind === 'dtrOff'; next = this.#next) {
      this.#count(next);
      this.#goOn();
    }
  }

  #answerEcho(utterance: Utterance): void {
    const request = utterance.kind === 'frame' ? decodeControlPacket(utterance.payload) : undefined;
    if (request?.code === ControlCode.echoRequest) {
      // RFC 1661 section 5.8: who has no magic number says 0.
      const data = Uint8Array.from(request.data);
      data.fill(0, 0, 4);
      const reply = encodeControlPacket({
        code: ControlCode.echoReply,
        identifier: request.identifier,
        data,
      });
      this.#actions.push({
        type: 'write',
        bytes: new HdlcEncoder().encode(PppProtocol.lcp, reply, DEFAULT_FRAMING),
      });
    }
  }

  #note(where: 'recorded' | 'live', side: Side, utterance: Utterance): void {
    if (utterance.kind === 'text' && utterance.bytes.length === 0) {
      return;
    }
    const context = this.#context[where];
    context.push(`${side} ${this.#shown(describe(utterance))}`);
    if (context.length > CONTEXT_STEPS) {
      context.shift();
    }
  }

  /** What may be shown of it: passwords are masked, as in a recording. */
  #shown(text: string): string {
    const bytes = Buffer.from(`${text}\r`, 'latin1');
    this.#redaction.push('dte', bytes);
    this.#redaction.settle();
    return bytes.toString('latin1').slice(0, -1);
  }

  #differ(step: ExpectedStep | undefined, difference: Difference): void {
    this.#end(difference, step);
  }

  #end(
    difference: Difference | undefined,
    step: ExpectedStep | undefined = this.#script.expected.at(-1),
  ): void {
    if (this.#isOver) {
      return;
    }
    this.#isOver = true;
    const { recorded, live } = this.#context;
    this.#actions.push({
      type: 'end',
      verdict: {
        outcome: difference === undefined ? 'same' : 'different',
        steps: this.#script.expected.length,
        heard: this.#front,
        ...(difference === undefined
          ? {}
          : {
              difference: {
                ...difference,
                line: step?.line ?? 1,
                at: step?.at ?? ms(0),
                recorded: [...recorded],
                live: [...live],
              },
            }),
      },
    });
  }

  /** Both sides in the order of the file: what one connection is shows in both. */
  #learnStreams(): void {
    const { own, expected } = this.#script;
    let index = 0;
    const learnOwn = (before: number) => {
      for (let step = own[index]; step !== undefined && step.needs <= before; step = own[index]) {
        index += 1;
        if (step.what.kind === 'say') {
          this.#learn(step.what.utterance, (packet, segment) => this.#streams.play(step, packet, segment));
        }
      }
    };
    for (const [before, step] of expected.entries()) {
      learnOwn(before);
      if (step.what.kind === 'hear') {
        this.#learn(step.what.utterance, (packet, segment) => this.#streams.expect(step, packet, segment));
      }
    }
    learnOwn(expected.length);
  }

  #learn(
    utterance: Utterance,
    learn: (...of: Parameters<TcpStreams['play']> extends [object, ...infer Rest] ? Rest : never) => void,
  ): void {
    const packet = utterance.kind === 'frame' ? packetOf(utterance) : undefined;
    const segment = packet === undefined ? undefined : tcpOf(packet);
    if (packet !== undefined && segment !== undefined) {
      learn(packet, segment);
    }
  }
}

const needsPause = ({ what }: Pick<OwnStep, 'what'>): boolean => what.kind !== 'say' || isEscape(what);

/** V.250 leaves the escape to makers; all that we know take three plus signs between two pauses. */
const isEscape = (what: OwnStep['what']): boolean =>
  what.kind === 'say' && what.utterance.kind === 'text' && latin1(what.utterance.bytes) === '+++';

function isSameUtterance({ what }: ExpectedStep, live: Utterance, isRedacted: boolean): boolean {
  if (what.kind !== 'hear' || what.utterance.kind !== 'text' || live.kind !== 'text') {
    return false;
  }
  const [recorded, found] = [latin1(what.utterance.bytes), latin1(live.bytes)];
  return what.match?.test(found) === true || isSameCommandLine(recorded, found, isRedacted);
}

/** Numbers of cards and devices that were masked are said as zeros: who asks for one expects digits. */
const withDigits = (raw: Uint8Array): Uint8Array =>
  Buffer.from(
    latin1(raw).replace(/\*{14,20}/g, (stars) => '0'.repeat(stars.length)),
    'latin1',
  );
