/** Leaving data state for a moment and coming back, with the call held (`+++`, ATO; V.250 6.3.7). */
import { ms } from '../base/units.ts';
import { ESCAPE_ATTEMPTS } from './escape.ts';
import { CallLostError, CommandError } from './modem-error.ts';
import type { ModuleProfile } from './module-profile.ts';
import { ask, type EscapeOutcome, evidence, failureOf, look, type Procedure } from './procedure.ts';

export function* escapeCall(): Procedure<void> {
  if ((yield* look()).mode === 'command') {
    return;
  }
  let outcome: EscapeOutcome = 'timeout';
  for (let attempt = 0; attempt < ESCAPE_ATTEMPTS && outcome === 'timeout'; attempt += 1) {
    const result = yield { do: 'escape' };
    outcome = result.of === 'escape' ? result.outcome : 'timeout';
  }
  if (outcome === 'escaped') {
    return;
  }
  const lines = yield* evidence();
  throw outcome === 'carrier-lost'
    ? new CallLostError('The call was lost while it was to be held.', { evidence: lines })
    : new CommandError('MODEM_COMMAND_TIMEOUT', 'The module did not answer +++ with OK.', {
        command: '+++',
        evidence: lines,
        advice: 'Data state goes on. Check S2 and S12 of the module against its profile.',
      });
}

export function* resumeCall(profile: ModuleProfile): Procedure<void> {
  if ((yield* look()).mode === 'data') {
    return;
  }
  const timeoutMs = ms(profile.dial.timeoutMs);
  const answer = yield* ask('ATO', timeoutMs);
  if (answer.outcome === 'connect') {
    return;
  }
  if (answer.outcome === 'error') {
    const lines = yield* evidence();
    throw new CallLostError('The call that was held is gone.', {
      evidence: lines,
      advice: 'Dial again.',
    });
  }
  throw yield* failureOf(answer, 'ATO', timeoutMs);
}
