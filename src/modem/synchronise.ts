/**
 * Finds the module: the bit rate it listens at, and a known way of answering (no echo, result codes on, in
 * words). ITU-T V.250 5.2, 6.2.4 to 6.2.6.
 */
import { ms, seconds } from '../base/units.ts';
import { ModemError } from './modem-error.ts';
import type { ModuleProfile } from './module-profile.ts';
import { ask, evidence, type Procedure, pause } from './procedure.ts';

/** Rounds through all bit rates: enough for a module that is still starting when the first one begins. */
const ROUNDS = 4;
/** AT is answered within a few milliseconds or not at all. */
const PROBE_TIME = ms(400);
/** After a change of rate the module's receiver needs a moment of silence. */
const SETTLE_TIME = ms(20);
/** Between two rounds. */
const ROUND_PAUSE = seconds(1);

/** Result codes on (Q1 may be stored in the module), in words, no echo. V.250 has each act on its own line. */
const KNOWN_FORM = 'ATQ0V1E0';

/** @returns the bit rate at which the module answered; afterwards the line runs at the profile's */
export function* synchronise(profile: ModuleProfile): Procedure<number> {
  const { baudRate, autobaud } = profile.line;
  const bitRates = [baudRate, ...autobaud.filter((one) => one !== baudRate)];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const bitRate of bitRates) {
      if (yield* answersAt(bitRate)) {
        yield* settleOn(bitRate, profile);
        return bitRate;
      }
    }
    // It may still be in the data state of a call that nobody ended.
    yield* leaveForeignCall(baudRate);
    yield* pause(ROUND_PAUSE);
  }
  const lines = yield* evidence();
  throw new ModemError(
    'MODEM_NO_ANSWER',
    `No module answers at ${bitRates.join(', ')} bit/s (${ROUNDS} rounds).`,
    {
      evidence: lines,
      advice: 'Check that the module is powered and that the cable leads to it; then its bit rate.',
    },
  );
}

function* answersAt(bitRate: number): Procedure<boolean> {
  yield { do: 'bit-rate', bitRate };
  yield* pause(SETTLE_TIME);
  const plain = yield* ask('AT', PROBE_TIME, { isProbe: true });
  if (plain.outcome === 'ok') {
    return true;
  }
  // Silent because of Q1, or answering in digits: both end with this line.
  const blind = yield* ask(KNOWN_FORM, PROBE_TIME, { isProbe: true });
  return blind.outcome === 'ok';
}

function* settleOn(bitRate: number, profile: ModuleProfile): Procedure<void> {
  const commandMs = ms(profile.timeoutsMs.command);
  let answer = yield* ask(KNOWN_FORM, commandMs);
  if (answer.outcome !== 'ok') {
    // The answer to an AT of before may have been taken for this one's.
    answer = yield* ask(KNOWN_FORM, commandMs);
  }
  const { baudRate } = profile.line;
  if (answer.outcome === 'ok' && bitRate !== baudRate) {
    // V.250 6.2.10: the OK still comes at the old rate.
    const changed = yield* ask(`AT+IPR=${baudRate}`, commandMs);
    if (changed.outcome === 'ok' && !(yield* answersAt(baudRate))) {
      yield { do: 'bit-rate', bitRate };
    }
  }
}

function* leaveForeignCall(bitRate: number): Procedure<void> {
  yield { do: 'bit-rate', bitRate };
  yield { do: 'note', text: 'no answer: it may be in a call, trying +++ and ATH' };
  yield { do: 'escape' };
  yield* ask('ATH', PROBE_TIME, { isProbe: true });
}
