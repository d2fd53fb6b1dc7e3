/** A DTE for tests: types at the module's machine and reads what comes back. */
import type { DceEvent } from '../../../src/modem/dce/dialogue.ts';
import type { Coverage } from '../../../src/modem/dce/radio.ts';
import { type ModuleProfile, moduleProfileSchema } from '../../../src/modem/module-profile.ts';
import { existing } from '../../../src/modem/profiles/existing.ts';
import { DceBench } from '../../vectors/at-dce/bench.ts';
import { observe } from '../../vectors/at-dce/observation.ts';
import { applySetup } from '../../vectors/at-dce/setup.ts';

/** The delivered module, without the time it takes to register. */
export const cdmaProfile: ModuleProfile = moduleProfileSchema.parse({
  ...existing,
  pace: { registrationMs: 0, connectMs: 130 },
});

export class Terminal {
  readonly bench: DceBench;
  #heard = 0;

  /** @param setup as in AT vectors; echo is off unless it says so */
  constructor(setup: Readonly<Record<string, unknown>> = {}, profile?: ModuleProfile) {
    this.bench = new DceBench(setup, profile);
    applySetup(this.bench, { E: 0, ...setup });
  }

  /** Sends a command line and gives back what came within 200 ms. */
  ask(line: string): string {
    return this.type(`${line}\r`, 200);
  }

  /** Sends octets and gives back what came within this time. */
  type(text: string, duration = 0): string {
    this.bench.write(text);
    return this.wait(duration);
  }

  wait(duration: number): string {
    this.bench.advanceBy(duration);
    return this.heard();
  }

  happens(event: DceEvent): string {
    this.bench.feed(event);
    return this.heard();
  }

  cover(coverage: Coverage): string {
    this.bench.coverage = coverage;
    return this.happens({ type: 'coverage' });
  }

  /** What has come since the last time. */
  heard(): string {
    const { output } = observe(this.bench);
    const news = output.slice(this.#heard);
    this.#heard = output.length;
    return news;
  }

  get toPeer(): string {
    return observe(this.bench).toPeer;
  }

  get dcd(): boolean | undefined {
    const changes = this.bench.recorded.flatMap(({ action }) =>
      action.type === 'signals' ? [action.signals.dcd] : [],
    );
    return changes.at(-1) ?? this.bench.circuitsAtStart.dcd;
  }

  get mode(): 'command' | 'data' {
    return this.bench.server.mode;
  }

  /** The events of the module's other side: what it dialled, hung up, sent. */
  get events() {
    return observe(this.bench).events;
  }
}
