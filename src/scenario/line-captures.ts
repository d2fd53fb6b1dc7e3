/** Who listens in on the devices' lines: a capture of the PPP on each, and whoever else wants to. */
import { pppCapture } from '../serial/ppp-capture.ts';
import type { LineTap } from '../serial/tapped-line.ts';

export class LineCaptures {
  readonly #listener: (device: string) => LineTap | undefined;
  readonly #taps = new Map<string, readonly LineTap[]>();
  readonly #octets = new Map<string, Uint8Array[]>();

  constructor(listener: (device: string) => LineTap | undefined = () => undefined) {
    this.#listener = listener;
  }

  /** One capture for all sessions of a device. */
  tapsOf(device: string): readonly LineTap[] {
    const known = this.#taps.get(device);
    if (known !== undefined) {
      return known;
    }
    const octets: Uint8Array[] = [];
    this.#octets.set(device, octets);
    const listener = this.#listener(device);
    const taps = [pppCapture((chunk) => octets.push(chunk)), ...(listener === undefined ? [] : [listener])];
    this.#taps.set(device, taps);
    return taps;
  }

  /** By device: pcapng, base64. */
  files(): Record<string, string> {
    return Object.fromEntries(
      [...this.#octets].map(([name, chunks]) => [name, Buffer.concat(chunks).toString('base64')]),
    );
  }
}
