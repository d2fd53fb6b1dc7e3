/** Which commands a family of modules speaks. */
import type { ModuleProfile } from '../../module-profile.ts';
import { done } from '../answer.ts';
import { type BasicCommand, type CommandSet, commandSet, type ExtendedCommand } from '../command-set.ts';
import { socketCommandSet } from '../sockets/commands.ts';
import { callBasics, callParameters, mobileCalls } from './call.ts';
import { clock } from './clock.ts';
import { flowBasics } from './flow-control.ts';
import { genericIdentity, identityBasics, mobileIdentity } from './identity.ts';
import { lineParameters } from './line.ts';
import { network3gpp } from './network-3gpp.ts';
import { networkIs707 } from './network-is707.ts';
import { packet3gpp } from './packet-3gpp.ts';
import { battery3gpp, batteryIs707, functionality } from './power.ts';
import { profileStore } from './profile-store.ts';
import { registrationReport } from './registration-reports.ts';
import { sim } from './sim.ts';
import { sms } from './sms.ts';

const basic = [...callBasics, ...identityBasics, ...flowBasics, ...profileStore];

const EXTENDED: Readonly<Record<ModuleProfile['family'], readonly ExtendedCommand[]>> = {
  '3gpp': [
    ...callParameters,
    ...mobileCalls,
    ...genericIdentity,
    ...mobileIdentity,
    ...lineParameters,
    ...clock,
    ...sim,
    ...sms,
    ...network3gpp,
    ...packet3gpp,
    registrationReport('+CREG', 2),
    registrationReport('+CGREG', 2),
    registrationReport('+CEREG', 5),
    functionality,
    battery3gpp,
  ],
  'is-707': [
    ...callParameters,
    ...genericIdentity,
    ...lineParameters,
    ...clock,
    ...networkIs707,
    registrationReport('+CREG', 1),
    functionality,
    batteryIs707,
  ],
};

const PLAIN: Readonly<Record<ModuleProfile['family'], CommandSet>> = {
  '3gpp': listed(basic, EXTENDED['3gpp']),
  'is-707': listed(basic, EXTENDED['is-707']),
};

/** With the socket commands. */
const WITH_SOCKETS: typeof PLAIN = {
  '3gpp': listed(basic, [...EXTENDED['3gpp'], ...socketCommandSet]),
  'is-707': listed(basic, [...EXTENDED['is-707'], ...socketCommandSet]),
};

/** 27.007 §8.37: every command that there is. */
function listed(basics: readonly BasicCommand[], extended: readonly ExtendedCommand[]): CommandSet {
  const all: readonly ExtendedCommand[] = [
    ...extended,
    {
      name: '+CLAC',
      execute: () => done(...[...basics, ...all].map(({ name }) => `AT${name}`), 'ATD'),
    },
  ];
  return commandSet(basics, all);
}

/** @param sockets the commands of the module's own TCP/IP stack, where it has one */
export function commandSetOf(
  family: ModuleProfile['family'],
  sockets?: ModuleProfile['sockets'],
): CommandSet {
  return (sockets === undefined ? PLAIN : WITH_SOCKETS)[family];
}
