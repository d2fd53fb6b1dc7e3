/**
 * Procedures of the driver as generators: they say step by step what is to be done with the module and get
 * what came of it. No I/O and no timers in them; who runs them (`conversation.ts`, a test) has both.
 */
import { type Ms, ms } from '../base/units.ts';
import type { Answer, Command, Failure } from './command.ts';
import { CommandError, describeFailure, ModemError } from './modem-error.ts';
import { maskPasswords } from './transcript.ts';

export type Step =
  | { readonly do: 'command'; readonly command: Command }
  | { readonly do: 'pause'; readonly forMs: Ms }
  | { readonly do: 'clock' }
  /** Bit rate of this end; what came in half is dropped. */
  | { readonly do: 'bit-rate'; readonly bitRate: number }
  /** Circuit 108. */
  | { readonly do: 'data-terminal-ready'; readonly isOn: boolean }
  /** `+++` with its guard time. */
  | { readonly do: 'escape' }
  | { readonly do: 'await-carrier-loss'; readonly withinMs: Ms }
  /** Whatever the module thinks: on this side the call is over. */
  | { readonly do: 'forget-call' }
  | { readonly do: 'look' }
  /** For people: what is going on. */
  | { readonly do: 'note'; readonly text: string };

export type EscapeOutcome = 'escaped' | 'carrier-lost' | 'timeout';

/** What is known of line and call at this moment. */
export interface Look {
  readonly mode: 'command' | 'data';
  readonly holdsCall: boolean;
  /** Circuit 109, where the line has it. */
  readonly carrierDetect: boolean | 'unknown';
  readonly evidence: readonly string[];
}

export type StepResult =
  | { readonly of: 'command'; readonly answer: Answer }
  | { readonly of: 'clock'; readonly now: Ms }
  | { readonly of: 'escape'; readonly outcome: EscapeOutcome }
  | { readonly of: 'await-carrier-loss'; readonly isLost: boolean }
  | { readonly of: 'look'; readonly look: Look }
  | { readonly of: 'done' };

export type Procedure<T> = Generator<Step, T, StepResult>;

/** Writes a command line and gives how it ended; throws only when the port is gone. */
export function* ask(
  line: string,
  timeoutMs: Ms,
  options: Pick<Command, 'secrets' | 'isProbe' | 'payload' | 'shape'> = {},
): Procedure<Answer> {
  const result = yield { do: 'command', command: { line, timeoutMs, ...options } };
  const answer: Answer = result.of === 'command' ? result.answer : { outcome: 'port-lost' };
  if (answer.outcome === 'port-lost') {
    throw portLost(yield* evidence());
  }
  return answer;
}

/** Writes a command line that has to succeed; gives its information texts. */
export function* insist(
  line: string,
  timeoutMs: Ms,
  options: Pick<Command, 'secrets'> = {},
): Procedure<readonly string[]> {
  const answer = yield* ask(line, timeoutMs, options);
  if (answer.outcome === 'ok') {
    return answer.lines;
  }
  throw yield* failureOf(answer, line, timeoutMs);
}

/** Writes a query that a module may not know; gives undefined where it refuses it. */
export function* inquire(line: string, timeoutMs: Ms): Procedure<readonly string[] | undefined> {
  const answer = yield* ask(line, timeoutMs);
  if (answer.outcome === 'ok') {
    return answer.lines;
  }
  if (answer.outcome === 'error') {
    return undefined;
  }
  throw yield* failureOf(answer, line, timeoutMs);
}

/** The error that tells how a command ended otherwise than it should. */
export function* failureOf(
  answer: Answer,
  line: string,
  timeoutMs: Ms,
): Procedure<CommandError | ModemError> {
  const lines = yield* evidence();
  const shown = maskPasswords(line);
  switch (answer.outcome) {
    case 'error':
      return refused(shown, answer.failure, lines);
    case 'timeout': {
      const came = [...answer.lines, answer.partial].filter((line) => line !== '');
      const what = came.length === 0 ? 'nothing came' : `only ${JSON.stringify(came.join(' '))} came`;
      return new CommandError(
        'MODEM_COMMAND_TIMEOUT',
        `${shown} was not answered within ${timeoutMs} ms: ${what}.`,
        {
          command: shown,
          evidence: lines,
          advice: 'Check power and cable of the module; a longer time can be set in its profile.',
        },
      );
    }
    case 'reset':
      return new ModemError('MODEM_RESET', `The module started anew while ${shown} was outstanding.`, {
        evidence: lines,
        advice: 'Check its supply: modules reset when the voltage drops while they transmit.',
      });
    case 'port-lost':
      return portLost(lines);
    case 'aborted':
      return new CommandError('MODEM_COMMAND_FAILED', `${shown} was given up.`, {
        command: shown,
        evidence: lines,
      });
    case 'in-call':
      return new ModemError('MODEM_IN_CALL', `${shown} cannot be sent: a call is in data state.`, {
        evidence: lines,
        advice: 'Call `escape()` on the call first, and `resume()` afterwards.',
      });
    default:
      return new CommandError('MODEM_COMMAND_FAILED', `${shown} put the module into data state.`, {
        command: shown,
        evidence: lines,
      });
  }
}

function refused(shown: string, failure: Failure, lines: readonly string[]): CommandError {
  return new CommandError(
    'MODEM_COMMAND_FAILED',
    `The module refused ${shown} with ${describeFailure(failure)}.`,
    {
      command: shown,
      failure,
      evidence: lines,
      advice: 'Check that the profile fits the module: this command belongs to its start.',
    },
  );
}

export function portLost(lines: readonly string[]): ModemError {
  return new ModemError('MODEM_PORT_LOST', 'The serial line to the module was closed.', {
    evidence: lines,
    advice: 'Check the cable, and that no other program uses the port.',
  });
}

export function* look(): Procedure<Look> {
  const result = yield { do: 'look' };
  return result.of === 'look' ? result.look : NOTHING_KNOWN;
}

export function* evidence(): Procedure<readonly string[]> {
  return (yield* look()).evidence;
}

export function* pause(forMs: Ms): Procedure<void> {
  yield { do: 'pause', forMs };
}

export function* clock(): Procedure<Ms> {
  const result = yield { do: 'clock' };
  return result.of === 'clock' ? result.now : ms(0);
}

const NOTHING_KNOWN: Look = {
  mode: 'command',
  holdsCall: false,
  carrierDetect: 'unknown',
  evidence: [],
};
