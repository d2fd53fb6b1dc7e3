/**
 * Plays one side of a recording, and checks that the other side says what it said then: up to the first difference. No
 * I/O and no timers: what happens and the time go in, actions and the next deadline come out.
 */
import { type Ms, ms } from '../base/units.ts';
import type { Recording } from '../config/recording.ts';
import type { DceSignals, DteSignals } from '../serial/serial-line.ts';
import { DialogueCutter } from './dialogue-cutter.ts';
import { echoReplyTo } from './echo-reply.ts';
import { Echoes } from './echoes.ts';
import { Expectations, type StepDifference } from './expectations.ts';
import { FrameMap } from './frame-map.ts';
import { LastWords } from './last-words.ts';
import { damagedOf, isMaskedSignIn, SIGN_IN } from './masked-sign-in.ts';
import { Pace, type PaceOptions } from './pace.ts';
import { streamsOf } from './recorded-streams.ts';
import type { Role, Side } from './roles.ts';
import { isKeepAlive, scriptOf } from './script.ts';
import type { ExpectedStep, OwnStep, Script } from './script-steps.ts';
import type { PasswordOf } from './sign-ins.ts';
import { SocketDialogue } from './socket-dialogue.ts';
import { describeStep, latin1, textOf } from './utterance-text.ts';
import type { Utterance } from './utterances.ts';
import type { ReplayVerdict } from './verdict.ts';

export interface ReplayOptions extends PaceOptions {
  /** Whose part is played. */
  readonly as: Role;
  /** As device: by these fresh challenges (CHAP, CRAM-MD5, APOP) are answered; who has none says what was recorded. */
  readonly passwordOf?: PasswordOf | undefined;
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

export interface ReplayStep {
  readonly actions: readonly ReplayAction[];
  readonly deadline: Ms | undefined;
}

export class ReplayMachine {
  readonly #script: Script;
  readonly #frames: FrameMap;
  readonly #expected: Expectations;
  readonly #pace: Pace;
  readonly #words = new LastWords();
  readonly #sockets: SocketDialogue;
  readonly #cutter = new DialogueCutter((_, utterance) => this.#hear(utterance));
  readonly #echoes = new Echoes();
  #actions: ReplayAction[] = [];
  #own = 0;
  /** As device: a sign-in that is masked. */
  #hasSaidMasked = false;
  #isOver = false;
  #now: Ms;

  constructor(recording: Recording, options: ReplayOptions, now: Ms) {
    this.#now = now;
    this.#script = scriptOf(recording, options.as, options.passwordOf);
    const streams = streamsOf(this.#script, options.passwordOf);
    this.#frames = new FrameMap({ ...this.#script, streams, passwordOf: options.passwordOf });
    this.#expected = new Expectations(this.#script, streams, this.#frames, (step) => this.#passed(step));
    this.#sockets = new SocketDialogue(this.#script, this.#expected, {
      say: (bytes) => this.#write(bytes),
      note: (utterance) => this.#cutter.note(this.#played, utterance),
    });
    this.#pace = new Pace(options, now);
    // Noise at the beginning is nothing to wait for.
    this.#expected.advance();
    this.#pace = new Pace(options, now);
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

  get #pendingText(): Uint8Array {
    return this.#cutter.pendingText(this.#script.checked);
  }

