/**
 * One call at a time: dialling, ringing, answering, connected (ITU-T V.250 §6.3). Knows nothing of lines and
 * results' formats; it says what happened, and the server reports it.
 */
import { type Ms, ms, seconds } from '../../base/units.ts';
import { parseDialString } from '../../wire/at/dial-string.ts';
import type { ResultCode } from '../../wire/at/result-code.ts';
import type { DceAction } from './dialogue.ts';
import type { CallEndCause, CallState } from './module-context.ts';
import type { Settings } from './settings.ts';

/** `!` goes on-hook for half a second (V.250 §6.3.1.5). */
const HOOK_FLASH = ms(500);
/** A call that has not rung for so long is gone; Hayes clears S1 then, here the next call does. */
const RING_LAPSE = seconds(8);

type Call =
  | { readonly state: 'idle' | 'voice' }
  | { readonly state: 'ringing'; readonly lapsesAt: Ms }
  | {
      readonly state: 'dialling' | 'answering';
      /** Until then the module is still at pauses of the dial string. */
      readonly begin: { readonly at: Ms; readonly action: DceAction } | undefined;
      /** S7. */
      readonly givesUpAt: Ms;
      /** Not before then is CONNECT reported. */
      readonly earliestAt: Ms;
      /** Where given, the call is there and only time is missing. */
      readonly bitRate: number | undefined;
      readonly modifiers: string;
    }
  | { readonly state: 'connected'; readonly bitRate: number };

/** How an attempt ended. */
export type AttemptEnd = { readonly bitRate: number } | { readonly failed: ResultCode };

export interface CallControlOptions {
  readonly settings: Settings;
  readonly connectMs: number;
  readonly act: (action: DceAction) => void;
}

export class CallControl {
  readonly #options: CallControlOptions;
  #call: Call = { state: 'idle' };
  #lastNumber: string | undefined;
  #address: string | undefined;
  lastCause: CallEndCause = 'none';

  constructor(options: CallControlOptions) {
    this.#options = options;
  }

  get state(): CallState {
    return this.#call.state;
  }

  /** Whether a dial or answer command waits for its result. */
  get isPending(): boolean {
    return this.#call.state === 'dialling' || this.#call.state === 'answering';
  }

  get bitRate(): number | undefined {
    return this.#call.state === 'connected' ? this.#call.bitRate : undefined;
  }

  /** What was dialled for the connected call. */
  get number(): string | undefined {
    return this.#call.state === 'connected' ? this.#lastNumber : undefined;
  }

  /** The address of the connected call, where the network told it. */
  get address(): string | undefined {
    return this.#call.state === 'connected' ? this.#address : undefined;
  }

  get deadline(): Ms | undefined {
    switch (this.#call.state) {
      case 'ringing':
        return this.#call.lapsesAt;
      case 'dialling':
      case 'answering':
        if (this.#call.begin !== undefined) {
          return this.#call.begin.at;
        }
        return this.#call.bitRate === undefined ? this.#call.givesUpAt : this.#call.earliestAt;
      default:
        return undefined;
    }
  }

