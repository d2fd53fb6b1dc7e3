/**
 * Which telnet options are in force, by the Q method of RFC 1143 for an end that never changes its mind: it offers
 * and accepts a fixed set, refuses the rest, and answers nothing that is in force already, so that no loop begins.
 */
import { encodeNegotiation, type TelnetVerb } from '../wire/telnet.ts';

/** `WANTYES`: offered or asked for, the answer has not come. */
type OptionState = 'NO' | 'WANTYES' | 'YES';

export interface TelnetOptions {
  /** What this end does (WILL). */
  readonly us: readonly number[];
  /** What the other end may do (DO). */
  readonly him: readonly number[];
}

export class TelnetNegotiation {
  readonly #wanted: TelnetOptions;
  readonly #us = new Map<number, OptionState>();
  readonly #him = new Map<number, OptionState>();

  constructor(wanted: TelnetOptions) {
    this.#wanted = wanted;
  }

  /** Offers and asks for some of what is wanted, both ways. @returns octets for the other end */
  begin(options: readonly number[]): Uint8Array {
    for (const option of options) {
      this.#us.set(option, 'WANTYES');
      this.#him.set(option, 'WANTYES');
    }
    return Buffer.concat(
      options.flatMap((option) => [encodeNegotiation('WILL', option), encodeNegotiation('DO', option)]),
    );
  }

  /** @returns the answer; `undefined` where none is due */
  receive(verb: TelnetVerb, option: number): Uint8Array | undefined {
    switch (verb) {
      case 'WILL':
        return answer(this.#him, option, this.#wanted.him.includes(option), ['DO', 'DONT']);
      case 'DO':
        return answer(this.#us, option, this.#wanted.us.includes(option), ['WILL', 'WONT']);
      case 'WONT':
        return end(this.#him, option, 'DONT');
      case 'DONT':
        return end(this.#us, option, 'WONT');
    }
  }

  /** Whether this end does it, and the other end knows. */
  isOn(option: number): boolean {
    return this.#us.get(option) === 'YES';
  }

  /** Whether the other end does it. */
  isOnAtPeer(option: number): boolean {
    return this.#him.get(option) === 'YES';
  }
}

function answer(
  states: Map<number, OptionState>,
  option: number,
  isWanted: boolean,
  [yes, no]: readonly [TelnetVerb, TelnetVerb],
): Uint8Array | undefined {
  const state = states.get(option) ?? 'NO';
  if (state === 'YES') {
    return undefined;
  }
  if (state === 'WANTYES') {
    states.set(option, 'YES');
    return undefined;
  }
  if (isWanted) {
    states.set(option, 'YES');
  }
  return encodeNegotiation(isWanted ? yes : no, option);
}

function end(states: Map<number, OptionState>, option: number, no: TelnetVerb): Uint8Array | undefined {
  const state = states.get(option) ?? 'NO';
  states.set(option, 'NO');
  return state === 'YES' ? encodeNegotiation(no, option) : undefined;
}
