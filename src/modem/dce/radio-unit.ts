/** The module's receiver: attached to the network while it is switched on, and blind otherwise. */
import type { Trace } from '../../base/trace.ts';
import type { Band } from '../module-profile.ts';
import type { Coverage, DialResult, RadioAttachment, RadioNetwork } from './radio.ts';
import type { RadioView } from './registration.ts';

export interface RadioUnitOptions {
  readonly trace: Trace;
  readonly onCoverage: () => void;
  readonly onRing: () => void;
}

export class RadioUnit implements RadioView {
  readonly #network: RadioNetwork;
  readonly #bands: readonly Band[];
  readonly #options: RadioUnitOptions;
  #attachment: RadioAttachment | undefined;

  constructor(network: RadioNetwork, bands: readonly Band[], options: RadioUnitOptions) {
    this.#network = network;
    this.#bands = bands;
    this.#options = options;
  }

  get coverage(): Coverage {
    return this.#attachment?.coverage ?? { service: 'none' };
  }

  get networkTime(): Date | undefined {
    return this.#attachment?.networkTime;
  }

  attach(): void {
    if (this.#attachment !== undefined) {
      return;
    }
    const attachment = this.#network.attach({ bands: this.#bands });
    this.#attachment = attachment;
    attachment.on('coverage', (coverage) => {
      if (this.#attachment === attachment) {
        this.#tell(coverage);
        this.#options.onCoverage();
      }
    });
    attachment.on('ring', () => {
      if (this.#attachment === attachment) {
        this.#options.trace({ layer: 'radio', direction: '<', text: 'ring' });
        this.#options.onRing();
      }
    });
    this.#tell(attachment.coverage);
    this.#options.onCoverage();
  }

  refuse(): void {
    this.#attachment?.refuse?.();
  }

  detach(): void {
    const attachment = this.#attachment;
    this.#attachment = undefined;
    attachment?.detach();
  }

  dial(number: string, done: (result: DialResult) => void, controlCharacters = 0): () => void {
    if (this.#attachment === undefined) {
      done({ result: 'no-carrier' });
      return () => {};
    }
    return this.#attachment.dial(number, done, controlCharacters);
  }

  #tell(coverage: Coverage): void {
    const text =
      coverage.service === 'home' || coverage.service === 'roaming'
        ? `${coverage.service}: ${coverage.band}, ${coverage.signalDbm} dBm, system ${coverage.system}`
        : coverage.service;
    this.#options.trace({ layer: 'radio', direction: '-', text });
  }
}
