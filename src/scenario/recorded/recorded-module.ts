/** A module that is played from recordings, one for each session of its device: up to the first difference. */
import type { Trace } from '../../base/trace.ts';
import { ms } from '../../base/units.ts';
import { runReplay } from '../../replay/run-replay.ts';
import type { ReplayVerdict } from '../../replay/verdict.ts';
import { createMemoryLine } from '../../serial/memory-line.ts';
import type { DceLine, DteLine } from '../../serial/serial-line.ts';
import type { ReplayResult } from '../case-result.ts';
import { type Playing, resultOf, type Tape, verdictText } from './tape.ts';

export interface RecordedModuleOptions extends Playing {
  /** Whose module it is. */
  readonly device: string;
  readonly tapes: readonly Tape[];
  readonly trace: Trace;
  /** A defect. */
  readonly onCrash: (error: unknown) => void;
}

/** The scenario has an end of its own. */
const NO_END = ms(2_000_000_000);

interface Play {
  readonly tape: Tape;
  verdict: ReplayVerdict | undefined;
}

/** Otherwise circuit 109 was always on (AT&C0), or the recording is of a line without signals. */
function endsWithoutCarrier({ recording: { events } }: Tape): boolean {
  const last = events.findLast((event) => 'dce' in event);
  return last !== undefined && 'dce' in last && !last.dce.dcd;
}

export class RecordedModule {
  readonly #options: RecordedModuleOptions;
  readonly #plays: Play[] = [];
  readonly #over = new AbortController();
  /** Sessions for which there was no recording. */
  #surplus = 0;

  constructor(options: RecordedModuleOptions) {
    this.#options = options;
  }

  /**
   * A line to it, for one session; closing it ends the session. `hasCall`: as far as circuit 109 tells.
   * @param watch puts between line and module what shall happen to the line
   */
  plugIn(watch: (line: DceLine) => DceLine): { readonly line: DteLine; hasCall(): boolean } {
    const tape = this.#options.tapes[this.#plays.length];
    const { dte: line, dce } = createMemoryLine(tape?.recording.header.baudRate);
    // After a difference nobody knows any more what it would say.
    if (!this.#hasDiffered) {
      this.#playNext(watch(dce));
    }
    const followsCall = tape !== undefined && endsWithoutCarrier(tape);
    return {
      line,
      hasCall: () => followsCall && this.isPlaying && line.signals !== 'unknown' && line.signals.dcd,
    };
  }

  /** Plays the next recording on a line that is there already, as soon as a device is. */
  playOn(line: DceLine, isPresent: () => boolean): void {
    this.#playNext(line, isPresent);
  }

  /** A play has begun, and is not over. */
  get isPlaying(): boolean {
    return this.#plays.some(({ verdict }) => verdict === undefined);
  }

  /** All that there was has been played. */
  get isOver(): boolean {
    return this.#hasDiffered || (this.#plays.length === this.#options.tapes.length && !this.isPlaying);
  }

  results(): ReplayResult[] {
    const { device, tapes } = this.#options;
    const played = this.#plays.map(({ tape, verdict }) => resultOf(tape, device, 'module', verdict));
    const rest = this.#hasDiffered ? [] : tapes.slice(this.#plays.length);
    const last = tapes.at(-1);
    return [
      ...played,
      ...rest.map(({ file }): ReplayResult => ({ device, as: 'module', file, outcome: 'not-played' })),
      ...(this.#surplus === 0 || last === undefined
        ? []
        : [{ device, as: 'module', file: last.file, outcome: 'surplus' } as const]),
    ];
  }

  /** Ends what is played. */
  release(): void {
    this.#over.abort();
  }

  get #hasDiffered(): boolean {
    return this.#plays.some(({ verdict }) => verdict?.outcome === 'different');
  }

  #playNext(line: DceLine, isPresent = () => true): void {
    const { tapes, trace, speed, patience, onCrash } = this.#options;
    const tape = tapes[this.#plays.length];
    const tell = (text: string) => trace({ layer: 'line', direction: '-', text });
    if (tape === undefined) {
      this.#surplus += 1;
      tell('no recording is left for this session');
      return;
    }
    const play: Play = { tape, verdict: undefined };
    this.#plays.push(play);
    tell(`${tape.file} is played as the module`);
    runReplay(
      tape.recording,
      { as: 'module', line, isPresent },
      { speed, timeout: patience, wait: NO_END, signal: this.#over.signal },
    ).then((verdict) => {
      if (typeof verdict !== 'string') {
        play.verdict = verdict;
        tell(verdictText(tape, verdict));
      }
    }, onCrash);
  }
}
