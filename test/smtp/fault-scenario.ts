/** A fault scenario as read from a vector file: defaults applied, every key known. */
import { type Ms, minutes, ms, seconds } from '../../src/base/units.ts';
import type { DeliveryPolicy } from '../../src/smtp/delivery.ts';
import type { AuthMechanism, SmtpAccount } from '../../src/smtp/submission.ts';
import { testAuthority } from './certificates.ts';
import { readSession } from './fault-script.ts';
import { Fields, UnreadableVectorError } from './fields.ts';
import type { SessionScript } from './scripted-server.ts';

export interface FaultScenario {
  readonly name: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly bodyBytes: number;
  readonly account: SmtpAccount;
  readonly credentials: { user: string; password: string } | undefined;
  readonly policy: DeliveryPolicy;
  readonly sessions: readonly SessionScript[];
  readonly expect: FaultExpectation;
}

export interface FaultExpectation {
  readonly outcome?: readonly string[];
  readonly attempts?: Range;
  readonly copiesAtServer?: Range;
  readonly duplicatesAllowed?: number;
  readonly alert?: readonly string[];
  readonly hint?: readonly string[];
  readonly retryDelayS?: Range;
  readonly maxAuthTriesPerHour?: number;
  readonly serverMustNotSee?: readonly string[];
  readonly serverMustSee?: readonly string[];
  readonly sameMessageId?: boolean;
  readonly perAttemptMaxS?: number;
  readonly totalS?: Range;
  readonly ambiguous?: boolean;
  /** Whom the later sessions may be about. */
  readonly retryOnlyTo?: readonly string[];
  /** By recipient. */
  readonly copiesPerRecipient?: Readonly<Record<string, number>>;
  /** By recipient: delivered, failed or pending. */
  readonly recipients?: Readonly<Record<string, string>>;
}

export interface Range {
  readonly atLeast?: number;
  readonly atMost?: number;
}

const TLS_MODES: readonly [RegExp, SmtpAccount['tls']][] = [
  [/^(required|require|starttls)$/i, 'required'],
  [/^(opportunistic|optional|ifOffered|preferred)$/i, 'opportunistic'],
  [/^(off|none|never|no|clear|plain|false)$/i, 'off'],
  [/^(implicit|smtps|tls|true)$/i, 'implicit'],
];

const GENERAL = [
  'from',
  'to',
  'bodyBytes',
  'clientTls',
  'auth',
  'retry',
  'port',
  'allowCleartextAuth',
  'clientName',
];

export function readScenario(value: unknown, defaults: unknown): FaultScenario {
  const own = new Fields(value, 'a scenario');
  const name = [own.text('id'), own.text('name')].filter((part) => part !== undefined).join(' ');
  const where = name || 'a scenario';
  own.any('rfc', 'note', 'comment', 'notes');
  const server = new Fields(own.any('server'), `${where}, server`);
  const sessions = readSessions(server, where);
  const port = server.number('port');
  server.any('note');
  server.end();
  const expectation = readExpectation(own.any('expect'), `${where}, expect`);
  const general = new Fields(
    { ...pick(new Fields(defaults ?? {}, 'defaults'), GENERAL), ...pick(own, GENERAL) },
    where,
  );
  const clientMore = own.any('client');
  const scenario = readClient(general, clientMore, port);
  own.end();
  // A server that no client can log in to without TLS would fail clients that have none for another reason.
  const isClear = scenario.account.tls === 'off';
  const isImplicit = scenario.account.tls === 'implicit';
  return {
    ...scenario,
    name: where,
    sessions: sessions.map((script) => ({ authInClear: isClear, implicitTls: isImplicit, ...script })),
    expect: expectation,
  };
}

function pick(fields: Fields, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => fields.has(key)).map((key) => [key, fields.any(key)]));
}

