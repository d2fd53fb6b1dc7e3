/** Asks the module who it is: IS-707 (V.250 6.1) names +GMI, 3GPP TS 27.007 5.1 the same with +C. */
import { type Ms, ms } from '../base/units.ts';
import { informationPrefix } from '../wire/at/value.ts';
import { ModemError } from './modem-error.ts';
import type { ModuleProfile } from './module-profile.ts';
import { evidence, inquire, type Procedure } from './procedure.ts';
import { isModuleOf, type ModuleIdentity } from './profiles.ts';

export function* identify(profile: ModuleProfile): Procedure<ModuleIdentity> {
  const commandMs = ms(profile.timeoutsMs.command);
  const forms = profile.family === '3gpp' ? ['+CG', '+G'] : ['+G', '+CG'];
  return {
    manufacturer: yield* askEither(forms, 'MI', commandMs),
    model: yield* askEither(forms, 'MM', commandMs),
    revision: yield* askEither(forms, 'MR', commandMs),
    serialNumber: yield* askEither(forms, 'SN', commandMs),
    capabilities: joined((yield* inquire('AT+GCAP', commandMs)) ?? []),
  };
}

/** A firmware drives only the module it was made for: another one has another init string and other quirks. */
export function* checkIdentity(profile: ModuleProfile, identity: ModuleIdentity): Procedure<void> {
  if (!isModuleOf(profile, identity)) {
    const { manufacturer, model } = profile.identity;
    const lines = yield* evidence();
    throw new ModemError(
      'MODEM_UNKNOWN_MODULE',
      `The module says ${identity.manufacturer} ${identity.model}; ` +
        `the profile ${profile.name} is for ${manufacturer} ${model}.`,
      {
        evidence: lines,
        advice: 'Choose the profile of this module, or a firmware that knows it.',
      },
    );
  }
}

function* askEither(forms: readonly string[], what: string, commandMs: Ms): Procedure<string> {
  for (const form of forms) {
    const lines = yield* inquire(`AT${form}${what}`, commandMs);
    if (lines !== undefined && lines.length > 0) {
      return joined(lines);
    }
  }
  return '';
}

/** The text without the name that some modules put before it, and without quotes. */
function joined(lines: readonly string[]): string {
  return lines
    .map((line) => line.slice(informationPrefix(line)?.length ?? 0).replace(/^:/, ''))
    .map((text) => text.trim().replace(/^"(.*)"$/, '$1'))
    .join(' ');
}
