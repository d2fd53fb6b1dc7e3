/**
 * Online data state: octets pass both ways, save for the escape sequence. What comes from the call while the
 * module is in online command state waits here.
 */
import type { Ms } from '../../base/units.ts';
import { EscapeDetector } from './escape.ts';
import type { Output } from './output.ts';
import type { Settings } from './settings.ts';

/** Octets of the call that wait in online command state; beyond that they are lost. */
const MAX_WAITING = 64 * 1024;

export class OnlineData {
  readonly #output: Output;
  readonly #escape: EscapeDetector;
  #isActive = false;
  #waiting: Uint8Array[] = [];
  #waitingLength = 0;

  constructor(settings: Settings, output: Output) {
    this.#output = output;
    this.#escape = new EscapeDetector(settings);
  }

  get isActive(): boolean {
    return this.#isActive;
  }

  get deadline(): Ms | undefined {
    return this.#isActive ? this.#escape.deadline : undefined;
  }

  enter(now: Ms): void {
    this.#isActive = true;
    this.#escape.start(now);
  }

  /** To online command state: the call goes on. */
  leave(): void {
    this.#isActive = false;
  }

  /** The call is over: what still waits has nowhere to go. */
  end(): void {
    this.#isActive = false;
    this.#waiting = [];
    this.#waitingLength = 0;
  }

  /** @returns how many octets were data; fewer than given when an escape sequence ended among them */
  fromDte(bytes: Uint8Array, now: Ms): { readonly taken: number; readonly isEscape: boolean } {
    const { data, commandsFrom } = this.#escape.push(bytes, now);
    for (const part of data) {
      this.#output.act({ type: 'to-call', bytes: part });
    }
    return { taken: commandsFrom ?? bytes.length, isEscape: commandsFrom !== undefined };
  }

  fromCall(bytes: Uint8Array): void {
    if (this.#isActive && this.#waiting.length === 0) {
      this.#output.data(bytes);
    } else if (this.#waitingLength + bytes.length <= MAX_WAITING) {
      this.#waiting.push(bytes);
      this.#waitingLength += bytes.length;
    }
  }

  /** Lets pass what has waited, once CONNECT is out. */
  flush(): void {
    if (this.#isActive && this.#waiting.length > 0) {
      for (const bytes of this.#waiting.splice(0)) {
        this.#output.data(bytes);
      }
      this.#waitingLength = 0;
    }
  }

  /** @returns whether the silence behind an escape sequence is complete */
  expire(now: Ms): boolean {
    const { deadline } = this;
    if (deadline === undefined || now < deadline) {
      return false;
    }
    const held = this.#escape.expire();
    if (held === 'escape') {
      return true;
    }
    this.#output.act({ type: 'to-call', bytes: held });
    return false;
  }
}
