/** Who the module is: V.250 §6.1, 27.007 §5. */
import { done } from '../answer.ts';
import { type BasicCommand, type ExtendedCommand, tells } from '../command-set.ts';
import type { ModuleContext } from '../module-context.ts';

type Identity = ModuleContext['profile']['identity'];

export const identityBasics: readonly BasicCommand[] = [
  {
    // V.250 §6.1.3 leaves the texts to the manufacturer.
    name: 'I',
    highest: 9,
    execute: ({ profile: { identity } }, number) => done(...(INFORMATION[number]?.(identity) ?? [])),
  },
];

const INFORMATION: Readonly<Record<number, (identity: Identity) => readonly string[]>> = {
  0: ({ manufacturer, model, revision }) => [manufacturer, model, `Revision: ${revision}`],
  1: ({ revision }) => [revision],
  2: () => ['OK'],
  3: ({ model }) => [model],
  4: ({ capabilities }) => [capabilities],
  5: ({ serialNumber }) => [serialNumber],
};

export const genericIdentity: readonly ExtendedCommand[] = [
  tells('+GMI', ['execute'], ({ profile }) => done(profile.identity.manufacturer)),
  tells('+GMM', ['execute'], ({ profile }) => done(profile.identity.model)),
  tells('+GMR', ['execute'], ({ profile }) => done(profile.identity.revision)),
  tells('+GSN', ['execute'], ({ profile }) => done(profile.identity.serialNumber)),
  tells('+GCAP', ['execute'], ({ profile }) => done(`+GCAP: ${profile.identity.capabilities}`)),
];

export const mobileIdentity: readonly ExtendedCommand[] = [
  tells('+CGMI', ['execute'], ({ profile }) => done(profile.identity.manufacturer)),
  tells('+CGMM', ['execute'], ({ profile }) => done(profile.identity.model)),
  tells('+CGMR', ['execute'], ({ profile }) => done(profile.identity.revision)),
  tells('+CGSN', ['execute'], ({ profile }) => done(profile.identity.serialNumber)),
];
