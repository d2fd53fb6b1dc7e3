/**
 * A flash as the processor sees it from one power-on to the next power cut. Afterwards this view is dead: what still
 * runs of the time before changes nothing any more. The next boot takes a new view of the same bytes.
 */
import { Kadec21Error } from '../base/errors.ts';
import { NorFlash } from '../firmware/flash/nor-flash.ts';
import type { FlashOperation } from '../firmware/flash/operation.ts';

/** The processor has no power: not an error of the device, but the end of what it was doing. */
export class PowerLost extends Kadec21Error {
  readonly code = 'POWER_LOST';
  readonly layer = 'firmware';

  constructor() {
    super('The device has no power.');
  }
}

interface Cut {
  operationsLeft: number;
  readonly isTorn: boolean;
  readonly onCut: () => void;
}

export class PoweredFlash extends NorFlash {
  #isPowered = true;
  #cut: Cut | undefined;

  /** A new view of the bytes of another flash, which is not to be used any more. */
  static of(flash: NorFlash): PoweredFlash {
    return new PoweredFlash({
      layout: flash.layout,
      bytes: flash.read(0, flash.layout.size),
      eraseCounts: flash.eraseCounts,
      securityCounter: flash.securityCounter,
    });
  }

  /**
   * Takes the power away when so many further operations have been performed.
   * @param isTorn half of a write that is then under way is done
   */
  cutAfter(operations: number, isTorn: boolean, onCut: () => void): void {
    this.#cut = { operationsLeft: operations, isTorn, onCut };
  }

  losePower(): void {
    this.#isPowered = false;
    this.#cut = undefined;
  }

  /** @throws PowerLost */
  override perform(operation: FlashOperation): void {
    if (!this.#isPowered) {
      throw new PowerLost();
    }
    const cut = this.#cut;
    if (cut === undefined) {
      super.perform(operation);
      return;
    }
    if (cut.operationsLeft > 0) {
      cut.operationsLeft -= 1;
      super.perform(operation);
      return;
    }
    if (cut.isTorn && operation.kind === 'write') {
      const { writeSize } = this.layout;
      const half = Math.floor(operation.data.length / writeSize / 2) * writeSize;
      super.perform({ ...operation, data: operation.data.subarray(0, half) });
    }
    this.losePower();
    cut.onCut();
    throw new PowerLost();
  }
}
