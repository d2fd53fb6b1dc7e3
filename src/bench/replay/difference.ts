/** Where a replay goes another way than its recording. */
export interface Difference {
  /** As the recording has it, in words. */
  readonly expected: string;
  readonly found: string;
}
