/** What happens while a suite is run: a line that is drawn over on a terminal, and what did not pass as it comes. */
import process from 'node:process';
import { caseTitle, failureLines } from '../../scenario/suite/reports.ts';
import type { CaseSummary } from '../../scenario/suite/suite-result.ts';
import { paint, printNote } from '../console.ts';

export interface ProgressOptions {
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
}

export class Progress {
  readonly #total: number;
  readonly #options: ProgressOptions;
  readonly #running = new Set<string>();
  #done = 0;
  #bad = 0;

  constructor(total: number, options: ProgressOptions) {
    this.#total = total;
    this.#options = options;
  }

  start(id: string): void {
    this.#running.add(caseTitle(id));
    this.#draw();
  }

  end(summary: CaseSummary): void {
    this.#running.delete(caseTitle(summary.id));
    this.#done += 1;
    this.#bad += summary.verdict === 'passed' ? 0 : 1;
    if (this.#options.quiet !== true) {
      this.clear();
      this.#tell(summary);
      this.#draw();
    }
  }

  clear(): void {
    if (this.#isDrawn) {
      process.stderr.clearLine(0);
      process.stderr.cursorTo(0);
    }
  }

  get #isDrawn(): boolean {
    return process.stderr.isTTY && this.#options.quiet !== true;
  }

  #draw(): void {
    if (this.#isDrawn) {
      this.clear();
      const bad = this.#bad === 0 ? '' : `, ${this.#bad} not passed`;
      const line = `${this.#done}/${this.#total}${bad} … ${[...this.#running].join(', ')}`;
      process.stderr.write(line.slice(0, Math.max(20, process.stderr.columns - 1)));
    }
  }

  #tell(summary: CaseSummary): void {
    const { id, seed, verdict, failures, realMs, evidence, replay } = summary;
    if (verdict === 'passed') {
      if (this.#options.verbose === true) {
        printNote(`${paint('green', '✔', process.stderr)} ${id} (${(realMs / 1000).toFixed(2)} s)`);
      }
      return;
    }
    printNote(`${paint('red', '✘', process.stderr)} ${id} ${paint('dim', `(seed ${seed})`, process.stderr)}`);
    for (const line of failures.flatMap(failureLines)) {
      printNote(`    ${line}`);
    }
    printNote(`    ${paint('dim', replay, process.stderr)}`);
    if (evidence !== undefined) {
      printNote(`    ${paint('dim', `evidence: ${evidence}`, process.stderr)}`);
    }
  }
}
