/** The table that grows while the bench works: a line for each station; on a terminal the one at work turns and counts. */
import type { StationReport } from '../../bench/bench-report.ts';
import { MARKS } from '../../bench/report-text.ts';
import type { Station } from '../../bench/station.ts';
import { paint } from '../console.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;
const COLOURS = { ok: 'green', warning: 'yellow', failed: 'red', skipped: 'dim' } as const;

export class BenchProgress {
  readonly #stream: NodeJS.WriteStream;
  readonly #isQuiet: boolean;
  #timer: NodeJS.Timeout | undefined;
  #frame = 0;

  constructor(stream: NodeJS.WriteStream, isQuiet: boolean) {
    this.#stream = stream;
    this.#isQuiet = isQuiet;
  }

  /** Whether somebody saw the stations on a terminal. */
  get isSeen(): boolean {
    return !this.#isQuiet && this.#stream.isTTY;
  }

  start({ title }: Station): void {
    if (!this.isSeen) {
      return;
    }
    const begin = Date.now();
    const turn = () => {
      this.#frame = (this.#frame + 1) % FRAMES.length;
      const elapsed = ((Date.now() - begin) / 1000).toFixed(0);
      this.#stream.write(
        `\r\x1b[2K${FRAMES[this.#frame]} ${title} ${paint('dim', `${elapsed} s`, this.#stream)}`,
      );
    };
    turn();
    this.#timer = setInterval(turn, FRAME_MS);
  }

  end({ name, verdict, summary, durationMs, advice }: StationReport): void {
    if (this.#isQuiet) {
      return;
    }
    this.stop();
    const mark = paint(COLOURS[verdict], MARKS[verdict], this.#stream);
    const time = verdict === 'skipped' ? '' : `${(durationMs / 1000).toFixed(1)} s`;
    this.#stream.write(`${mark} ${name.padEnd(17)}${time.padStart(8)}  ${summary}\n`);
    if (advice !== undefined && (verdict === 'failed' || verdict === 'warning')) {
      this.#stream.write(`  ${paint('dim', advice, this.#stream)}\n`);
    }
  }

  /** The terminal is as it was: no half line, the cursor where it belongs. */
  stop(): void {
    if (this.#timer !== undefined) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#stream.write('\r\x1b[2K');
    }
  }
}
