/**
 * Which kind of module this is: what it says of itself, and how it answers harmless questions, held against each profile.
 * Pure; the questions are asked in `stations/identity.ts`.
 */
import type { ModuleProfile } from '../modem/module-profile.ts';
import type { ModuleIdentity } from '../modem/profiles.ts';

/** Test and read forms only: they change nothing, cost nothing, and no PIN is tried. */
export const probes = [
  'AT+CPIN?',
  'AT+CEREG=?',
  'AT+CGDCONT=?',
  'AT+COPS?',
  'AT+CRM=?',
  'AT+CAD?',
  'AT+CSS?',
  'AT+CTA=?',
  'AT+CFUN?',
  'AT+CSQ',
  'ATS7?',
  'ATS12?',
  'AT+QIOPEN=?',
] as const;
export type Probe = (typeof probes)[number];

/** What a module tells of itself. */
export interface ModuleFacts {
  readonly identity: ModuleIdentity;
  /** Information text of each probe; `null` where it was refused. */
  readonly answers: Readonly<Partial<Record<Probe, string | null>>>;
  readonly bitRate: number;
}

export interface ProfileMatch {
  readonly profile: ModuleProfile;
  /** 0 to 100. */
  readonly score: number;
  readonly reasons: readonly string[];
  /** No known profile fits: this one was made from the answers. */
  readonly isLearned: boolean;
}

/** From here on a profile is taken: the identity, or nearly all else. */
export const SURE_ENOUGH = 60;

const WEIGHTS = { maker: 25, model: 35, capabilities: 15, family: 20, revision: 5 } as const;

/** Enough that no other likeness makes up for it. */
const NO_SOCKETS = 50;
export const SOCKET_PROBE = 'AT+QIOPEN=?' satisfies Probe;

const THIRD_GENERATION: readonly Probe[] = ['AT+CPIN?', 'AT+CEREG=?', 'AT+CGDCONT=?', 'AT+COPS?'];
const CDMA: readonly Probe[] = ['AT+CRM=?', 'AT+CAD?', 'AT+CSS?', 'AT+CTA=?'];

/** Every candidate with its score, the best first. */
export function matchProfiles(facts: ModuleFacts, candidates: readonly ModuleProfile[]): ProfileMatch[] {
  return candidates
    .map((profile) => matchOf(facts, profile))
    .toSorted((one, other) => other.score - one.score);
}

function matchOf(facts: ModuleFacts, profile: ModuleProfile): ProfileMatch {
  const { identity } = facts;
  const expected = profile.identity;
  const reasons: string[] = [];
  let score = 0;
  const weigh = (points: number, isSo: boolean, yes: string, no: string): void => {
    score += isSo ? points : 0;
    reasons.push(isSo ? `+${points} ${yes}` : `+0 ${no}`);
  };
  weigh(
    WEIGHTS.maker,
    same(identity.manufacturer, expected.manufacturer),
    `maker ${identity.manufacturer}`,
    `maker ${identity.manufacturer || 'unknown'}, not ${expected.manufacturer}`,
  );
  weigh(
    WEIGHTS.model,
    same(identity.model, expected.model),
    `model ${identity.model}`,
    `model ${identity.model || 'unknown'}, not ${expected.model}`,
  );
  weigh(
    WEIGHTS.revision,
    expected.revision !== '' && identity.revision === expected.revision,
    `firmware ${identity.revision}`,
    `firmware ${identity.revision || 'unknown'}, known is ${expected.revision}`,
  );
  const common = words(expected.capabilities).filter((word) => words(identity.capabilities).includes(word));
  weigh(
    WEIGHTS.capabilities,
    common.length > 0 && common.length === words(expected.capabilities).length,
    `capabilities ${common.join(' ')}`,
    `capabilities ${identity.capabilities || 'none'}, not ${expected.capabilities}`,
  );
  const share = familyShare(facts, profile.family);
  const points = Math.round(WEIGHTS.family * share);
  score += points;
  reasons.push(`+${points} answers ${Math.round(share * 100)} % as a ${profile.family} module does`);
  const sockets = weighSockets(facts, profile);
  if (sockets !== undefined) {
    score = Math.max(0, score - sockets.less);
    reasons.push(sockets.reason);
  }
  return { profile, score, reasons, isLearned: false };
}

/** A profile that goes through sockets is of no use to a module that has none. */
function weighSockets(
  { answers }: ModuleFacts,
  profile: ModuleProfile,
): { readonly less: number; readonly reason: string } | undefined {
  const hasSockets = typeof answers[SOCKET_PROBE] === 'string';
  if (profile.sockets === undefined) {
    return hasSockets
      ? { less: 0, reason: '+0 has sockets (AT+QIOPEN), which this profile leaves alone' }
      : undefined;
  }
  return hasSockets
    ? { less: 0, reason: '+0 has the sockets (AT+QIOPEN) that this profile goes through' }
    : { less: NO_SOCKETS, reason: `-${NO_SOCKETS} does not know AT+QIOPEN, which this profile goes through` };
}

/** How far the answers are those of the family: its own questions known, the other's refused. */
export function familyShare({ answers }: ModuleFacts, family: ModuleProfile['family']): number {
  const [own, others] = family === '3gpp' ? [THIRD_GENERATION, CDMA] : [CDMA, THIRD_GENERATION];
  const known = own.filter((probe) => typeof answers[probe] === 'string').length;
  const refused = others.filter((probe) => answers[probe] === null).length;
  return (known + refused) / (own.length + others.length);
}

const same = (one: string, other: string): boolean =>
  one.trim() !== '' && one.trim().toUpperCase() === other.trim().toUpperCase();

const words = (capabilities: string): string[] => capabilities.toUpperCase().match(/\+\w[\w-]*/g) ?? [];
