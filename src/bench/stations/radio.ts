/** The card, the signal, the bands and what the calendar means for them, registration, and the network's time. */
import { pause } from '../../base/pause.ts';
import { hours, ms, seconds } from '../../base/units.ts';
import { now } from '../../base/virtual-time.ts';
import { formatInstant } from '../../config/japan-time.ts';
import { CommandError, ModemError } from '../../modem/modem-error.ts';
import { bandOutlook } from '../band-outlook.ts';
import type { Bench } from '../bench.ts';
import { finding, ok, type Station, type StationResult } from '../station.ts';

/** The receiver needs a moment until it has measured something. */
const SIGNAL_TRIES = 5;
const SIGNAL_PAUSE = seconds(2);
/** Modules that take seconds for each answer are looked at less often. */
const SIGNAL_TIME = seconds(20);
/** Below it calls break off; below the next one they do not come about (practice of the field, cdma2000 and LTE-M). */
const WEAK_DBM = -100;
const DEAD_DBM = -107;
/** A clock that is off by more makes wrong times in the records. */
const LARGEST_CLOCK_ERROR = seconds(120);
/** Japan's time read as UTC: what a module without a zone in its answer (27.007 8.15 leaves it open) looks like. */
const JAPAN_AS_UTC = hours(9);

export const sim: Station = {
  name: 'sim',
  title: 'SIM or UIM',
  needs: ['identity'],
  limit: seconds(30),
  async run(bench: Bench): Promise<StationResult> {
    try {
      const [line = ''] = await bench.modem.send('AT+CPIN?');
      const state = line.replace(/^\+CPIN:\s*/, '');
      if (state === 'READY') {
        return ok('card is ready', { state });
      }
      const lock = /^SIM (PIN|PUK)/.exec(state)?.[1];
      return finding(
        'failed',
        'MODEM_SIM_MISSING',
        state === '' ? 'AT+CPIN? is answered with nothing but OK' : `the card asks for ${state}`,
        {
          measurement: { state },
          advice:
            lock === 'PIN'
              ? 'Switch the PIN query of the card off (in a phone): nobody is there in the field to enter it.'
              : lock === 'PUK'
                ? 'The card is locked: ask the carrier for its PUK.'
                : 'This is no answer of a mobile module: is it another kind of modem?',
        },
      );
    } catch (failure) {
      return withoutCard(failure, bench);
    }
  },
};

function withoutCard(failure: unknown, { profile }: Bench): StationResult {
  if (!(failure instanceof CommandError) || failure.code !== 'MODEM_COMMAND_FAILED') {
    throw failure;
  }
  if (profile.family === 'is-707') {
    return ok('no card to ask for: the contract is written into the module', { state: 'none' });
  }
  if (failure.kind === 'CME' && failure.number === 14) {
    return finding('warning', 'BENCH_SIM_BUSY', 'the card is still being read', {
      advice: 'Run the bench once more when the module has been on for a minute.',
    });
  }
  return finding('failed', 'MODEM_SIM_MISSING', `no usable card: ${failure.message}`, {
    advice: 'Insert the SIM of the contract, with its PIN query switched off.',
  });
}

export const signal: Station = {
  name: 'signal',
  title: 'signal',
  needs: ['sim'],
  limit: seconds(45),
  async run(bench: Bench): Promise<StationResult> {
    const levels: number[] = [];
    let raw = 'unknown';
    const begin = now();
    for (let attempt = 0; attempt < SIGNAL_TRIES && now() - begin < SIGNAL_TIME; attempt += 1) {
      if (attempt > 0) {
        await pause(SIGNAL_PAUSE);
      }
      const { signal: level } = await look(bench);
      raw = level.raw;
      levels.push(...(level.dbm === undefined ? [] : [level.dbm]));
    }
    const dbm = levels.at(-1);
    if (dbm === undefined) {
      return finding('failed', 'BENCH_NO_SIGNAL', `the module hears nothing it could measure (${raw})`, {
        measurement: { raw },
        advice: 'Check the aerial and its plug; see the bands and the calendar below.',
      });
    }
    const least = Math.min(...levels);
    const measurement = { signalDbm: dbm, leastDbm: least, samples: levels.length, raw };
    if (least <= DEAD_DBM) {
      return finding('failed', 'BENCH_WEAK_SIGNAL', `${least} dBm: too weak for calls to last`, {
        measurement,
        advice: ADVICE_SIGNAL,
      });
    }
    return least <= WEAK_DBM
      ? finding('warning', 'BENCH_WEAK_SIGNAL', `${least} dBm: weak`, { measurement, advice: ADVICE_SIGNAL })
      : ok(`${dbm} dBm: ${dbm > -85 ? 'good' : 'sufficient'}`, measurement);
  },
};

