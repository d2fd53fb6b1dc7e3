/**
 * The network side for devices that are not ours: one au.NET, and lines with a module at each. Lines come from
 * outside (`addLine`), so that it works with real ones and, in virtual time, with lines in memory.
 */
import { EventEmitter } from 'node:events';
import { AuNet, type AuNetOptions } from '../aunet/au-net.ts';
import type { CarrierEvent } from '../aunet/carrier-event.ts';
import { FaultDirector } from '../aunet/faults/fault-director.ts';
import { type Random, seededRandom } from '../base/random.ts';
import { noTrace, type Trace } from '../base/trace.ts';
import type { Ms } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import type { ModuleProfile } from '../modem/module-profile.ts';
import type { DceLine } from '../serial/serial-line.ts';
import type { Happening } from './happening.ts';
import type { LineCapture } from './line-capture.ts';
import { MailList } from './mail-list.ts';
import { type PowerCycle, ServedLine } from './served-line.ts';
import { SessionLog } from './session-log.ts';

export interface NetworkSideOptions extends Omit<AuNetOptions, 'random' | 'trace'> {
  readonly seed: number;
  readonly module: ModuleProfile;
  readonly powerCycle?: PowerCycle;
  /** Gives lines that have no pace of their own that of their bit rate. */
  readonly isPaced?: boolean;
  readonly capture?: LineCapture | undefined;
  readonly trace?: Trace | undefined;
}

/** More than any table of devices; each costs a module. */
export const MAX_LINES = 256;

export class NetworkSide extends EventEmitter<{ happening: [Happening] }> {
  readonly auNet: AuNet;
  readonly faults: FaultDirector;
  readonly mails: MailList;
  readonly sessions = new SessionLog();
  readonly startedAt: Ms = now();
  /** How often something came that nobody foresaw. */
  failures = 0;
  readonly #options: NetworkSideOptions;
  readonly #random: Random;
  readonly #trace: Trace;
  readonly #lines = new Map<string, ServedLine>();

  constructor(options: NetworkSideOptions) {
    super();
    const { seed, module: _, powerCycle: __, isPaced: ___, capture: ____, trace, ...carrier } = options;
    this.#options = options;
    this.#trace = trace ?? noTrace;
    const random = seededRandom(seed);
    this.#random = random;
    this.auNet = new AuNet({
      // A module with its own stack tells of its end by itself.
      tracesPpp: options.module.sockets === undefined,
      ...carrier,
      random: random.fork('carrier'),
      ...(trace === undefined ? {} : { trace }),
    });
    this.faults = new FaultDirector({ auNet: this.auNet, random: random.fork('faults'), trace });
    this.mails = new MailList(this.auNet.mailboxes);
    this.auNet.on('event', (event) => this.#note(event));
  }

  /** What is at the end of every line. */
  get module(): ModuleProfile {
    return this.#options.module;
  }

  /** By name, in the order in which they came. */
  get lines(): ReadonlyMap<string, ServedLine> {
    return this.#lines;
  }

  /**
   * Puts a module at the end of a line.
   * @throws RangeError where the name is taken, or there are as many lines as there may be
   */
  addLine(name: string, line: DceLine): ServedLine {
    if (this.#lines.has(name)) {
      throw new RangeError(`Two lines are called ${name}.`);
    }
    if (this.#lines.size >= MAX_LINES) {
      throw new RangeError(`There are ${MAX_LINES} lines already.`);
    }
    const { module, powerCycle = 'never', isPaced = false, capture } = this.#options;
    const served = new ServedLine(line, {
      name,
      profile: module,
      radio: this.auNet.radioFor(name),
      trace: (event) => this.#trace({ ...event, text: `${name}: ${event.text}` }),
      powerCycle,
      isPaced,
      random: this.#random.fork(`module ${name}`),
      watch: (watched) => this.faults.watchLine(name, watched),
      ...(capture === undefined ? {} : { tap: (state) => capture.tap(name, state) }),
      airTap: module.sockets === undefined ? undefined : capture?.tapAirSide(name),
      onState: (state, cause) => {
        const reason = cause === undefined ? {} : { reason: cause.message };
        this.#tell({ type: 'line', at: now(), line: name, state, ...reason });
      },
      onFailure: (failure) => this.fail(failure, name),
    });
    this.#lines.set(name, served);
    this.faults.watchModule(name, served.module);
    return served;
  }

  /** Tells of something that nobody foresaw. @param line where it happened, when that is known */
  fail(failure: unknown, line?: string): void {
    this.failures += 1;
    const text = failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
    this.#tell({ type: 'failure', at: now(), line, text });
  }

  /** In order: PPP ends its sessions, the modules say NO CARRIER, the lines are released. */
  async close(): Promise<void> {
    this.mails.close();
    this.faults.close();
    await this.auNet.close();
    await Promise.all([...this.#lines.values()].map((line) => line.close()));
  }

  #note(event: CarrierEvent): void {
    switch (event.type) {
      case 'mail': {
        const received = this.mails.add(event, this.sessions.lineOf(event.client));
        this.#tell({ type: 'mail', at: event.at, ...received });
        break;
      }
      case 'session':
        this.sessions.note(event);
        this.#tell(event);
        break;
      default:
        this.#tell(event);
    }
  }

  #tell(happening: Happening): void {
    this.emit('happening', happening);
  }
}
