/** What the module says later of something that was begun: one wait at a time, each with its limit. */
import type { Ms } from '../../base/units.ts';
import { handOver } from '../../base/virtual-time.ts';

export class AwaitedReport<Report> {
  #resolve: ((report: Report | undefined) => void) | undefined;

  get isAwaited(): boolean {
    return this.#resolve !== undefined;
  }

  /** @returns the report; undefined where none came within the limit, or everything ended */
  within(limit: Ms): Promise<Report | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.settle(undefined), limit);
      this.#resolve = (report) => {
        clearTimeout(timer);
        this.#resolve = undefined;
        handOver();
        resolve(report);
      };
    });
  }

  /** The report has come; or none will. */
  settle(report: Report | undefined): void {
    this.#resolve?.(report);
  }
}
