/**
 * What the driver does with a module's own TCP/IP stack (`AT+QIOPEN` family), step by step: the packet context, and
 * each command of a connection. What belongs to which connection is in `socket-call.ts`.
 */
import { type Ms, ms } from '../../base/units.ts';
import { type OpenRequest, socketCommands } from '../../wire/at/sockets/command.ts';
import {
  type ContextState,
  parseContext,
  parseLastResult,
  parseNameServers,
} from '../../wire/at/sockets/information.ts';
import { describeResult } from '../../wire/at/sockets/result.ts';
import { parseParameters, quoteString, valueText } from '../../wire/at/value.ts';
import type { Answer } from '../command.ts';
import type { PacketAccess } from '../initialise.ts';
import { DialError, type DialErrorCode, ModemError } from '../modem-error.ts';
import type { ModuleProfile } from '../module-profile.ts';
import { ask, evidence, failureOf, inquire, insist, type Procedure } from '../procedure.ts';

/** The manual's longest time for AT+QIDEACT. */
const DEACTIVATION_LIMIT = ms(40_000);
/** A module may take so long beyond the octets' own way for SEND OK. */
const SEND_LIMIT = ms(15_000);
/** What +QICSGP knows: 3 lets the network choose. */
const AUTHENTICATION = { none: 0, pap: 1, chap: 2 } as const;
const NO_ACCOUNT: PacketAccess = { user: '', password: '', authentication: 'none' };

/** What an active context has. */
export interface ContextAddresses {
  /** Dotted decimal. */
  readonly address: string;
  readonly nameServers: readonly string[];
}

export const contextOf = (profile: ModuleProfile): number => profile.packetContext?.id ?? 1;

/**
 * Activates the profile's context; one that somebody left active is ended first.
 * @param ownNameServers stand for those of the network; may be empty
 * @throws DialError (by cause), ModemError MODEM_CONTEXT_REJECTED
 */
export function* activateContext(
  profile: ModuleProfile,
  access: PacketAccess | undefined,
  ownNameServers: readonly string[],
): Procedure<ContextAddresses> {
  const context = contextOf(profile);
  const commandMs = ms(profile.timeoutsMs.command);
  for (const left of yield* readContexts(commandMs)) {
    if (left.isActive) {
      yield* insist(socketCommands.deactivate(left.context), DEACTIVATION_LIMIT);
    }
  }
  yield* setContext(profile, access ?? NO_ACCOUNT);
  const line = socketCommands.activate(context);
  const limit = ms(profile.dial.timeoutMs);
  const answer = yield* ask(line, limit);
  if (answer.outcome !== 'ok') {
    throw yield* activationError(answer, context, line, limit, commandMs);
  }
  if (ownNameServers.length > 0) {
    yield* insist(socketCommands.setNameServers(context, ownNameServers), commandMs);
  }
  const active = (yield* readContexts(commandMs)).find((one) => one.context === context);
  if (active?.address === undefined) {
    throw dialError('MODEM_NO_CARRIER', context, 'the module has no address', yield* evidence());
  }
  const lines = (yield* inquire(socketCommands.readNameServers(context), commandMs)) ?? [];
  return { address: active.address, nameServers: lines.flatMap((one) => parseNameServers(one) ?? []) };
}

/** Ends the context and every connection with it. */
export function* deactivateContext(profile: ModuleProfile): Procedure<void> {
  yield* insist(socketCommands.deactivate(contextOf(profile)), DEACTIVATION_LIMIT);
}

/** Whether the profile's context is active at this moment. */
export function* isContextActive(profile: ModuleProfile): Procedure<boolean> {
  const context = contextOf(profile);
  const states = yield* readContexts(ms(profile.timeoutsMs.command));
  return states.some((one) => one.context === context && one.isActive);
}

function* readContexts(commandMs: Ms): Procedure<readonly ContextState[]> {
  const lines = yield* insist(socketCommands.readContexts, commandMs);
  return lines.flatMap((line) => parseContext(line) ?? []);
}

function* setContext(profile: ModuleProfile, access: PacketAccess): Procedure<void> {
  const { user, password } = access;
  const line = socketCommands.setContext({
    context: contextOf(profile),
    apn: access.apn ?? profile.packetContext?.apn ?? '',
    user,
    password,
    authentication: AUTHENTICATION[access.authentication],
  });
  const secrets = password === '' ? [] : [password, quoteString(password).slice(1, -1)];
  yield* insist(line, ms(profile.timeoutsMs.command), { secrets });
}

/** Why there is no context: the family's own number, and the network's cause where +CEER tells it (27.007 §6.10). */
function* activationError(
  answer: Answer,
  context: number,
  line: string,
  limit: Ms,
  commandMs: Ms,
): Procedure<Error> {
  if (answer.outcome === 'timeout') {
    return dialError('MODEM_DIAL_TIMEOUT', context, `no answer within ${limit / 1000} s`, yield* evidence());
  }
  if (answer.outcome !== 'error') {
    return yield* failureOf(answer, line, limit);
  }
  const result = yield* lastResult(commandMs);
  const report = (yield* inquire('AT+CEER', commandMs))?.[0] ?? '';
  const cause = valueText(parseParameters(report.replace(/^\+CEER:/, ''))[0]);
  const told = [result === undefined ? undefined : describeResult(result), cause === '' ? undefined : cause];
  const why = told.filter((part) => part !== undefined).join('; ') || 'it does not say why';
  const lines = yield* evidence();
  // Causes 8, 29 and 33 of 3GPP TS 24.008 §10.5.6.6, in whatever words.
  if (/authenti|password|not subscribed|barred/i.test(cause)) {
    return new ModemError(
      'MODEM_CONTEXT_REJECTED',
      `The packet network does not let packet context ${context} in: ${why}.`,
      { evidence: lines, advice: 'Check user name and password of the packet service subscription.' },
    );
  }
  if (/insufficient|resources|congest|busy/i.test(cause)) {
    return dialError('MODEM_BUSY', context, why, lines);
  }
  return dialError(
    result === APN_NOT_CONFIGURED ? 'MODEM_DIAL_REFUSED' : 'MODEM_NO_CARRIER',
    context,
    why,
    lines,
  );
}