  /** The side that is played. */
  get #played(): Side {
    return this.#script.checked === 'dte' ? 'dce' : 'dte';
  }

  #take(event: ReplayEvent): void {
    switch (event.type) {
      case 'octets':
        for (let index = 0; index < event.bytes.length && !this.#isOver; index += 1) {
          this.#cutter.push(this.#script.checked, event.bytes.subarray(index, index + 1));
          if (this.#expected.isOpenText(this.#pendingText)) {
            this.#cutter.flushText(this.#script.checked);
          }
          this.#goOn();
        }
        return;
      case 'dtr':
        if (!event.isOn && this.#expected.next?.what.kind === 'dtrOff') {
          this.#count(this.#expected.next);
        }
        return;
      case 'gone':
        this.#gone();
        return;
      case 'time':
        return;
    }
  }

  /** Says what may be said, and ends when time is over or nothing is left. */
  #goOn(): void {
    while (!this.#isOver) {
      const step = this.#script.own[this.#own];
      if (step === undefined || !this.#mayPlay(step) || this.#pace.dueOf(step) > this.#now) {
        break;
      }
      this.#own += 1;
      this.#play(step);
    }
    if (!this.#isOver && this.#deadline() <= this.#now) {
      this.#outOfTime();
    }
  }

  /** What comes before it has come, and no answer is under way that it would interrupt. */
  #mayPlay({ needs }: OwnStep): boolean {
    return needs <= this.#expected.heard && !this.#expected.isReading;
  }

  #deadline(): Ms {
    const step = this.#script.own[this.#own];
    return step !== undefined && this.#mayPlay(step)
      ? this.#pace.dueOf(step)
      : this.#pace.patienceFor(this.#expected.next);
  }

  #play(step: OwnStep): void {
    const { what } = step;
    this.#pace.played(step, this.#now);
    if (what.kind === 'baudRate') {
      this.#actions.push({ type: 'baudRate', baudRate: what.baudRate });
    } else if (what.kind === 'dte') {
      this.#actions.push({ type: 'driveDte', signals: what.signals });
    } else if (what.kind === 'dce') {
      this.#actions.push({ type: 'driveDce', signals: what.signals });
    } else {
      const { utterance } = what;
      const side = this.#played;
      this.#hasSaidMasked ||= side === 'dte' && isMasked(utterance, this.#script.isRedacted);
      this.#write(this.#saidNow(step, utterance));
      this.#cutter.note(side, utterance);
      this.#echoes.hasHeard(side, utterance);
      this.#sockets.said(step);
      this.#words.note('recorded', side, utterance);
      this.#words.note('live', side, utterance);
    }
  }

  #saidNow(step: OwnStep, utterance: Utterance): Uint8Array {
    if (utterance.kind === 'frame') {
      return this.#frames.adapted(step, utterance);
    }
    if (utterance.kind === 'payload' && step.what.kind === 'say' && step.what.place !== undefined) {
      return this.#script.sockets.answered(step.what.place, utterance.raw);
    }
    return this.#script.isRedacted && utterance.kind === 'text' ? withDigits(utterance.raw) : utterance.raw;
  }

  #hear(utterance: Utterance): void {
    if (this.#isOver || (utterance.kind === 'text' && utterance.bytes.length === 0)) {
      return;
    }
    if (isKeepAlive(utterance)) {
      this.#write(echoReplyTo(utterance));
      return;
    }
    this.#words.note('live', this.#script.checked, utterance);
    if (this.#script.role === 'device' && this.#echoes.hasHeard('dce', utterance)) {
      return;
    }
    const onSocket = this.#sockets.hear(utterance);
    if (onSocket !== undefined) {
      this.#judge(onSocket.difference);
    } else if (utterance.kind === 'payload') {
      return;
    } else if (utterance.kind === 'frame') {
      this.#judge(this.#expected.hearFrame(utterance));
      this.#write(this.#isOver ? undefined : this.#frames.acknowledgmentOf(utterance));
    } else {
      this.#skipDtr();
      this.#judge(this.#expected.hearText(utterance));
    }
  }

  #write(bytes: Uint8Array | undefined): void {
    this.#actions.push(...(bytes === undefined ? [] : [{ type: 'write', bytes } as const]));
  }

  /** It and all before it have come. */
  #passed(step: ExpectedStep): void {
    this.#pace.heard(step, this.#now);
    if (step.what.kind !== 'dtrOff') {
      this.#words.note('recorded', this.#script.checked, step.what.utterance);
    }
  }

  #count(step: ExpectedStep): void {
    this.#pace.heard(step, this.#now);
    this.#expected.count(step);
  }

  /** A device that says something has not hung up, or not in a way that the line shows. */
  #skipDtr(): void {
    for (
      let next = this.#expected.next;
      !this.#isOver && next?.what.kind === 'dtrOff';
      next = this.#expected.next
    ) {
      this.#count(next);
      this.#goOn();
    }
  }

  #gone(): void {
    this.#skipDtr();
    this.#cutter.flushText(this.#script.checked);
    this.#goOn();
    const step = this.#expected.next;
    const found = 'nobody at the other end any more';
    if (!this.#isOver) {
      this.#end(step === undefined ? undefined : { step, expected: describeStep(step), found });
    }
  }

  #outOfTime(): void {
    const { next } = this.#expected;
    if (next?.what.kind === 'dtrOff') {
      this.#count(next);
      this.#goOn();
      return;
    }
    const pending = this.#pendingText;
    if (next === undefined) {
      this.#end(
        pending.length === 0 ? undefined : { step: undefined, expected: 'the end', found: textOf(pending) },
      );
      return;
    }
    const waited = Math.round(this.#pace.waited(this.#now) / 100) / 10;
    const found = pending.length === 0 ? `nothing for ${waited} s` : `${textOf(pending)} without a line end`;
    this.#end({ step: next, expected: describeStep(next), found });
  }

  /** Why a device that is played cannot sign in, which may be what comes of it. */
  #whyRefused(): string {
    if (this.#hasSaidMasked) {
      return '; the sign-in of this recording is masked (--redact), so that nothing lets a device in with it';
    }
    const { staleUser } = this.#frames;
    return staleUser === undefined
      ? ''
      : `; the CHAP challenge is a fresh one, and the recorded response of ${staleUser} does not fit it: ` +
          'name the settings that have its password (--settings)';
  }

  #judge(difference: StepDifference | undefined): void {
    if (difference !== undefined) {
      this.#end(difference);
    }
  }

  #end(difference: StepDifference | undefined): void {
    if (this.#isOver) {
      return;
    }
    this.#isOver = true;
    const counted = { steps: this.#script.expected.length, heard: this.#expected.heard };
    if (difference === undefined) {
      this.#actions.push({ type: 'end', verdict: { outcome: 'same', ...counted } });
      return;
    }
    const { step = this.#script.expected.at(-1), expected, found } = difference;
    const located = {
      expected: this.#words.masked(expected),
      found: this.#words.masked(found) + this.#whyRefused(),
      line: step?.line ?? 1,
      at: step?.at ?? ms(0),
      ...this.#words.inBoth,
    };
    this.#actions.push({ type: 'end', verdict: { outcome: 'different', ...counted, difference: located } });
  }
}

const isMasked = (utterance: Utterance, isRedacted: boolean): boolean =>
  SIGN_IN.some((kind) => isMaskedSignIn(damagedOf(utterance), kind, isRedacted));

/** Numbers of cards and devices that were masked are said as zeros: who asks for one expects digits. */
const withDigits = (raw: Uint8Array): Uint8Array =>
  Buffer.from(
    latin1(raw).replace(/\*{14,20}/g, (stars) => '0'.repeat(stars.length)),
    'latin1',
  );