  /**
   * Begins a data call.
   * @returns the result when it is known at once
   */
  dial(text: string, now: Ms): ResultCode | 'pending' {
    const { settings, act, connectMs } = this.#options;
    const dialled = this.#resolve(text);
    if (dialled === undefined || dialled.number === '') {
      return 'NO CARRIER';
    }
    const at = ms(now + pauses(dialled.modifiers, settings));
    const action: DceAction = { type: 'dial', ...dialled, isVoice: false };
    this.#call = {
      state: 'dialling',
      begin: at > now ? { at, action } : undefined,
      givesUpAt: ms(at + seconds(settings.register(7))),
      earliestAt: ms(at + connectMs),
      bitRate: undefined,
      modifiers: dialled.modifiers,
    };
    if (at <= now) {
      act(action);
    }
    return 'pending';
  }

  /** Begins a voice call, which needs no answer to return to command state. */
  dialVoice(text: string): boolean {
    const dialled = this.#resolve(text);
    if (dialled === undefined) {
      return false;
    }
    this.#options.act({ type: 'dial', ...dialled, isVoice: true });
    this.#call = { state: 'voice' };
    return true;
  }

  /** @returns false when nothing rings */
  answer(now: Ms): boolean {
    if (this.#call.state !== 'ringing') {
      return false;
    }
    const { settings, connectMs, act } = this.#options;
    this.#call = {
      state: 'answering',
      begin: undefined,
      givesUpAt: ms(now + seconds(settings.register(7))),
      earliestAt: ms(now + connectMs),
      bitRate: undefined,
      modifiers: '',
    };
    act({ type: 'answer' });
    return true;
  }

  /** One ring; S1 counts them. @returns false when the module is busy with another call */
  ring(now: Ms): boolean {
    if (this.#call.state !== 'idle' && this.#call.state !== 'ringing') {
      return false;
    }
    const { settings } = this.#options;
    const rings = this.#call.state === 'ringing' ? settings.register(1) + 1 : 1;
    settings.setRegister(1, Math.min(rings, 255));
    this.#call = { state: 'ringing', lapsesAt: ms(now + RING_LAPSE) };
    return true;
  }

  /** The other end is there. @returns the end of the attempt, unless it is to be reported later */
  connected(bitRate: number, now: Ms, address?: string): AttemptEnd | undefined {
    if (this.#call.state !== 'dialling' && this.#call.state !== 'answering') {
      return undefined;
    }
    this.#call = { ...this.#call, bitRate };
    this.#address = address;
    return this.expire(now);
  }

  failed(reason: 'busy' | 'no-answer' | 'no-carrier'): AttemptEnd | undefined {
    if (!this.isPending) {
      return undefined;
    }
    this.#end('not in call');
    return { failed: FAILURES[reason] };
  }

  /** Does what is due. @returns how an attempt ended, if it did */
  expire(now: Ms): AttemptEnd | undefined {
    const call = this.#call;
    if (call.state === 'ringing' && now >= call.lapsesAt) {
      this.#call = { state: 'idle' };
    }
    if (call.state !== 'dialling' && call.state !== 'answering') {
      return undefined;
    }
    if (call.begin !== undefined) {
      if (now >= call.begin.at) {
        this.#call = { ...call, begin: undefined };
        this.#options.act(call.begin.action);
      }
      return undefined;
    }
    if (call.bitRate !== undefined) {
      if (now < call.earliestAt) {
        return undefined;
      }
      this.#call = { state: 'connected', bitRate: call.bitRate };
      return { bitRate: call.bitRate };
    }
    if (now < call.givesUpAt) {
      return undefined;
    }
    this.abandon();
    // V.250 §6.3.1: NO ANSWER is for an `@` whose silence never came.
    return { failed: call.modifiers.includes('@') ? 'NO ANSWER' : 'NO CARRIER' };
  }

  /** Gives up whatever call there is, from this side. @returns whether a connected call ended */
  abandon(): boolean {
    const call = this.#call;
    if (call.state === 'idle') {
      return false;
    }
    if (call.state === 'dialling' && call.bitRate === undefined) {
      if (call.begin === undefined) {
        this.#options.act({ type: 'give-up-dial' });
      }
    } else {
      this.#options.act({ type: 'hang-up' });
    }
    this.#end(call.state === 'connected' ? 'call ended' : 'not in call');
    return call.state === 'connected';
  }

  /** The other end hung up. */
  closed(): void {
    this.#end('call ended');
  }

  #end(cause: CallEndCause): void {
    this.#call = { state: 'idle' };
    this.lastCause = cause;
  }

  /** @returns undefined for `L` when nothing was dialled before */
  #resolve(text: string): { readonly number: string; readonly modifiers: string } | undefined {
    const { number, modifiers, isRedial } = parseDialString(text);
    if (isRedial) {
      return this.#lastNumber === undefined ? undefined : { number: this.#lastNumber, modifiers };
    }
    if (number !== '') {
      this.#lastNumber = number;
    }
    return { number, modifiers };
  }
}

const FAILURES = { busy: 'BUSY', 'no-answer': 'NO ANSWER', 'no-carrier': 'NO CARRIER' } as const;

/** S8 seconds for each comma (V.250 §6.3.1.2). */
function pauses(modifiers: string, settings: Settings): number {
  let total = 0;
  for (const modifier of modifiers) {
    if (modifier === ',') {
      total += seconds(settings.register(8));
    } else if (modifier === '!') {
      total += HOOK_FLASH;
    }
  }
  return total;
}
