/** Makes a profile from the answers of a module that nobody knows yet: what was seen, and what is assumed, said so. */
import { stringify } from 'yaml';
import { type ModuleProfile, type ModuleProfileInput, moduleProfileSchema } from '../modem/module-profile.ts';
import { familyShare, type ModuleFacts, type ProfileMatch, SOCKET_PROBE } from './profile-match.ts';

export interface LearnedProfile {
  readonly profile: ModuleProfile;
  readonly document: ModuleProfileInput;
  /** By key of the document: where it comes from. */
  readonly origins: Readonly<Record<string, string>>;
  readonly match: ProfileMatch;
  /** It has a TCP/IP stack of its own. */
  readonly hasSockets: boolean;
}

/** What a family's modules have in common; every line of it is an assumption about this one. */
const COMMON = {
  '3gpp': {
    bands: ['lte-b18', 'lte-b26'],
    dial: { number: '*99***1#', timeoutMs: 60_000 },
    init: [
      { command: 'ATE0Q0V1X4' },
      { command: 'AT&C1&D2S0=0', optional: true },
      { command: 'AT+CMEE=2', optional: true },
      { command: 'AT+CEREG=0', optional: true },
    ],
  },
  'is-707': {
    bands: ['bc3', 'bc0'],
    dial: { number: '*99**24#', timeoutMs: 60_000 },
    init: [
      { command: 'ATE0Q0V1X4' },
      { command: 'AT&C1&D2S0=0', optional: true },
      { command: 'AT+CRM=2', optional: true },
    ],
  },
} as const satisfies Record<string, Pick<ModuleProfileInput, 'bands' | 'dial' | 'init'>>;

export function learnProfile(facts: ModuleFacts): LearnedProfile {
  const { identity, answers, bitRate } = facts;
  const shares = { '3gpp': familyShare(facts, '3gpp'), 'is-707': familyShare(facts, 'is-707') };
  const family = shares['is-707'] > shares['3gpp'] ? 'is-707' : '3gpp';
  const common = COMMON[family];
  const registers = Object.fromEntries(
    (['7', '12'] as const).flatMap((register) => {
      const value = /\d{1,3}/.exec(answers[register === '7' ? 'ATS7?' : 'ATS12?'] ?? '')?.[0];
      return value === undefined || Number(value) > 255 ? [] : [[register, Number(value)]];
    }),
  );
  const title = [identity.manufacturer, identity.model].filter((word) => word !== '').join(' ');
  const document: ModuleProfileInput = {
    name: nameOf(identity.model),
    title: title === '' ? 'a module that does not say who it is' : title,
    family,
    bands: [...common.bands],
    identity: { ...identity },
    line: { baudRate: bitRate, autobaud: [bitRate], gapMs: 100 },
    dial: { ...common.dial },
    ...(family === '3gpp' ? { packetContext: { id: 1, apn: 'au.au-net.ne.jp' } } : {}),
    init: common.init.map((line) => ({ ...line })),
    timeoutsMs: { command: 5_000, registration: 120_000, hangUp: 5_000 },
    ...(Object.keys(registers).length === 0 ? {} : { factory: { registers } }),
  };
  const share = Math.round(shares[family] * 100);
  const score = Math.round(shares[family] * 50);
  return {
    profile: moduleProfileSchema.parse(document),
    document,
    origins: {
      family: `it answers ${share} % as a ${family} module does`,
      bands: 'an assumption: set those of the data sheet',
      identity: 'as the module says',
      line: 'the rate at which it answered; a module with autobaud takes others too',
      dial: 'an assumption: the packet number of this family',
      packetContext: "an assumption: the carrier's packet network",
      init: 'an assumption: what nearly every module of this family takes',
      timeoutsMs: 'assumptions',
      factory: 'S-registers as they were read',
    },
    hasSockets: typeof answers[SOCKET_PROBE] === 'string',
    match: {
      profile: moduleProfileSchema.parse(document),
      score,
      reasons: [`no known profile fits; it answers ${share} % as a ${family} module does`],
      isLearned: true,
    },
  };
}

/** The profile as a file, with a word on where each part comes from. */
export function learnedProfileText({ document, origins, hasSockets }: LearnedProfile): string {
  const parts = Object.entries(document).map(([key, value]) => {
    const origin = origins[key];
    return `${origin === undefined ? '' : `# ${origin}\n`}${stringify({ [key]: value })}`;
  });
  return `# A module profile, learned by kadec21 bench --learn. Check every line that says "an assumption".\n${parts.join('')}${hasSockets ? SOCKETS : ''}`;
}

const SOCKETS = `# It knows AT+QIOPEN. With this line mail goes through its own TCP/IP stack instead of PPP:
# sockets: quectel
`;

const nameOf = (model: string): string =>
  model
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 32) || 'learned';
