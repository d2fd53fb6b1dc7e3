/**
 * The machine under test with a clock of its own, and a network that answers the vectors' numbers:
 * 5551234 connects, 5550000 is busy, 5559999 never answers, 5557777 has no carrier.
 */
import { type Ms, ms, seconds } from '../../../src/base/units.ts';
import type { DceAction, DceEvent } from '../../../src/modem/dce/dialogue.ts';
import type { Sim } from '../../../src/modem/dce/module-context.ts';
import type { Coverage } from '../../../src/modem/dce/radio.ts';
import { V250Server } from '../../../src/modem/dce/v250-server.ts';
import { type ModuleProfile, moduleProfileSchema } from '../../../src/modem/module-profile.ts';
import { UnknownKeyError, type Vector } from './vector.ts';

const PROFILE: ModuleProfile = moduleProfileSchema.parse({
  name: 'vectors',
  title: 'The module that the AT vectors take for granted',
  family: '3gpp',
  bands: ['lte-b18'],
  identity: {
    manufacturer: 'KADEC21',
    model: 'VECTORS',
    revision: '1.0',
    serialNumber: '490154203237518',
    capabilities: '+CGSM,+FCLASS',
  },
  line: { baudRate: 115_200, autobaud: [9600, 115_200] },
  dial: { number: '*99#', timeoutMs: 60_000 },
  init: [],
  timeoutsMs: { command: 1000, registration: 1000, hangUp: 1000 },
  factory: { carrierDetect: 1, terminalReady: 2 },
  // Longer than the 125 ms in which V.250 §5.6.1 ignores characters, shorter than the vectors' silences.
  pace: { answerMs: 5, registrationMs: 0, connectMs: 130 },
});

/** How long the network takes to say that a call fails. */
const REFUSAL_MS = 100;
const RING_INTERVAL = seconds(6);
/** Longer than any wait a vector can set (S7 is at most 255 s). */
const HORIZON = seconds(900);

const RESULTS: Readonly<Record<string, DceEvent | 'never'>> = {
  '5550000': { type: 'not-connected', reason: 'busy' },
  '5557777': { type: 'not-connected', reason: 'no-carrier' },
  '5559999': 'never',
};

export interface Recorded {
  readonly at: Ms;
  readonly action: DceAction;
}

export class DceBench {
  readonly server: V250Server;
  readonly sim: Sim = { state: 'ready', pin: '1234', puk: '12345678', pinTries: 3 };
  coverage: Coverage = { service: 'home', band: 'lte-b18', signalDbm: -73, system: '44050' };
  /** A line that comes while a command line is being executed, once. */
  unsolicitedDuring: string | undefined;
  /** Everything the machine did, since the set-up was complete. */
  recorded: Recorded[] = [];
  /** The circuits when the set-up was complete. */
  circuitsAtStart = { dcd: false, dsr: false, ri: false };
  /** When the last chunk came. */
  lastInputAt: Ms = ms(0);
  #now: Ms = ms(0);
  #scheduled: { readonly at: Ms; readonly event: DceEvent }[] = [];
  /** The DTE has closed its port: nobody hears what is sent. */
  #isPortClosed = false;

  constructor(setup: Vector, profile = PROFILE) {
    const bench = this;
    this.server = new V250Server({
      profile,
      radio: {
        get coverage() {
          return bench.coverage;
        },
        networkTime: new Date('2008-09-30T03:00:00Z'),
      },
      now: this.#now,
      sim: this.sim,
      hasDialTone: setup.dialTone !== false && setup.dialTone !== 0,
    });
    this.feed({ type: 'time' });
  }

  /** The set-up is complete: what was done for it is forgotten. */
  begin(): void {
    for (const { action } of this.recorded) {
      if (action.type === 'signals') {
        this.circuitsAtStart = action.signals;
      }
    }
    this.recorded = [];
  }

