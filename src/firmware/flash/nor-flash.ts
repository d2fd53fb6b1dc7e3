/**
 * A NOR flash by its rules: erasing sets a sector to 0xFF, writing only clears bits, whole write units only.
 * Pure memory; what has to outlive the process is told to a store (flash-file.ts).
 */
import { FlashError } from './flash-error.ts';
import type { FlashLayout } from './layout.ts';
import type { FlashOperation, WritableFlash } from './operation.ts';

/** Is told of each change when it has happened. */
export interface FlashStore {
  changed(offset: number, bytes: Uint8Array): void;
  erased(sector: number, count: number): void;
  counted(securityCounter: number): void;
}

export interface FlashContents {
  readonly layout: FlashLayout;
  /** As long as the flash; erased when not given. The flash takes it over. */
  readonly bytes?: Uint8Array;
  /** One per sector; taken over. */
  readonly eraseCounts?: Uint32Array;
  readonly securityCounter?: number;
  readonly store?: FlashStore;
}

export class NorFlash implements WritableFlash {
  readonly layout: FlashLayout;
  readonly eraseCounts: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #store: FlashStore | undefined;
  #securityCounter: number;

  /** @throws RangeError when the contents are not those of such a flash */
  constructor({ layout, bytes, eraseCounts, securityCounter = 0, store }: FlashContents) {
    const sectors = layout.size / layout.sectorSize;
    this.layout = layout;
    this.#bytes = bytes ?? new Uint8Array(layout.size).fill(layout.erasedValue);
    this.eraseCounts = eraseCounts ?? new Uint32Array(sectors);
    this.#securityCounter = securityCounter;
    this.#store = store;
    if (this.#bytes.length !== layout.size || this.eraseCounts.length !== sectors) {
      throw new RangeError(
        `${this.#bytes.length} bytes and ${this.eraseCounts.length} sectors are no such flash`,
      );
    }
  }

  get securityCounter(): number {
    return this.#securityCounter;
  }

  read(offset: number, length: number): Uint8Array {
    this.#checkRange('read', offset, length);
    return this.#bytes.subarray(offset, offset + length);
  }

  /** @throws FlashError when the operation breaks a rule; then nothing has changed */
  perform(operation: FlashOperation): void {
    switch (operation.kind) {
      case 'erase':
        this.#erase(operation.offset);
        break;
      case 'write':
        this.#write(operation.offset, operation.data);
        break;
      case 'count':
        // A fuse that is blown stays so.
        this.#securityCounter = Math.max(this.#securityCounter, operation.value);
        this.#store?.counted(this.#securityCounter);
    }
  }

  /** The same flash as it is now, for itself and without a store. */
  copy(): NorFlash {
    return new NorFlash({
      layout: this.layout,
      bytes: this.#bytes.slice(),
      eraseCounts: this.eraseCounts.slice(),
      securityCounter: this.#securityCounter,
    });
  }

  #erase(offset: number): void {
    const { sectorSize, erasedValue } = this.layout;
    this.#checkRange('erase', offset, sectorSize);
    if (offset % sectorSize !== 0) {
      throw new FlashError(
        'FLASH_UNALIGNED',
        `No sector begins at ${hex(offset)} (sectors of ${hex(sectorSize)}).`,
      );
    }
    const sector = offset / sectorSize;
    const count = (this.eraseCounts[sector] ?? 0) + 1;
    const bytes = this.#bytes.subarray(offset, offset + sectorSize).fill(erasedValue);
    this.eraseCounts[sector] = count;
    this.#store?.changed(offset, bytes);
    this.#store?.erased(sector, count);
  }

  #write(offset: number, data: Uint8Array): void {
    const { writeSize } = this.layout;
    this.#checkRange('write', offset, data.length);
    if (offset % writeSize !== 0 || data.length % writeSize !== 0) {
      const what = `${data.length} bytes at ${hex(offset)}`;
      throw new FlashError(
        'FLASH_UNALIGNED',
        `A write of ${what} is no whole number of units of ${writeSize}.`,
      );
    }
    const bytes = this.#bytes.subarray(offset, offset + data.length);
    for (let at = 0; at < data.length; at += 1) {
      const present = bytes[at] ?? 0;
      const wanted = data[at] ?? 0;
      if ((present & wanted) !== wanted) {
        const values = `${hex(present)} is there, ${hex(wanted)} was to be written`;
        throw new FlashError(
          'FLASH_BIT_NOT_ERASED',
          `The flash at ${hex(offset + at)} is not erased: ${values}.`,
          {
            advice: 'A write only clears bits: the sector has to be erased first.',
          },
        );
      }
    }
    bytes.set(data);
    this.#store?.changed(offset, bytes);
  }

  #checkRange(verb: string, offset: number, length: number): void {
    const isInside =
      Number.isSafeInteger(offset) && offset >= 0 && length >= 0 && offset + length <= this.layout.size;
    if (isInside) return;
    throw new FlashError(
      'FLASH_OUT_OF_RANGE',
      `To ${verb} ${length} bytes at ${hex(offset)}: the flash has ${hex(this.layout.size)}.`,
    );
  }
}

const hex = (value: number): string => `0x${value.toString(16)}`;