function readSessions(server: Fields, where: string): SessionScript[] {
  const list = server.any('sessions');
  if (!Array.isArray(list) || list.length === 0) {
    throw new UnreadableVectorError(`${where}, server should have a list of sessions.`);
  }
  return list.map((session, index) => readSession(session, `${where}, session ${index + 1}`));
}

function readClient(
  general: Fields,
  more: unknown,
  serverPort: number | undefined,
): Pick<FaultScenario, 'from' | 'to' | 'bodyBytes' | 'account' | 'credentials' | 'policy'> {
  const client = new Fields(more ?? {}, `${general.where}, client`);
  const mode = String(client.any('tls', 'clientTls') ?? general.any('clientTls') ?? 'required');
  const tls = TLS_MODES.find(([spelling]) => spelling.test(mode))?.[1];
  if (tls === undefined) {
    throw new UnreadableVectorError(
      `${general.where}: clientTls is ${JSON.stringify(mode)}, which this runner does not know.`,
    );
  }
  const auth = readAuth(client.has('auth') ? client.any('auth') : general.any('auth'), general.where);
  const allow = client.flag('allowCleartextAuth') ?? general.flag('allowCleartextAuth') ?? tls === 'off';
  const port =
    client.number('port') ?? general.number('port') ?? serverPort ?? (tls === 'implicit' ? 465 : 587);
  const retry = new Fields(general.any('retry') ?? {}, `${general.where}, retry`);
  const policy: DeliveryPolicy = {
    firstRetry: seconds(retry.number('firstS') ?? 300),
    factor: retry.number('factor') ?? 2,
    longestRetry: seconds(retry.number('maxS') ?? 3600),
    giveUpAfter: seconds(retry.number('lifetimeS') ?? 86_400),
  };
  retry.end();
  const from = general.text('from') ?? 'logger@test.local';
  const to = general.texts('to') ?? ['monitor@test.local'];
  const bodyBytes = general.number('bodyBytes') ?? 900;
  general.text('clientName');
  general.end();
  client.end();
  return {
    from,
    to,
    bodyBytes,
    account: { host: 'mail.test', port, tls, ca: testAuthority, auth, allowCleartextAuth: allow },
    credentials: auth === undefined ? undefined : { user: auth.user, password: auth.password },
    policy,
  };
}

function readAuth(
  value: unknown,
  where: string,
): { user: string; password: string; mechanism: AuthMechanism } | undefined {
  if (value === undefined || value === null || value === false || value === 'none') {
    return undefined;
  }
  const fields = new Fields(value, `${where}, auth`);
  const user = fields.text('user') ?? '';
  const password = fields.text('pass', 'password') ?? '';
  const mech = (fields.text('mech', 'mechanism', 'method') ?? 'auto').toLowerCase();
  const mechanism = (['auto', 'plain', 'login', 'cram-md5'] as const).find((known) => known === mech);
  fields.end();
  if (mechanism === undefined) {
    throw new UnreadableVectorError(`${where}, auth: the mechanism ${JSON.stringify(mech)} is not known.`);
  }
  return { user, password, mechanism };
}

function readExpectation(value: unknown, where: string): FaultExpectation {
  const fields = new Fields(value, where);
  const entries = {
    outcome: fields.texts('outcome', 'outcomes'),
    attempts: range(fields, 'attempts', 'minAttempts', 'maxAttempts'),
    copiesAtServer: range(fields, 'copiesAtServer', 'minCopiesAtServer', 'maxCopiesAtServer'),
    duplicatesAllowed: fields.number('duplicatesAllowed'),
    alert: fields.texts('alert', 'alerts'),
    hint: fields.texts('hint', 'hints'),
    retryDelayS: range(fields, 'retryDelayS', 'minRetryDelayS', 'maxRetryDelayS'),
    maxAuthTriesPerHour: fields.number('maxAuthTriesPerHour'),
    serverMustNotSee: fields.texts('serverMustNotSee', 'mustNotSee'),
    serverMustSee: fields.texts('serverMustSee', 'mustSee'),
    sameMessageId: fields.flag('sameMessageId'),
    perAttemptMaxS: fields.number('perAttemptMaxS', 'attemptMaxS'),
    totalS: range(fields, 'totalS', 'minTotalS', 'maxTotalS', 'withinS'),
    ambiguous: fields.flag('ambiguous', 'isAmbiguous'),
    retryOnlyTo: fields.texts('retryOnlyTo', 'resendOnlyTo', 'retriedRecipients', 'retryRecipients'),
    copiesPerRecipient: copiesPerRecipient(fields, where),
    recipients: recipients(fields, where),
  };
  fields.any('note', 'comment');
  fields.end();
  return Object.fromEntries(Object.entries(entries).filter(([, entry]) => entry !== undefined));
}

