/** When a step that is played is due, and how long the other side is waited for. */
import { type Ms, ms } from '../base/units.ts';
import type { ExpectedStep, OwnStep } from './script-steps.ts';
import { latin1 } from './utterance-text.ts';

export type Speed = 'real' | 'max';

export interface PaceOptions {
  /** `real`: with the pauses of the recording. */
  readonly speed: Speed;
  /** How much longer than in the recording the other side may take for each step. */
  readonly timeout: Ms;
}

/** After the last step: what the other side still says is a difference. */
const SETTLE = ms(300);
/** Circuits and escapes work by pauses (S12, S25): those around them are kept at full speed too, up to this. */
const LONGEST_KEPT_PAUSE = ms(3000);
/** S12 is a second when nobody has changed it; what was said before must have passed the line. */
const ESCAPE_GUARD = ms(1200);
/** A device may hang up without a sign that the line carries. */
const DTR_PATIENCE = ms(2000);

export class Pace {
  readonly #options: PaceOptions;
  /** When the last step of either side was, live and in the recording. */
  #last: { readonly live: Ms; readonly recorded: Ms };
  /** When this side last said something. */
  #saidAt = ms(0);
  #isPauseKept = false;

  constructor(options: PaceOptions, now: Ms) {
    this.#options = options;
    this.#last = { live: now, recorded: ms(0) };
  }

  /** A step of the other side has come. */
  heard(step: ExpectedStep, now: Ms): void {
    this.#last = { live: now, recorded: step.at };
  }

  /** A step of this side has been done. */
  played({ what, at }: OwnStep, now: Ms): void {
    this.#last = { live: now, recorded: at };
    this.#isPauseKept = needsPause(what);
    if (what.kind === 'say') {
      this.#saidAt = now;
    }
  }

  dueOf({ what, at }: OwnStep): Ms {
    const { live, recorded } = this.#last;
    const pause = Math.max(0, at - recorded);
    const isWhole = this.#options.speed === 'real';
    const kept = isWhole
      ? pause
      : this.#isPauseKept || needsPause(what)
        ? Math.min(pause, LONGEST_KEPT_PAUSE)
        : 0;
    return ms(Math.max(live + kept, isEscape(what) ? this.#saidAt + ESCAPE_GUARD : 0));
  }

  /** Until when the other side is waited for. @param next what it is expected to say; absent: nothing more */
  patienceFor(next: ExpectedStep | undefined): Ms {
    const { live, recorded } = this.#last;
    if (next === undefined) {
      return ms(live + SETTLE);
    }
    const pause = Math.max(0, next.at - recorded);
    return ms(live + pause + (next.what.kind === 'dtrOff' ? DTR_PATIENCE : this.#options.timeout));
  }

  waited(now: Ms): Ms {
    return ms(now - this.#last.live);
  }
}

const needsPause = (what: OwnStep['what']): boolean => what.kind !== 'say' || isEscape(what);

/** V.250 leaves the escape to makers; all that we know take three plus signs between two pauses. */
const isEscape = (what: OwnStep['what']): boolean =>
  what.kind === 'say' && what.utterance.kind === 'text' && latin1(what.utterance.bytes) === '+++';
