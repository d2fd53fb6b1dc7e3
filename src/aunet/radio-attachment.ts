/**
 * One module on the air: tells it what it hears as the calendar goes on, and places its calls.
 */
import { EventEmitter } from 'node:events';
import { noTrace, type Trace } from '../base/trace.ts';
import { hours, type Ms, seconds } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import type { Calendar } from '../config/calendar.ts';
import type { Coverage, DialResult, RadioAttachment } from '../modem/dce/radio.ts';
import type { Band } from '../modem/module-profile.ts';
import { formatIpv4, type Ipv4Address } from '../wire/ipv4.ts';
import { nextRadioChange } from './calendar.ts';
import { coverageAt, isPacketNumber, type Site } from './cells.ts';
import type { EffectBoard } from './faults/effect-board.ts';
import type { LineName } from './faults/effects.ts';
import type { RadioBearer } from './radio-bearer.ts';
import { RadioError } from './radio-error.ts';

/** A caller who is patient: half a minute. */
const RINGS_PER_CALL = 5;
const RING_INTERVAL = seconds(6);

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
  openBearer(
    band: Band,
    controlCharacters: number,
  ): {
    readonly bearer: RadioBearer;
    readonly bitRate: number;
    readonly address: Ipv4Address | undefined;
  };
  onCall(number: string, result: DialResult['result'], band: Band | undefined): void;
  onDetach(attachment: RadioAttachment): void;
  readonly trace?: Trace;
  /** What goes wrong on the air. */
  readonly effects: EffectBoard;
  /** The name of the module's line, where it has one. */
  readonly line: LineName;
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
  #ringTimer: NodeJS.Timeout | undefined;

  constructor(air: Air, bands: readonly Band[]) {
    super();
    this.#air = air;
    this.#bands = bands;
    air.effects.on('coverage', this.#look);
    this.#look();
  }

  get line(): LineName {
    return this.#air.line;
  }

  get coverage(): Coverage {
    return this.#coverage;
  }

  /** cdma2000 cells send system time and LTE sends NITZ: right wherever the module is registered. */
  get networkTime(): Date | undefined {
    return this.#coverage.service === 'home' ? new Date(now()) : undefined;
  }

  dial(number: string, done: (result: DialResult) => void, controlCharacters = 0): () => void {
    let timer = setTimeout(() => {
      const fate = this.#coverage.service === 'home' ? this.#air.effects.dial(this.#air.line) : undefined;
      if (fate === undefined) {
        done(this.#place(number, controlCharacters));
        return;
      }
      timer = setTimeout(() => {
        this.#air.onCall(number, fate.result, undefined);
        done({ result: fate.result });
      }, fate.afterMs);
    }, this.#air.callSetupMs);
    return () => clearTimeout(timer);
  }

  refuse(): void {
    this.#stopRinging();
  }

  detach(): void {
    if (this.#isAttached) {
      this.#isAttached = false;
      clearTimeout(this.#changeTimer);
      clearTimeout(this.#registrationTimer);
      this.#stopRinging();
      this.#air.effects.off('coverage', this.#look);
      this.#coverage = NONE;
      this.loseCall('The receiver is off.');
      this.#air.onDetach(this);
    }
  }

  /** A call comes in. @returns false where it cannot: no service, a call, or one that rings already */
  page(): boolean {
    const isFree = this.#call === undefined && this.#ringTimer === undefined;
    if (!isFree || this.#coverage.service !== 'home') {
      return false;
    }
    this.#ring(RINGS_PER_CALL);
    return true;
  }

  #ring(left: number): void {
    this.#ringTimer = undefined;
    if (left > 0 && this.#coverage.service === 'home') {
      this.#ringTimer = setTimeout(() => this.#ring(left - 1), RING_INTERVAL);
      this.#ringTimer.unref();
      this.emit('ring');
    }
  }

  #stopRinging(): void {
    clearTimeout(this.#ringTimer);
    this.#ringTimer = undefined;
  }

  /** Ends a call as when the signal breaks off. */
  loseCall(reason: string): void {
    this.#call?.bearer.lose(new RadioError('RADIO_COVERAGE_LOST', reason));
  }

  #place(number: string, controlCharacters: number): DialResult {
    const coverage = this.#coverage;
    const band = coverage.service === 'home' ? coverage.band : undefined;
    const isBusy = this.#call !== undefined;
    const isAnswered = band !== undefined && isPacketNumber(band, number);
    const result = isBusy ? 'busy' : isAnswered ? 'connected' : 'no-carrier';
    this.#air.onCall(number, result, band);
    if (result !== 'connected' || band === undefined) {
      return { result: result === 'connected' ? 'no-carrier' : result };
    }
    this.#stopRinging();
    const { bearer, bitRate, address } = this.#air.openBearer(band, controlCharacters);
    const call = { bearer, band };
    this.#call = call;
    bearer.module.on('close', () => {
      if (this.#call === call) {
        this.#call = undefined;
      }
    });
    return {
      result: 'connected',
      call: bearer.module,
      bitRate,
      address: address === undefined ? undefined : formatIpv4(address),
    };
  }

  /** Looks at the cells, and again at the calendar's next change. */
  readonly #look = (): void => {
    clearTimeout(this.#changeTimer);
    const at = now();
    const heard = this.#heardAt(at);
    if (this.#isNew(heard)) {
      this.#hear(heard);
    } else if (isOtherStrength(heard, this.#coverage)) {
      this.#tell(heard);
    }
    const change = nextRadioChange(this.#air.calendar, at);
    if (change !== undefined) {
      this.#changeTimer = setTimeout(this.#look, waitUntil(change, at));
      this.#changeTimer.unref();
    }
  };

  #heardAt(at: Ms): Coverage {
    const { calendar, site, effects, line } = this.#air;
    return effects.coverage(coverageAt(calendar, site, this.#bands, at), line);
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
      this.loseCall(`The cells of ${this.#call.band} are not heard any more.`);
    }
    const registrationMs =
      heard.service === 'none'
        ? 0
        : this.#air.registrationMs + this.#air.effects.registrationMs(this.#air.line);
    if (registrationMs === 0) {
      this.#tell(heard);
      return;
    }
    this.#tell(SEARCHING);
    this.#registrationTimer = setTimeout(() => {
      this.#registrationTimer = undefined;
      this.#tell(this.#heardAt(now()));
    }, registrationMs);
  }

  #tell(coverage: Coverage): void {
    this.#coverage = coverage;
    (this.#air.trace ?? noTrace)({ layer: 'radio', direction: '-', text: describe(coverage) });
    this.emit('coverage', coverage);
  }
}

const isOtherStrength = (heard: Coverage, known: Coverage): boolean =>
  heard.service === 'home' && known.service === 'home' && heard.signalDbm !== known.signalDbm;

const waitUntil = (change: Ms, at: Ms): number => Math.min(change - at, LONGEST_WAIT);

function describe(coverage: Coverage): string {
  switch (coverage.service) {
    case 'none':
      return 'no service: no cell of the module’s bands is heard';
    case 'searching':
      return 'searching';
    default:
      return `${coverage.service} on ${coverage.band}, ${coverage.signalDbm} dBm, system ${coverage.system}`;
  }
}
