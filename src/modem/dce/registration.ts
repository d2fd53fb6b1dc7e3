/**
 * What the module reports of the air: the radio's coverage, seen by a module that takes its time to
 * register, may be switched off, and may lack its SIM.
 */
import { type Ms, ms } from '../../base/units.ts';
import type { Coverage, RadioAttachment } from './radio.ts';

/** The part of an attachment that can be asked at any moment. */
export type RadioView = Pick<RadioAttachment, 'coverage' | 'networkTime'>;

export type SimState = 'ready' | 'pin' | 'puk' | 'absent';

const NONE: Coverage = { service: 'none' };
const SEARCHING: Coverage = { service: 'searching' };

export class Registration {
  readonly #radio: RadioView;
  readonly #registrationMs: Ms;
  /** When the module is registered, while cells are in reach; undefined while none are. */
  #registeredAt: Ms | undefined;
  /** +CFUN=1 and not +COPS=2, and the SIM lets it. */
  isAllowed = true;

  constructor(radio: RadioView, registrationMs: number) {
    this.#radio = radio;
    this.#registrationMs = ms(registrationMs);
  }

  /** To be called whenever the radio's coverage or `isAllowed` may have changed. */
  update(now: Ms): void {
    if (!this.isAllowed || !isService(this.#radio.coverage)) {
      this.#registeredAt = undefined;
    } else {
      this.#registeredAt ??= ms(now + this.#registrationMs);
    }
  }

  /** When the coverage seen changes by itself, if it does after `now`. */
  deadline(now: Ms): Ms | undefined {
    return this.#registeredAt !== undefined && this.#registeredAt > now ? this.#registeredAt : undefined;
  }

  coverage(now: Ms): Coverage {
    if (!this.isAllowed) {
      return NONE;
    }
    const { coverage } = this.#radio;
    if (!isService(coverage)) {
      return coverage;
    }
    return this.#registeredAt !== undefined && now >= this.#registeredAt ? coverage : SEARCHING;
  }

  /** `<stat>` of +CREG, +CGREG and +CEREG (27.007 §7.2), which IS-707 took over. */
  status(now: Ms): number {
    if (!this.isAllowed) {
      return 0;
    }
    switch (this.coverage(now).service) {
      case 'home':
        return 1;
      case 'roaming':
        return 5;
      default:
        // Out of reach a module goes on looking: "searching", not "idle".
        return 2;
    }
  }
}

export function isService(
  coverage: Coverage,
): coverage is Extract<Coverage, { service: 'home' | 'roaming' }> {
  return coverage.service === 'home' || coverage.service === 'roaming';
}