const APN_NOT_CONFIGURED = 573;

const ADVICE: Readonly<Partial<Record<DialErrorCode, string>>> = {
  MODEM_BUSY: 'Dial again later: the network had no room.',
  MODEM_DIAL_TIMEOUT: 'Check the reception; the network may be overloaded.',
  MODEM_DIAL_REFUSED:
    'Name the packet network in the profile (packetContext) or in the settings (carrier.apn).',
};

function dialError(code: DialErrorCode, context: number, why: string, lines: readonly string[]): DialError {
  return new DialError(code, `The module could not activate packet context ${context}: ${why}.`, {
    number: `context ${context}`,
    evidence: lines,
    advice: ADVICE[code] ?? 'Check the reception and the contract of the module; then dial again.',
  });
}

/** Why the last socket command was refused. */
export function* lastResult(commandMs: Ms): Procedure<number | undefined> {
  const lines = yield* inquire(socketCommands.lastResult, commandMs);
  return lines === undefined ? undefined : parseLastResult(lines[0] ?? '');
}

/** Begins to open a connection; +QIOPEN tells later what came of it. @returns why not, where it was refused */
export function* openConnection(
  profile: ModuleProfile,
  request: Omit<OpenRequest, 'context'>,
): Procedure<number | 'begun'> {
  return yield* begin(profile, socketCommands.open({ ...request, context: contextOf(profile) }));
}

/** Begins to look a name up. */
export function* beginLookUp(profile: ModuleProfile, host: string): Procedure<number | 'begun'> {
  return yield* begin(profile, socketCommands.lookUp(contextOf(profile), host));
}

/** Begins one echo. */
export function* beginEcho(
  profile: ModuleProfile,
  host: string,
  timeoutS: number,
): Procedure<number | 'begun'> {
  return yield* begin(
    profile,
    socketCommands.ping({ context: contextOf(profile), host, timeoutS, count: 1 }),
  );
}

/** A result that a module does not tell. */
const UNKNOWN = 550;

function* begin(profile: ModuleProfile, line: string): Procedure<number | 'begun'> {
  const commandMs = ms(profile.timeoutsMs.command);
  const answer = yield* ask(line, commandMs);
  switch (answer.outcome) {
    case 'ok':
      return 'begun';
    case 'error':
      return (yield* lastResult(commandMs)) ?? UNKNOWN;
    default:
      throw yield* failureOf(answer, line, commandMs);
  }
}

/** Octets for the other end. @returns `full`: the module has no room now; `closed`: the connection is gone */
export function* sendOctets(
  profile: ModuleProfile,
  connection: number,
  octets: Uint8Array,
): Procedure<'sent' | 'full' | 'closed'> {
  const line = socketCommands.send(connection, octets.length);
  const limit = ms(SEND_LIMIT + timeOf(octets.length, profile));
  const answer = yield* ask(line, limit, { payload: octets, shape: SEND_SHAPE });
  switch (answer.outcome) {
    case 'ok':
      return 'sent';
    case 'error':
      return answer.failure.kind === 'vendor' ? 'full' : 'closed';
    default:
      throw yield* failureOf(answer, line, limit);
  }
}

const SEND_SHAPE = { asksForText: true, finals: { 'SEND OK': 'OK', 'SEND FAIL': 'ERROR' } } as const;

/** What the other end has sent. @returns none: nothing waits; undefined: the connection is gone */
export function* readOctets(
  profile: ModuleProfile,
  connection: number,
  most: number,
): Procedure<Uint8Array | undefined> {
  const line = socketCommands.read(connection, most);
  const limit = ms(profile.timeoutsMs.command + timeOf(most, profile));
  const answer = yield* ask(line, limit, { shape: READ_SHAPE });
  switch (answer.outcome) {
    case 'ok':
      return answer.octets ?? NOTHING;
    case 'error':
      return undefined;
    default:
      throw yield* failureOf(answer, line, limit);
  }
}

const READ_SHAPE = { countedBy: '+QIRD' } as const;
const NOTHING = new Uint8Array(0);

/** @param withinSeconds how long the module waits for the other end; 0 not at all */
export function* closeConnection(
  profile: ModuleProfile,
  connection: number,
  withinSeconds: number,
): Procedure<void> {
  const limit = ms(profile.timeoutsMs.command + withinSeconds * 1000);
  yield* ask(socketCommands.close(connection, withinSeconds), limit);
}

/** 8N1: ten bits an octet. */
const timeOf = (octets: number, { line: { baudRate } }: ModuleProfile): number =>
  Math.ceil((octets * 10_000) / baudRate);
