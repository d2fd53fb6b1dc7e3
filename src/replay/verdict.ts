/** What comes of a replay. */
import type { Ms } from '../base/units.ts';

/** Where a replay goes another way than its recording. */
export interface Difference {
  /** As the recording has it, in words. */
  readonly expected: string;
  readonly found: string;
}

export interface LocatedDifference extends Difference {
  /** Line of the recording. */
  readonly line: number;
  /** Milliseconds since the start of the recording. */
  readonly at: Ms;
  /** What came before, oldest first: in the recording, and now. */
  readonly recorded: readonly string[];
  readonly live: readonly string[];
}

export interface ReplayVerdict {
  readonly outcome: 'same' | 'different';
  /** Steps of the other side in the recording, and how many of them came. */
  readonly steps: number;
  readonly heard: number;
  readonly difference?: LocatedDifference | undefined;
}