const ADVICE_SIGNAL = 'Put the aerial higher or outside, check its plug and cable, or use one with gain.';

/** Reads the radio, and keeps the strength for the chart. */
export async function look(bench: Bench) {
  const report = await bench.modem.radio();
  bench.radio = report;
  const { dbm } = report.signal;
  if (dbm !== undefined) {
    bench.signals.push({ at: now(), dbm });
  }
  return report;
}

export const bands: Station = {
  name: 'bands',
  title: 'bands and the reorganisation of 800 MHz',
  needs: ['identity'],
  limit: seconds(30),
  async run(bench: Bench): Promise<StationResult> {
    const { at, calendar } = bench.options;
    const outlook = bandOutlook(bench.profile.bands, calendar, at);
    const inUse = bench.radio?.band;
    const measurement = {
      supported: [...bench.profile.bands],
      onAir: outlook.onAir,
      ...(inUse === undefined ? {} : { inUse }),
      outlook: outlook.sentences,
    };
    const using = inUse === undefined ? '' : `; in use: ${inUse}`;
    const summary = `${outlook.sentences.join('; ')}${using}`;
    switch (outlook.verdict) {
      case 'ok':
        return ok(summary, measurement);
      case 'ends':
        return finding('warning', 'BENCH_BAND_ENDS', summary, { measurement, advice: outlook.advice });
      case 'ended':
        return finding('failed', 'RADIO_NO_SERVICE', summary, { measurement, advice: outlook.advice });
    }
  },
};

export const registration: Station = {
  name: 'registration',
  title: 'registration',
  needs: ['sim'],
  limit: ({ profile }) => ms(profile.timeoutsMs.registration + 30_000),
  async run(bench: Bench): Promise<StationResult> {
    const begin = now();
    try {
      const report = await bench.modem.waitForService();
      bench.radio = report;
      const { registered, system, band, signal: level } = report;
      if (level.dbm !== undefined) {
        bench.signals.push({ at: now(), dbm: level.dbm });
      }
      const measurement = {
        registered,
        registrationMs: now() - begin,
        ...(system === undefined ? {} : { system }),
        ...(band === undefined ? {} : { band }),
      };
      const where = system === undefined ? '' : `, system ${system}`;
      return registered === 'roaming'
        ? finding('warning', 'BENCH_ROAMING', `roaming${where}: in a foreign network`, {
            measurement,
            advice: 'Check whether the contract allows it, and what it costs.',
          })
        : ok(`${registered}${where}`, measurement);
    } catch (failure) {
      return withoutService(failure, bench);
    }
  },
};

function withoutService(failure: unknown, bench: Bench): StationResult {
  if (!(failure instanceof ModemError) || failure.code !== 'MODEM_NO_SERVICE') {
    throw failure;
  }
  const { at, calendar } = bench.options;
  const outlook = bandOutlook(bench.profile.bands, calendar, at);
  return outlook.verdict === 'ended'
    ? finding('failed', 'RADIO_NO_SERVICE', `no network: ${outlook.sentences.join('; ')}`, {
        advice: outlook.advice,
      })
    : finding('failed', 'MODEM_NO_SERVICE', failure.message, { advice: failure.advice });
}

export const time: Station = {
  name: 'time',
  title: "the network's time",
  needs: ['registration'],
  isOptional: true,
  limit: seconds(20),
  async run(bench: Bench): Promise<StationResult> {
    const clock = await bench.modem.networkTime();
    if (clock === undefined) {
      return finding('warning', 'BENCH_NO_CLOCK', 'the module does not tell the time', {
        advice: 'The logger has to keep the time by itself: check its clock at each visit.',
      });
    }
    const offset = clock - now();
    const measurement = { time: formatInstant(clock), offsetMs: offset };
    if (Math.abs(offset - JAPAN_AS_UTC) <= LARGEST_CLOCK_ERROR) {
      return finding('warning', 'BENCH_CLOCK_WITHOUT_ZONE', "nine hours off: Japan's time without its zone", {
        measurement,
        advice:
          'A device takes a time without zone as UTC: have the module tell its zone (often AT+CTZU=1), or leave its clock alone.',
      });
    }
    return Math.abs(offset) > LARGEST_CLOCK_ERROR
      ? finding(
          'warning',
          'BENCH_WRONG_CLOCK',
          `${formatInstant(clock)}, ${Math.round(offset / 1000)} s off`,
          {
            measurement,
            advice: 'Either this computer or the network is wrong: compare both with a third clock.',
          },
        )
      : ok(`${formatInstant(clock)}, ${Math.abs(Math.round(offset / 1000))} s off`, measurement);
  },
};
