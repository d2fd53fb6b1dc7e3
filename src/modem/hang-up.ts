/**
 * Ends a call, in the order that disturbs least: the network ends it after PPP has; DTR (V.24 circuit 108);
 * `+++` and ATH; at last the question whether the module is back. A pty has no DTR: there the second way
 * is left out.
 */
import { ms } from '../base/units.ts';
import { ESCAPE_ATTEMPTS } from './escape.ts';
import { ModemError } from './modem-error.ts';
import type { ModuleProfile } from './module-profile.ts';
import { ask, evidence, look, type Procedure, pause } from './procedure.ts';

/** After LCP has been terminated the network needs a moment to let go of the call. */
const NETWORK_TIME = ms(1500);
/** V.250 6.2.9 with S25 = 5: 50 ms of DTR off would do; slow ports and old modules need longer. */
const DTR_OFF_TIME = ms(500);
/** From DTR off to NO CARRIER or DCD off. */
const DTR_ANSWER_TIME = ms(1500);
/** AT at the end. */
const PROBES = 3;
const PROBE_TIME = ms(1000);

/** Which way led to the end of the call. */
export type HangUpWay = 'no-call' | 'network' | 'dtr' | 'escape' | 'probe';

export interface HangUpOptions {
  /** PPP has said good-bye, so the network will end the call. */
  readonly waitsForNetwork: boolean;
  /** A dial was aborted just now. */
  readonly wasDialling: boolean;
}

export function* hangUp(profile: ModuleProfile, options: HangUpOptions): Procedure<HangUpWay> {
  const before = yield* look();
  if (!before.holdsCall) {
    return options.wasDialling ? yield* confirm(profile) : 'no-call';
  }
  if (options.waitsForNetwork && (yield* carrierLost(NETWORK_TIME))) {
    return 'network';
  }
  if (before.carrierDetect !== 'unknown' && (yield* dropTerminalReady())) {
    return 'dtr';
  }
  if (yield* escapeAndHangUp(profile)) {
    return 'escape';
  }
  yield { do: 'forget-call' };
  return yield* confirm(profile);
}

function* carrierLost(withinMs: typeof NETWORK_TIME): Procedure<boolean> {
  const result = yield { do: 'await-carrier-loss', withinMs };
  return result.of === 'await-carrier-loss' && result.isLost;
}

function* dropTerminalReady(): Procedure<boolean> {
  yield { do: 'data-terminal-ready', isOn: false };
  yield* pause(DTR_OFF_TIME);
  const isLost = yield* carrierLost(DTR_ANSWER_TIME);
  yield { do: 'data-terminal-ready', isOn: true };
  return isLost;
}

function* escapeAndHangUp(profile: ModuleProfile): Procedure<boolean> {
  for (let attempt = 0; attempt < ESCAPE_ATTEMPTS; attempt += 1) {
    if ((yield* look()).mode === 'data') {
      const result = yield { do: 'escape' };
      const outcome = result.of === 'escape' ? result.outcome : 'timeout';
      if (outcome === 'carrier-lost') {
        return true;
      }
      if (outcome === 'timeout') {
        continue;
      }
    }
    const answer = yield* ask('ATH', ms(profile.timeoutsMs.hangUp));
    if (answer.outcome === 'ok' || !(yield* look()).holdsCall) {
      return true;
    }
  }
  return false;
}

/** Nothing has shown that the call is over: the module has to take commands again. */
function* confirm(profile: ModuleProfile): Procedure<'probe'> {
  for (let probe = 0; probe < PROBES; probe += 1) {
    const answer = yield* ask('AT', PROBE_TIME, { isProbe: true });
    if (answer.outcome === 'ok') {
      // Whatever is left of a call ends with this; without one it is OK as well (V.250 6.3.6).
      yield* ask('ATH', ms(profile.timeoutsMs.hangUp), { isProbe: true });
      return 'probe';
    }
  }
  const lines = yield* evidence();
  throw new ModemError('MODEM_STUCK', 'The module does not take commands any more after the call.', {
    evidence: lines,
    advice: 'Switch the module off and on again.',
  });
}
