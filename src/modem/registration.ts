/**
 * Whether the module has service, and how it hears the network: IS-707 (+CAD?, +CSS?, +CSQ) and 3GPP TS
 * 27.007 (+CPIN?, +CEREG? or +CREG?, +COPS?, +CSQ).
 */
import { type Ms, ms, seconds } from '../base/units.ts';
import { type AtValue, parseParameters, valueNumber, valueText } from '../wire/at/value.ts';
import { describeFailure, ModemError } from './modem-error.ts';
import type { Band, ModuleProfile } from './module-profile.ts';
import { ask, clock, evidence, failureOf, inquire, type Procedure, pause } from './procedure.ts';

export type Registration = 'home' | 'roaming' | 'searching' | 'denied' | 'none';

export interface RadioReport {
  readonly registered: Registration;
  /** `raw` is what +CSQ gave; `dbm` is absent where the module hears nothing it could measure. */
  readonly signal: { readonly dbm?: number; readonly raw: string };
  readonly band?: Band;
  /** SID of a cdma2000 network, PLMN code of a 3GPP one. */
  readonly system?: string;
}

/** How often the module is asked while it looks for a network. */
const POLL = seconds(3);

/** 27.007 8.5 and the cdma2000 stand-in: 0..31, 2 dB a step from -113 dBm; 99 is unknown. */
const SIGNAL_STEPS = 31;

/** SID and band letter that a module shows while it is not registered. */
const NO_SYSTEM = '99999';
const NO_BAND = 'Z';

export function* readRadio(profile: ModuleProfile): Procedure<RadioReport> {
  return profile.family === '3gpp' ? yield* readThirdGeneration(profile) : yield* readCdma(profile);
}

/** Asks until there is service. */
export function* waitForService(profile: ModuleProfile): Procedure<RadioReport> {
  const limit = profile.timeoutsMs.registration;
  const begin = yield* clock();
  for (;;) {
    const report = yield* readRadio(profile);
    if (report.registered === 'home' || report.registered === 'roaming') {
      return report;
    }
    const now = yield* clock();
    if (now - begin + POLL > limit) {
      const lines = yield* evidence();
      throw new ModemError(
        'MODEM_NO_SERVICE',
        report.registered === 'denied'
          ? `The network has not let the module in within ${limit / 1000} s (registration denied, signal ${report.signal.raw}).`
          : `The module has found no network within ${limit / 1000} s (${report.registered}, signal ${report.signal.raw}).`,
        {
          evidence: lines,
          advice:
            report.registered === 'denied'
              ? 'Ask the carrier whether the contract of this SIM is active, and for this kind of module (its IMEI).'
              : `Check aerial and place; this module hears ${profile.bands.join(' and ')} only.`,
        },
      );
    }
    yield* pause(POLL);
  }
}

function* readCdma(profile: ModuleProfile): Procedure<RadioReport> {
  const commandMs = ms(profile.timeoutsMs.command);
  const area = yield* values('AT+CAD?', commandMs);
  const system = yield* values('AT+CSS?', commandMs);
  const signal = yield* readSignal(commandMs);
  const mode = valueNumber(area?.[0]);
  const serving = servingSystem(system, profile);
  const isServed = mode === undefined ? serving !== undefined : mode !== 0;
  // In the area of a network whose system is not known yet: the module is about to register.
  const hasSystem = system === undefined || serving !== undefined;
  return {
    registered: isServed ? (hasSystem ? 'home' : 'searching') : 'none',
    signal,
    ...serving,
  };
}

/** +CSS: class, band, SID; older ones leave the class out. Undefined: not registered. */
function servingSystem(
  system: readonly AtValue[] | undefined,
  profile: ModuleProfile,
): Pick<RadioReport, 'band' | 'system'> | undefined {
  const sid = valueText(system?.at(-1));
  const letter = system === undefined || system.length < 3 ? '' : valueText(system[1]);
  if (sid === '' || sid === NO_SYSTEM || letter.endsWith(NO_BAND) || (Number(sid) === 0 && letter === '')) {
    return undefined;
  }
  const band = bandOf(valueNumber(system?.[0]), letter, profile);
  return band === undefined ? { system: sid } : { system: sid, band };
}

/** Class 1 is 800 MHz cellular (band class 0); class 0 is one that the command cannot express (band class 3). */
function bandOf(bandClass: number | undefined, letter: string, profile: ModuleProfile): Band | undefined {
  const band = letter === '' ? undefined : bandClass === 1 ? 'bc0' : bandClass === 0 ? 'bc3' : undefined;
  return band !== undefined && profile.bands.includes(band) ? band : undefined;
}

function* readThirdGeneration(profile: ModuleProfile): Procedure<RadioReport> {
  const commandMs = ms(profile.timeoutsMs.command);
  yield* checkSim(commandMs);
  const registration =
    (yield* values('AT+CEREG?', commandMs)) ?? (yield* values('AT+CREG?', commandMs)) ?? [];
  const operator = yield* values('AT+COPS?', commandMs);
  const signal = yield* readSignal(commandMs);
  // 27.007 7.2: n, stat. 7.3: mode, format, operator; a number where the init line asked for it, else a name.
  const system = valueText(operator?.[2]);
  return {
    registered: STATES[valueNumber(registration[1]) ?? 0] ?? 'none',
    signal,
    ...(system === '' ? {} : { system }),
  };
}

const STATES: Readonly<Record<number, Registration>> = {
  1: 'home',
  2: 'searching',
  3: 'denied',
  5: 'roaming',
};

function* checkSim(commandMs: Ms): Procedure<void> {
  const answer = yield* ask('AT+CPIN?', commandMs);
  const state = answer.outcome === 'ok' ? (answer.lines[0] ?? '').replace(/^\+CPIN:\s*/, '') : undefined;
  if (state === 'READY') {
    return;
  }
  // 27.007 9.2: a SIM that is just being read says busy (14); the module is asked again soon.
  if (answer.outcome === 'error' && answer.failure.code === 14) {
    return;
  }
  if (answer.outcome !== 'ok' && answer.outcome !== 'error') {
    throw yield* failureOf(answer, 'AT+CPIN?', commandMs);
  }
  const why = answer.outcome === 'error' ? describeFailure(answer.failure) : `it asks for ${state}`;
  const lines = yield* evidence();
  throw new ModemError('MODEM_SIM_MISSING', `The module has no usable SIM: ${why}.`, {
    evidence: lines,
    advice: 'Insert the SIM of the contract, with its PIN query switched off.',
  });
}

/** Some modules only know the execute form of +CSQ, others only the read form. */
function* readSignal(commandMs: Ms): Procedure<RadioReport['signal']> {
  const level = (yield* values('AT+CSQ', commandMs)) ?? (yield* values('AT+CSQ?', commandMs));
  if (level === undefined) {
    return { raw: 'unknown' };
  }
  const raw = level.map(valueText).join(',');
  const step = valueNumber(level[0]);
  return step === undefined || step < 0 || step > SIGNAL_STEPS ? { raw } : { raw, dbm: 2 * step - 113 };
}

/** The values of a one-line answer, with or without its name before them; undefined where it is refused. */
function* values(line: string, commandMs: Ms): Procedure<readonly AtValue[] | undefined> {
  const lines = yield* inquire(line, commandMs);
  const first = lines?.[0];
  return first === undefined ? undefined : parseParameters(first.replace(/^[+^$%*#][\w]+:/, ''));
}
