/** Who listens in on the devices' lines: a capture of the PPP on each, and whoever else wants to. */
import { airSideOf, PppCapture } from '../serial/ppp-capture.ts';
import type { LineTap } from '../serial/tapped-line.ts';

export class LineCaptures {
  readonly #listener: (device: string) => LineTap | undefined;
  readonly #taps = new Map<string, readonly LineTap[]>();
  readonly #octets = new Map<string, Uint8Array[]>();
  readonly #captures = new Map<string, PppCapture>();
  readonly #airTaps = new Map<string, LineTap>();

  constructor(listener: (device: string) => LineTap | undefined = () => undefined) {
    this.#listener = listener;
  }

  /** One capture for all sessions of a device. */
  tapsOf(device: string): readonly LineTap[] {
    const known = this.#taps.get(device);
    if (known !== undefined) {
      return known;
    }
    const listener = this.#listener(device);
    const line = this.#captureOf(device).tap('serial line');
    const taps = [line, ...(listener === undefined ? [] : [listener])];
    this.#taps.set(device, taps);
    return taps;
  }

  /** Hears what the device's module says to the network by its own TCP/IP stack: into the same capture. */
  airTapOf(device: string): LineTap {
    const known = this.#airTaps.get(device);
    if (known !== undefined) {
      return known;
    }
    const tap = this.#captureOf(device).tap(airSideOf(device));
    this.#airTaps.set(device, tap);
    return tap;
  }

  #captureOf(device: string): PppCapture {
    const known = this.#captures.get(device);
    if (known !== undefined) {
      return known;
    }
    const octets: Uint8Array[] = [];
    this.#octets.set(device, octets);
    const capture = new PppCapture((chunk) => octets.push(chunk));
    this.#captures.set(device, capture);
    return capture;
  }

  /** By device: pcapng, base64. */
  files(): Record<string, string> {
    return Object.fromEntries(
      [...this.#octets].map(([name, chunks]) => [name, Buffer.concat(chunks).toString('base64')]),
    );
  }
}
