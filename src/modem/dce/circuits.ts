/** The V.24 circuits that the module drives, as `&C` and `&S` ask: 109 (DCD), 107 (DSR) and 125 (RI). */
import { earliest, type Ms, ms, seconds } from '../../base/units.ts';
import type { DceSignals } from '../../serial/serial-line.ts';
import type { Settings } from './settings.ts';

/** `&C2`: how long circuit 109 drops at the end of a call (Multi-Tech S000478, page 29). */
const END_OF_CALL_DROP = seconds(1);
/** How long circuit 125 is on for one ring (V.250 §6.3.8 leaves the cadence to the network). */
const RING_PULSE = seconds(2);

type Circuits125And109 = Omit<DceSignals, 'cts'>;

export class Circuits {
  readonly #settings: Settings;
  readonly #isDsrOffForGood: boolean;
  #last: Circuits125And109 | undefined;
  #dropsUntil: Ms = ms(0);
  #ringsUntil: Ms = ms(0);

  /** @param isDsrOffForGood what `&S1` means: always off (Multi-Tech S000478, page 30), or as the call */
  constructor(settings: Settings, isDsrOffForGood: boolean) {
    this.#settings = settings;
    this.#isDsrOffForGood = isDsrOffForGood;
  }

  ring(now: Ms): void {
    this.#ringsUntil = ms(now + RING_PULSE);
  }

  stopRinging(): void {
    this.#ringsUntil = ms(0);
  }

  callEnded(now: Ms): void {
    this.#dropsUntil = ms(now + END_OF_CALL_DROP);
  }

  deadline(now: Ms): Ms | undefined {
    return earliest(
      this.#dropsUntil > now ? this.#dropsUntil : undefined,
      this.#ringsUntil > now ? this.#ringsUntil : undefined,
    );
  }

  /**
   * @param hasCarrier a call is connected (or text is asked for: 27.005 §3.5.1 wants circuit 109 on then)
   * @returns the circuits when one of them has changed since the last time
   */
  changed(hasCarrier: boolean, now: Ms): Circuits125And109 | undefined {
    const circuits = {
      dcd: this.#carrierDetect(hasCarrier, now),
      dsr: this.#settings.get('&S') === 0 || (hasCarrier && !this.#isDsrOffForGood),
      ri: this.#ringsUntil > now,
    };
    const last = this.#last;
    if (last?.dcd === circuits.dcd && last.dsr === circuits.dsr && last.ri === circuits.ri) {
      return undefined;
    }
    this.#last = circuits;
    return circuits;
  }

  #carrierDetect(hasCarrier: boolean, now: Ms): boolean {
    switch (this.#settings.get('&C')) {
      case 0:
        return true;
      case 1:
        return hasCarrier;
      default:
        return this.#dropsUntil <= now;
    }
  }
}
