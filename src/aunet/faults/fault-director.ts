/**
 * The faults of one run: takes them, lets each strike by its schedule, and tells of every hit. Faults may come
 * and go while the run goes on.
 */
import { EventEmitter } from 'node:events';
import type { Random } from '../../base/random.ts';
import { noTrace, type Trace, type TraceLayer } from '../../base/trace.ts';
import { now } from '../../base/virtual-time.ts';
import type { Fault } from '../../config/fault.ts';
import { FaultError } from '../../config/fault-error.ts';
import { describeFault } from '../../config/fault-words.ts';
import type { EmulatedModule } from '../../modem/dce/emulated-module.ts';
import { NoisyLine } from '../../serial/noisy-line.ts';
import type { DceLine } from '../../serial/serial-line.ts';
import type { AuNet } from '../au-net.ts';
import type { LineName } from './effects.ts';
import { FaultClock } from './fault-clock.ts';
import { NOTHING_TO_END } from './fault-parts.ts';
import { beginFault } from './kinds.ts';
import { natureOf } from './nature.ts';
import { Roster } from './roster.ts';
import { FaultSchedule, type FaultStatus } from './schedule.ts';

/** More than anybody can keep in mind; each one costs a question at every occasion. */
const MAX_FAULTS = 256;

export interface FaultDirectorOptions {
  readonly auNet: AuNet;
  readonly random: Random;
  readonly trace?: Trace | undefined;
}

/** A fault and how it fares; a view of this moment. */
export interface FaultState {
  /** From 1 on, never given twice. */
  readonly id: number;
  readonly fault: Fault;
  /** `waiting` for its time, `active`: it strikes or may strike, `over`: it never will again. */
  readonly status: FaultStatus;
  readonly hits: number;
  /** In words. */
  readonly description: string;
}

interface Entry {
  readonly id: number;
  readonly fault: Fault;
  readonly description: string;
  readonly clock: FaultClock;
  end(): void;
}

export class FaultDirector extends EventEmitter<{ change: [FaultState] }> {
  readonly #auNet: AuNet;
  readonly #random: Random;
  readonly #trace: Trace;
  readonly #entries = new Map<number, Entry>();
  readonly #lines = new Roster<NoisyLine>();
  readonly #modules = new Roster<EmulatedModule>();
  #lastId = 0;

  constructor({ auNet, random, trace = noTrace }: FaultDirectorOptions) {
    super();
    this.#auNet = auNet;
    this.#random = random;
    this.#trace = trace;
  }

  /** In the order in which they were added; those that are over stay until they are removed. */
  get faults(): readonly FaultState[] {
    return [...this.#entries.values()].map(stateOf);
  }

  /**
   * Adds a fault; from now on its schedule counts.
   * @throws RangeError where there are 256 already
   * @throws FaultError where it is aimed at a server that is not emulated
   */
  add(fault: Fault): FaultState {
    this.#refuseRealServers(fault);
    if (this.#entries.size >= MAX_FAULTS) {
      throw new RangeError(`There are ${MAX_FAULTS} faults already; remove one first.`);
    }
    this.#lastId += 1;
    const id = this.#lastId;
    // By order and kind: the same faults draw the same with the same seed.
    const random = this.#random.fork(`fault ${id} ${fault.fault}`);
    const nature = natureOf(fault);
    let end = NOTHING_TO_END;
    const begin = () => {
      end = beginFault(fault, {
        board: this.#auNet.effects,
        random,
        lines: this.#lines,
        modules: this.#modules,
        isMeant: (line) => isMeant(fault, line),
        loseCalls: () => this.#auNet.loseCalls(fault.line),
        loseCallOf: (client, reason) => this.#auNet.loseCallOf(client, reason),
        occurs: (line) => isMeant(fault, line) && clock.occurs(),
        strike: (layer, text, line) => this.#strike(entry, layer, text, line),
      });
    };
    const clock: FaultClock = new FaultClock({
      schedule: new FaultSchedule(fault, nature, now(), random.fork('schedule')),
      opens: () => {
        if (nature !== 'occasion') {
          begin();
        }
      },
      closes: () => {
        if (nature !== 'occasion') {
          end();
          end = NOTHING_TO_END;
        }
      },
      changed: () => this.#changed(entry),
    });
    const entry: Entry = { id, fault, description: describeFault(fault), clock, end: () => end() };
    this.#entries.set(id, entry);
    if (nature === 'occasion') {
      // What has met it once, stays so until it is removed: a connection whose SYN was dropped.
      begin();
    }
    clock.start();
    return stateOf(entry);
  }

  /** Ends a fault and forgets it. @returns false where there is none of this number */
  remove(id: number): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) {
      return false;
    }
    this.#entries.delete(id);
    entry.clock.stop();
    entry.end();
    this.emit('change', { ...stateOf(entry), status: 'over' });
    return true;
  }

  /** Wraps the module's end of a line, so that faults of the line can strike it. */
  watchLine(name: string, line: DceLine): DceLine {
    const watched = new NoisyLine(line);
    this.#lines.put(name, watched);
    watched.on('close', () => this.#lines.remove(name, watched));
    return watched;
  }

  /** Lets faults of the module strike it. It is to be on the air by `auNet.radioFor(name)`. */
  watchModule(name: string, module: EmulatedModule): void {
    this.#modules.put(name, module);
  }

  /** Ends all faults. */
  close(): void {
    for (const id of [...this.#entries.keys()]) {
      this.remove(id);
    }
  }

  /** What a mail server says can only be changed where the server is emulated. */
  #refuseRealServers(fault: Fault): void {
    const { fault: kind } = fault;
    if (!/^(smtp|pop3)-/.test(kind) || !('host' in fault) || fault.host === undefined) {
      return;
    }
    const { host, port } = fault;
    const mapped = this.#auNet.mappedPort(host, port);
    if (mapped !== undefined) {
      throw new FaultError(`${kind} cannot strike ${host}:${mapped}: a real server answers for it.`, {
        advice:
          'Name the port of a server that is emulated, let the real one fail, or take the mapping away.',
      });
    }
  }

  /** @returns false: its hits are used up, nothing may happen */
  #strike({ id, fault, clock }: Entry, layer: TraceLayer, text: string, line: LineName): boolean {
    if (!this.#entries.has(id) || !clock.strike()) {
      return false;
    }
    const where = line === undefined ? '' : `${line}: `;
    this.#trace({ layer, direction: '-', text: `fault ${fault.fault}: ${where}${text}` });
    this.#auNet.reportFault({ type: 'fault', at: now(), id, fault: fault.fault, text, line });
    return true;
  }

  #changed(entry: Entry): void {
    if (this.#entries.has(entry.id)) {
      this.emit('change', stateOf(entry));
    }
  }
}

/** Whether a fault is about a line. */
const isMeant = (fault: Fault, line: LineName): boolean => fault.line === undefined || fault.line === line;

const stateOf = ({ id, fault, description, clock }: Entry): FaultState => ({
  id,
  fault,
  status: clock.status,
  hits: clock.hits,
  description,
});
