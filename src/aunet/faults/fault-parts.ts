/** What a fault has to work with. */
import type { Random } from '../../base/random.ts';
import type { TraceLayer } from '../../base/trace.ts';
import type { EmulatedModule } from '../../modem/dce/emulated-module.ts';
import type { NoisyLine } from '../../serial/noisy-line.ts';
import type { EffectBoard } from './effect-board.ts';
import type { LineName } from './effects.ts';
import type { Roster } from './roster.ts';

export interface FaultParts {
  readonly board: EffectBoard;
  readonly random: Random;
  readonly lines: Roster<NoisyLine>;
  readonly modules: Roster<EmulatedModule>;
  /** Whether the fault is about this line. */
  isMeant(line: LineName): boolean;
  loseCalls(): void;
  /** Loses the call of the device with this address. */
  loseCallOf(client: string, reason: string): void;
  /** An occasion has come on a line. @returns whether the fault is to strike at it */
  occurs(line: LineName): boolean;
  /** It strikes now. @returns false: its hits are used up, nothing may happen */
  strike(layer: TraceLayer, text: string, line: LineName): boolean;
}

/** Ends what a fault has begun. */
export type EndFault = () => void;
export const NOTHING_TO_END: EndFault = () => {};
