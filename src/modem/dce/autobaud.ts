/**
 * Finds the DTE's bit rate (+IPR=0). A real module measures the bits of the `A`; a line only shows what a
 * wrong rate makes of the octets, so this one tries the next of its rates after each burst of noise. PPP
 * frames of a DTE that has not noticed the end of its call are not noise: they begin with a flag, 0x7e.
 */
import type { Ms } from '../../base/units.ts';
import type { DceLine } from '../../serial/serial-line.ts';

/** Octets closer than this are one burst, to which one rate is tried. */
const BURST_GAP_MS = 50;

export class Autobaud {
  readonly #line: DceLine;
  readonly #rates: readonly number[];
  #lastHeard = Number.NEGATIVE_INFINITY;

  constructor(line: DceLine, rates: readonly number[]) {
    this.#line = line;
    this.#rates = rates;
  }

  /** @param bytes what came in command state, where a DTE at the right rate sends 7-bit characters */
  hear(bytes: Uint8Array, now: Ms): void {
    const isNewBurst = now - this.#lastHeard > BURST_GAP_MS;
    this.#lastHeard = now;
    if (isNewBurst && bytes.every((octet) => octet > 0x7f)) {
      const next = this.#rates[(this.#rates.indexOf(this.#line.baudRate) + 1) % this.#rates.length];
      if (next !== undefined) {
        this.#line.setBaudRate(next);
      }
    }
  }
}
