/** Who plays, who is checked, and where in a recording something stands. */
import type { Ms } from '../base/units.ts';

/** Whose part this side plays. */
export type Role = 'module' | 'device';
export type Side = 'dte' | 'dce';

export interface Place {
  readonly at: Ms;
  /** Line of the file. */
  readonly line: number;
}
