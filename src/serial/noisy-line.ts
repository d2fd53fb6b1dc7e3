/**
 * A line on which things go wrong between a DTE and its module: noise on either wire, or a module that neither
 * hears nor says anything. While nothing is wrong all passes as it is.
 */
import type { Random } from '../base/random.ts';
import type { DceLine, DceSignals, DteSignals } from './serial-line.ts';
import { WrappedLine } from './wrapped-line.ts';

/** Chances, 0 to 1. */
export interface Noise {
  /** Of each bit to be turned over. */
  readonly bitErrors: number;
  /** Of each octet to get lost. */
  readonly lost: number;
  /** Of each octet to come twice. */
  readonly doubled: number;
  readonly random: Random;
}

export type NoisyWire = 'to-module' | 'to-device';

interface NoiseSource {
  readonly wires: ReadonlySet<NoisyWire>;
  readonly noise: Noise;
}

/** The module's end of a line. */
export class NoisyLine extends WrappedLine<DceSignals, DteSignals> implements DceLine {
  readonly #noises = new Set<NoiseSource>();
  readonly #watchers = new Set<(octets: number) => void>();
  #silences = 0;

  /** Makes wires noisy. @returns ends it */
  disturb(source: NoiseSource): () => void {
    this.#noises.add(source);
    return () => this.#noises.delete(source);
  }

  /** Cuts the module's UART off: what either side says meanwhile is lost. @returns ends it */
  silence(): () => void {
    let isOn = true;
    this.#silences += 1;
    return () => {
      this.#silences -= isOn ? 1 : 0;
      isOn = false;
    };
  }

  /** Counts octets of both directions. @returns ends it */
  watch(listener: (octets: number) => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  override write(bytes: Uint8Array): boolean {
    const seen = this.#pass(bytes, 'to-device');
    return seen.length === 0 ? true : super.write(seen);
  }

  protected override onData(bytes: Uint8Array): void {
    const seen = this.#pass(bytes, 'to-module');
    if (seen.length > 0) {
      super.onData(seen);
    }
  }

  #pass(bytes: Uint8Array, wire: NoisyWire): Uint8Array {
    for (const listener of this.#watchers) {
      listener(bytes.length);
    }
    if (this.#silences > 0) {
      return NOTHING;
    }
    let passed = bytes;
    for (const { wires, noise } of this.#noises) {
      passed = wires.has(wire) ? damage(passed, noise) : passed;
    }
    return passed;
  }
}

const NOTHING = new Uint8Array(0);

/** What a receiver makes of octets on a noisy wire. */
export function damage(bytes: Uint8Array, { bitErrors, lost, doubled, random }: Noise): Uint8Array {
  const seen: number[] = [];
  for (const octet of bytes) {
    const received = bitErrors > 0 ? flip(octet, bitErrors, random) : octet;
    if (lost === 0 || random.fraction() >= lost) {
      seen.push(received);
      if (doubled > 0 && random.fraction() < doubled) {
        seen.push(received);
      }
    }
  }
  return Uint8Array.from(seen);
}

function flip(octet: number, chance: number, random: Random): number {
  let flipped = octet;
  for (let bit = 1; bit < 0x100; bit <<= 1) {
    flipped ^= random.fraction() < chance ? bit : 0;
  }
  return flipped;
}
