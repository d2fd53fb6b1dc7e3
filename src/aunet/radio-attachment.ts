/**
 * One module on the air: tells it what it hears as the calendar goes on, and places its calls.
 */
import { EventEmitter } from 'node:events';
import { noTrace, type Trace } from '../base/trace.ts';
import { hours, type Ms } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import type { Calendar } from '../config/calendar.ts';
import type { Coverage, DialResult, RadioAttachment } from '../modem/dce/radio.ts';
import type { Band } from '../modem/module-profile.ts';
import { nextRadioChange } from './calendar.ts';
import { coverageAt, isPacketNumber, type Site } from './cells.ts';
import type { RadioBearer } from './radio-bearer.ts';
import { RadioError } from './radio-error.ts';

/** Timers hold less than 25 days. */
const LONGEST_WAIT = hours(20 * 24);

export interface Air {
  readonly calendar: Calendar;
  readonly site: Site;
  /** How long the network takes to let a module in, beyond the module's own time. */
  readonly registrationMs: number;
  /** How long it takes to answer a dialled number. */
  readonly callSetupMs: number;
  /** Opens the way from the radio to the subscriber line. */
  openBearer(band: Band): { readonly bearer: RadioBearer; readonly bitRate: number };
  onCall(number: string, result: 'connected' | 'busy' | 'no-carrier', band: Band | undefined): void;
  onDetach(attachment: RadioAttachment): void;
  readonly trace?: Trace;
}

const NONE: Coverage = { service: 'none' };
const SEARCHING: Coverage = { service: 'searching' };

export class AirAttachment
  extends EventEmitter<{ coverage: [Coverage]; ring: [] }>
  implements RadioAttachment
{
  readonly #air: Air;
  readonly #bands: readonly Band[];
  #coverage: Coverage = NONE;
  #changeTimer: NodeJS.Timeout | undefined;
  #registrationTimer: NodeJS.Timeout | undefined;
  #call: { readonly bearer: RadioBearer; readonly band: Band } | undefined;
  #isAttached = true;

  constructor(air: Air, bands: readonly Band[]) {
    super();
    this.#air = air;
    this.#bands = bands;
    this.#look();
  }

  get coverage(): Coverage {
    return this.#coverage;
  }

  /** cdma2000 cells send system time and LTE sends NITZ: right wherever the module is registered. */
  get networkTime(): Date | undefined {
    return this.#coverage.service === 'home' ? new Date(now()) : undefined;
  }

  dial(number: string, done: (result: DialResult) => void): () => void {
    const timer = setTimeout(() => done(this.#place(number)), this.#air.callSetupMs);
    return () => clearTimeout(timer);
  }

  detach(): void {
    if (this.#isAttached) {
      this.#isAttached = false;
      clearTimeout(this.#changeTimer);
      clearTimeout(this.#registrationTimer);
      this.#coverage = NONE;
      this.loseCall('The receiver is off.');
      this.#air.onDetach(this);
    }
  }

  /** Ends a call as when the signal breaks off. */
  loseCall(reason: string): void {
    this.#call?.bearer.lose(new RadioError('RADIO_COVERAGE_LOST', reason));
  }

  #place(number: string): DialResult {
    const coverage = this.#coverage;
    const band = coverage.service === 'home' ? coverage.band : undefined;
    const isBusy = this.#call !== undefined;
    const isAnswered = band !== undefined && isPacketNumber(band, number);
    const result = isBusy ? 'busy' : isAnswered ? 'connected' : 'no-carrier';
    this.#air.onCall(number, result, band);
    if (result !== 'connected' || band === undefined) {
      return { result: result === 'connected' ? 'no-carrier' : result };
    }
    const { bearer, bitRate } = this.#air.openBearer(band);
    const call = { bearer, band };
    this.#call = call;
    bearer.module.on('close', () => {
      if (this.#call === call) {
        this.#call = undefined;
      }
    });
    return { result: 'connected', call: bearer.module, bitRate };
  }

  /** Looks at the cells, and again at the calendar's next change. */
  #look(): void {
    const at = now();
    const heard = this.#heardAt(at);
    if (this.#isNew(heard)) {
      this.#hear(heard);
    }
    const change = nextRadioChange(this.#air.calendar, at);
    if (change !== undefined) {
      this.#changeTimer = setTimeout(() => this.#look(), waitUntil(change, at));
      this.#changeTimer.unref();
    }
  }

  #heardAt(at: Ms): Coverage {
    return coverageAt(this.#air.calendar, this.#air.site, this.#bands, at);
  }

  #isNew(heard: Coverage): boolean {
    const isRegistering = this.#registrationTimer !== undefined;
    const known = this.#coverage;
    return (
      (heard.service !== known.service && !(isRegistering && heard.service === 'home')) ||
      (heard.service === 'home' && known.service === 'home' && heard.band !== known.band)
    );
  }

  #hear(heard: Coverage): void {
    clearTimeout(this.#registrationTimer);
    this.#registrationTimer = undefined;
    const band = heard.service === 'home' ? heard.band : undefined;
    if (this.#call !== undefined && this.#call.band !== band) {
      this.loseCall(`The cells of ${this.#call.band} are off the air.`);
    }
    if (heard.service === 'none' || this.#air.registrationMs === 0) {
      this.#tell(heard);
      return;
    }
    this.#tell(SEARCHING);
    this.#registrationTimer = setTimeout(() => {
      this.#registrationTimer = undefined;
      this.#tell(this.#heardAt(now()));
    }, this.#air.registrationMs);
  }

  #tell(coverage: Coverage): void {
    this.#coverage = coverage;
    (this.#air.trace ?? noTrace)({ layer: 'radio', direction: '-', text: describe(coverage) });
    this.emit('coverage', coverage);
  }
}

const waitUntil = (change: Ms, at: Ms): number => Math.min(change - at, LONGEST_WAIT);

function describe(coverage: Coverage): string {
  switch (coverage.service) {
    case 'none':
      return 'no service: no cell of the module’s bands is on the air';
    case 'searching':
      return 'searching';
    default:
      return `${coverage.service} on ${coverage.band}, ${coverage.signalDbm} dBm, system ${coverage.system}`;
  }
}