  write(text: string): void {
    if (text !== '') {
      this.lastInputAt = this.#now;
    }
    this.feed({ type: 'dte', bytes: Buffer.from(text, 'latin1') });
    if (this.unsolicitedDuring !== undefined && this.server.isExecuting) {
      const line = this.unsolicitedDuring;
      this.unsolicitedDuring = undefined;
      this.feed({ type: 'unsolicited', line });
    }
  }

  /** An `{event: ...}` among the chunks. */
  happen(event: Vector): void {
    this.lastInputAt = this.#now;
    const value = event.value ?? event.speed ?? event.baud ?? event.rate;
    switch (event.event) {
      case 'dtr':
        this.feed({ type: 'terminal-ready', isOn: value === 1 || value === true });
        break;
      case 'slaveClose':
      case 'close':
        this.#isPortClosed = true;
        this.feed({ type: 'terminal-ready', isOn: false });
        break;
      case 'slaveOpen':
        this.feed({ type: 'terminal-ready', isOn: true });
        this.#isPortClosed = false;
        break;
      case 'slaveSpeed':
        // B0 hangs up; any other rate takes that back.
        this.feed({ type: 'terminal-ready', isOn: Number(value) !== 0 });
        break;
      case 'incomingCall':
        this.#ring(Number(event.rings ?? 1), event.number ?? event.caller);
        break;
      case 'peerData':
        this.#peerSays(event.data ?? value);
        break;
      case 'peerClose':
        this.#peerSays(event.afterData);
        this.feed({ type: 'call-closed' });
        break;
      case 'dcd':
        if (Number(value) === 0) {
          this.feed({ type: 'call-closed' });
        }
        break;
      default:
        throw new UnknownKeyError('events', String(event.event));
    }
  }

  advanceBy(duration: number): void {
    this.#advanceTo(ms(this.#now + duration));
  }

  /** Lets time pass until nothing is due any more. */
  settle(): void {
    this.#advanceTo(ms(this.#now + HORIZON));
  }

  feed(event: DceEvent): void {
    for (const action of this.server.step(event, this.#now)) {
      if (!(this.#isPortClosed && action.type === 'to-dte')) {
        this.recorded.push({ at: this.#now, action });
      }
      this.#network(action);
    }
  }

  #advanceTo(end: Ms): void {
    for (;;) {
      const due = this.#scheduled[0];
      const deadline = this.server.deadline;
      const next = Math.min(due?.at ?? Number.POSITIVE_INFINITY, deadline ?? Number.POSITIVE_INFINITY);
      if (next > end) {
        break;
      }
      this.#now = ms(Math.max(this.#now, next));
      if (due !== undefined && due.at <= this.#now) {
        this.#scheduled.shift();
        this.feed(due.event);
      } else {
        this.feed({ type: 'time' });
      }
    }
    this.#now = end;
  }

  #network(action: DceAction): void {
    switch (action.type) {
      case 'dial': {
        const result = RESULTS[action.number] ?? { type: 'connected', bitRate: 115_200 };
        if (!action.isVoice && result !== 'never') {
          this.#schedule(result.type === 'connected' ? 0 : REFUSAL_MS, result);
        }
        break;
      }
      case 'answer':
        this.#scheduled = [];
        this.#schedule(0, { type: 'connected', bitRate: 115_200 });
        break;
      case 'give-up-dial':
      case 'hang-up':
        this.#scheduled = [];
        break;
      default:
        break;
    }
  }

  #ring(rings: number, caller: unknown): void {
    for (let ring = 0; ring < rings; ring += 1) {
      this.#schedule(ring * RING_INTERVAL, {
        type: 'ring',
        ...(typeof caller === 'string' ? { caller } : {}),
      });
    }
    this.advanceBy(0);
  }

  #peerSays(data: unknown): void {
    if (typeof data === 'string') {
      this.feed({ type: 'call-data', bytes: Buffer.from(data, 'latin1') });
    }
  }

  #schedule(delay: number, event: DceEvent): void {
    this.#scheduled.push({ at: ms(this.#now + delay), event });
    this.#scheduled.sort((first, second) => first.at - second.at);
  }
}
