/**
 * What can be done to a flash, one indivisible operation at a time. Everything that changes a flash (the
 * bootloader, an update, the settings) is written as a sequence of these; between any two of them the power may
 * go.
 */
import type { FlashLayout } from './layout.ts';

export type FlashOperation =
  /** Of the one sector that begins at `offset`. */
  | { readonly kind: 'erase'; readonly offset: number }
  | { readonly kind: 'write'; readonly offset: number; readonly data: Uint8Array }
  /** Counts the security counter in the processor's fuses up. */
  | { readonly kind: 'count'; readonly value: number };

/**
 * Yields each operation before it is performed and goes on when it has been: what it then reads from the flash
 * has changed. Left off anywhere, it is a device whose power was cut there.
 */
export type FlashSteps<Result = void> = Generator<FlashOperation, Result, undefined>;

/** A flash as those see it who read it. */
export interface FlashReader {
  readonly layout: FlashLayout;
  /** What the device's fuses have counted up to; 0 for a new one. */
  readonly securityCounter: number;
  /**
   * The bytes as they are at present; a view, which later operations change.
   * @throws FlashError FLASH_OUT_OF_RANGE
   */
  read(offset: number, length: number): Uint8Array;
}

/** A flash as those see it who also perform what they yield. */
export interface WritableFlash extends FlashReader {
  /** @throws FlashError when the operation breaks a rule; then nothing has changed */
  perform(operation: FlashOperation): void;
}
