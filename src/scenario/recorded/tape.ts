/** A recording that is played in a scenario, and what came of it. */
import type { Ms } from '../../base/units.ts';
import type { Recording } from '../../config/recording.ts';
import type { Speed } from '../../replay/pace.ts';
import type { ReplayVerdict } from '../../replay/verdict.ts';
import type { ReplayResult } from '../case-result.ts';

export interface Tape {
  readonly file: string;
  readonly recording: Recording;
}

/** How tapes are played. */
export interface Playing {
  readonly speed: Speed;
  /** How much longer than recorded the other side may take for each step. */
  readonly patience: Ms;
}

/** One line of a trace for a play that is over. */
export function verdictText({ file }: Tape, { outcome, steps, heard, difference }: ReplayVerdict): string {
  return difference === undefined
    ? `${file} has been played: ${outcome}, ${steps} steps`
    : `differs from ${file}:${difference.line} after ${heard} of ${steps} steps: expected ${difference.expected}, found ${difference.found}`;
}

/** @param played absent: to the end of the scenario it was not over */
export function resultOf(
  tape: Tape,
  device: string,
  as: ReplayResult['as'],
  played: ReplayVerdict | undefined,
): ReplayResult {
  return { device, as, file: tape.file, ...(played ?? { outcome: 'unfinished' }) };
}