function range(fields: Fields, exact: string, min: string, ...max: readonly string[]): Range | undefined {
  const value = fields.any(exact);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const bounds = new Fields(value, `${fields.where}, ${exact}`);
    const found = range(bounds, 'exactly', 'min', 'max');
    bounds.end();
    return found;
  }
  const [low, high] = Array.isArray(value) ? [value[0], value.at(-1)] : [value, value];
  const atLeast = fields.number(min) ?? asNumber(low);
  const atMost = fields.number(...max) ?? asNumber(high);
  if (value !== undefined && (asNumber(low) === undefined || asNumber(high) === undefined)) {
    throw new UnreadableVectorError(
      `${fields.where}: ${exact} should be a number and is ${JSON.stringify(value)}.`,
    );
  }
  return atLeast === undefined && atMost === undefined
    ? undefined
    : { ...(atLeast === undefined ? {} : { atLeast }), ...(atMost === undefined ? {} : { atMost }) };
}

function copiesPerRecipient(fields: Fields, where: string): Record<string, number> | undefined {
  const value = fields.any('copiesPerRecipient', 'copiesByRecipient');
  if (value === undefined) {
    return undefined;
  }
  const copies = new Fields(value, `${where}, copiesPerRecipient`);
  return Object.fromEntries(copies.keys.map((address) => [address, copies.number(address) ?? 0]));
}

function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** `{address: state}`, or lists by state, within `recipients` or beside it. */
function recipients(fields: Fields, where: string): Record<string, string> | undefined {
  const states = {
    delivered: ['delivered', 'deliveredTo', 'accepted', 'acceptedRecipients'],
    failed: [
      'failed',
      'failedRecipients',
      'rejected',
      'refused',
      'rejectedRecipients',
      'refusedRecipients',
      'dropped',
    ],
    pending: ['pending', 'deferred', 'unsent'],
  } as const;
  const found: Record<string, string> = {};
  const collect = (source: Fields): void => {
    for (const [state, spellings] of Object.entries(states)) {
      for (const address of source.texts(...spellings) ?? []) {
        found[address] = state;
      }
    }
  };
  collect(fields);
  const value = fields.any('recipients', 'perRecipient', 'byRecipient');
  if (value !== undefined) {
    const inner = new Fields(value, `${where}, recipients`);
    collect(inner);
    for (const address of inner.keys.filter((key) => key.includes('@'))) {
      const word = inner.text(address) ?? '';
      const state = Object.entries(states).find(
        ([name, spellings]) => name === word || spellings.some((known) => known === word),
      )?.[0];
      if (state === undefined) {
        throw new UnreadableVectorError(
          `${where}: the recipient state ${JSON.stringify(word)} is not known.`,
        );
      }
      found[address] = state;
    }
    inner.end();
  }
  return Object.keys(found).length === 0 ? undefined : found;
}

/** Long enough after a hold to see how often a client tries again. */
export const OBSERVED_AFTER_HOLD: Ms = minutes(6 * 60);
/** No scenario needs more; a client that does is running in circles. */
export const MOST_ATTEMPTS = 500;
export const START: Ms = ms(Date.UTC(2008, 8, 30));
