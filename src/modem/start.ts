/** From a line with something at its other end to a module that is known, set up and ready to dial. */
import { seconds } from '../base/units.ts';
import { checkIdentity, identify } from './identify.ts';
import { definePacketContext, initialise, type PacketAccess } from './initialise.ts';
import { ModemError } from './modem-error.ts';
import type { ModuleProfile } from './module-profile.ts';
import { type Procedure, pause } from './procedure.ts';
import type { ModuleIdentity } from './profiles.ts';
import { synchronise } from './synchronise.ts';

/** A module that was just switched on may answer, and only then say that it has started. */
const TRIES = 3;
const BOOT_PAUSE = seconds(2);

export interface StartOptions {
  readonly access?: PacketAccess | undefined;
  /** Takes whatever module there is, to find out which it is. */
  readonly acceptsAnyModule: boolean;
}

export function* start(profile: ModuleProfile, options: StartOptions): Procedure<ModuleIdentity> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return yield* startOnce(profile, options);
    } catch (error) {
      const wasReset = error instanceof ModemError && error.code === 'MODEM_RESET';
      if (!wasReset || attempt >= TRIES) {
        throw error;
      }
      yield { do: 'note', text: 'the module has just started: once more from the beginning' };
      yield* pause(BOOT_PAUSE);
    }
  }
}

function* startOnce(profile: ModuleProfile, options: StartOptions): Procedure<ModuleIdentity> {
  yield { do: 'data-terminal-ready', isOn: true };
  yield* synchronise(profile);
  const identity = yield* identify(profile);
  if (!options.acceptsAnyModule) {
    yield* checkIdentity(profile, identity);
    yield* initialise(profile);
    yield* definePacketContext(profile, options.access);
  }
  return identity;
}
