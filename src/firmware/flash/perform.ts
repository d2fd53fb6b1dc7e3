/** Performs a sequence of operations on a flash; for tests and experiments, with the power cut on the way. */
import type { NorFlash } from './nor-flash.ts';
import type { FlashOperation, FlashSteps } from './operation.ts';

export interface PowerCut {
  /** How many operations are performed before the power goes. */
  readonly after: number;
  /**
   * When the operation under way is a write, the first half of its units is done. Otherwise the power goes
   * between two operations: MCUboot takes the erasing of a sector for indivisible, and so does this.
   */
  readonly isTorn?: boolean;
}

export type Performed<Result> =
  | { readonly isWhole: true; readonly result: Result; readonly operations: number }
  | { readonly isWhole: false; readonly operations: number };

/**
 * @returns whether the steps came to their end, and how many operations were performed
 * @throws FlashError when an operation breaks a rule of the flash
 */
export function perform<Result>(
  flash: NorFlash,
  steps: FlashSteps<Result>,
  cut?: PowerCut,
): Performed<Result> {
  let operations = 0;
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return { isWhole: true, result: step.value, operations };
    if (operations === cut?.after) {
      if (cut.isTorn) performHalf(flash, step.value);
      return { isWhole: false, operations };
    }
    flash.perform(step.value);
    operations += 1;
  }
}

/** Performs all of it. */
export function performAll<Result>(flash: NorFlash, steps: FlashSteps<Result>): Result {
  const performed = perform(flash, steps);
  if (!performed.isWhole) throw new RangeError('steps without a power cut come to their end');
  return performed.result;
}

function performHalf(flash: NorFlash, operation: FlashOperation): void {
  if (operation.kind !== 'write') return;
  const { writeSize } = flash.layout;
  const units = operation.data.length / writeSize;
  flash.perform({ ...operation, data: operation.data.subarray(0, Math.floor(units / 2) * writeSize) });
}
