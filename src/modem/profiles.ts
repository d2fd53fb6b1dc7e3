/** The kinds of module that this software knows by name. */
import { type ModuleProfile, moduleProfileSchema } from './module-profile.ts';
import { lteM } from './profiles/3gpp.ts';
import { lteMSockets } from './profiles/3gpp-sockets.ts';
import { dualBand } from './profiles/dual-band.ts';
import { existing } from './profiles/existing.ts';

/** Every built-in profile, oldest module first. */
export const moduleProfiles: readonly ModuleProfile[] = [existing, dualBand, lteM, lteMSockets].map(
  (profile) => moduleProfileSchema.parse(profile),
);

/** The built-in profile of that name (`existing`, `dual-band`, `3gpp`, `3gpp-sockets`), or undefined. */
export function profileByName(name: string): ModuleProfile | undefined {
  return moduleProfiles.find((profile) => profile.name === name);
}

/** What a module says of itself when it is asked. */
export interface ModuleIdentity {
  readonly manufacturer: string;
  readonly model: string;
  readonly revision: string;
  /** ESN, MEID or IMEI; empty where the module does not tell. */
  readonly serialNumber: string;
  readonly capabilities: string;
}

/**
 * Whether that is the module of the profile. The revision may be another one: maker and model decide.
 */
export function isModuleOf(profile: ModuleProfile, identity: ModuleIdentity): boolean {
  return (
    sameName(profile.identity.manufacturer, identity.manufacturer) &&
    sameName(profile.identity.model, identity.model)
  );
}

/** The built-in profile whose module this is, or undefined. */
export function recogniseModule(identity: ModuleIdentity): ModuleProfile | undefined {
  return moduleProfiles.find((profile) => isModuleOf(profile, identity));
}

const sameName = (one: string, other: string) => one.trim().toUpperCase() === other.trim().toUpperCase();
