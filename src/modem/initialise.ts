/** Brings the module into the state that the profile asks for. */
import { ms } from '../base/units.ts';
import { quoteString } from '../wire/at/value.ts';
import type { ModuleProfile } from './module-profile.ts';
import { ask, failureOf, insist, type Procedure } from './procedure.ts';

/** How the packet network knows the subscriber (3GPP TS 27.007 10.1.1 and 10.1.31). */
export interface PacketAccess {
  /** Absent: the profile's. */
  readonly apn?: string;
  readonly user: string;
  readonly password: string;
  readonly authentication: 'none' | 'pap' | 'chap';
}

const AUTHENTICATION = { none: 0, pap: 1, chap: 2 } as const;

/** Sends the init lines in order; an ERROR to an optional one is passed over. */
export function* initialise(profile: ModuleProfile): Procedure<void> {
  const commandMs = ms(profile.timeoutsMs.command);
  for (const { command, optional } of profile.init) {
    const answer = yield* ask(command, commandMs);
    if (answer.outcome !== 'ok' && !(optional && answer.outcome === 'error')) {
      throw yield* failureOf(answer, command, commandMs);
    }
  }
}

/** Describes the packet context to a module that has them; IS-707 modules have none. */
export function* definePacketContext(
  profile: ModuleProfile,
  access: PacketAccess | undefined,
): Procedure<void> {
  const context = profile.packetContext;
  if (context === undefined) {
    return;
  }
  const commandMs = ms(profile.timeoutsMs.command);
  const { id } = context;
  yield* insist(`AT+CGDCONT=${id},"IP",${quoteString(access?.apn ?? context.apn)}`, commandMs);
  if (access === undefined) {
    return;
  }
  const { user, password, authentication } = access;
  const kind = AUTHENTICATION[authentication];
  const line =
    kind === 0
      ? `AT+CGAUTH=${id},0`
      : `AT+CGAUTH=${id},${kind},${quoteString(user)},${quoteString(password)}`;
  // Many modules take user and password from PPP and do not know this command: that is no failure.
  const answer = yield* ask(line, commandMs, { secrets: [password, quoteString(password).slice(1, -1)] });
  if (answer.outcome !== 'ok' && answer.outcome !== 'error') {
    throw yield* failureOf(answer, `AT+CGAUTH=${id},${kind},...`, commandMs);
  }
}
