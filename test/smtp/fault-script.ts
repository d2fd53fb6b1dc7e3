/** Reads what a fault scenario says about the server. Spellings are taken generously, unknown keys are not. */
import { definedOnly, readStep, stepFrom } from './fault-step.ts';
import { mergeStartTls, readStartTls, readTls } from './fault-tls.ts';
import { Fields, UnreadableVectorError } from './fields.ts';
import type { DataStep, SessionScript, Step } from './scripted-server.ts';

export function readSession(value: unknown, where: string): SessionScript {
  const session = new Fields(value, where);
  const ehlo = readEhlo(session);
  const starttls = readStartTls(session.any('starttls', 'startTls', 'STARTTLS'), `${where}, starttls`);
  const tls = readTls(session);
  const noStartTls =
    session.flag('noStarttls', 'noStartTls', 'hideStarttls') === true ||
    session.flag('offerStarttls', 'offersStarttls', 'starttlsOffered', 'advertiseStarttls') === false;
  const authMechs = session.texts('authMechs', 'authMechanisms', 'mechs');
  const isAuthOff = session.has('authMechs') && session.any('authMechs') === null;
  const rcpt = readRcpt(session.any('rcpt'), `${where}, rcpt`);
  const connect = readConnect(session);
  const authInClear = session.flag('authInClear', 'authBeforeTls', 'authWithoutTls');
  const requiresAuth = session.flag('requireAuth', 'requiresAuth', 'authRequired');
  const implicitTls = session.flag('implicitTls', 'secure');
  const size = session.any('size', 'SIZE');
  const steps = {
    greeting: step(session, 'greeting', 'banner'),
    ehloAfterTls: step(session, 'ehloAfterTls', 'ehlo2', 'tlsEhlo'),
    helo: step(session, 'helo'),
    auth: step(session, 'auth'),
    mail: step(session, 'mail', 'mailFrom'),
    quit: step(session, 'quit'),
    rset: step(session, 'rset'),
  };
  const script: SessionScript = {
    ...definedOnly(steps),
    ...definedOnly({
      connect,
      certificate: tls.certificate ?? starttls?.certificate,
      authMechs: isAuthOff ? [] : authMechs,
      authInClear,
      requiresAuth,
      implicitTls,
      size: typeof size === 'number' ? size : undefined,
      pipelining: session.flag('pipelining', 'PIPELINING'),
      data: readData(session.any('data'), `${where}, data`),
      eod: readEndOfData(session.any('eod', 'endOfData', 'dot', 'finalDot'), `${where}, eod`),
    }),
    ...definedOnly(rcpt),
    ...ehlo,
    ...definedOnly({
      starttls: mergeStartTls(
        starttls?.step,
        tls.step,
        noStartTls || ehlo.omitsStartTls ? { offered: false } : undefined,
      ),
    }),
  };
  session.any('note', 'comment');
  session.end();
  return script;
}

function step(session: Fields, ...spellings: readonly string[]): Step | undefined {
  const value = session.any(...spellings);
  return value === undefined ? undefined : readStep(value, `${session.where}, ${spellings[0]}`);
}

function readConnect(session: Fields): SessionScript['connect'] {
  const value = session.any('connect', 'tcp', 'connection', 'syn');
  if (session.flag('refuse', 'refused', 'refuseConnection', 'connectionRefused') === true) {
    return 'refused';
  }
  if (session.flag('dropSyn', 'synDropped', 'drop', 'blackhole') === true) {
    return 'dropped';
  }
  if (session.flag('rst', 'reset') === true) {
    return 'rst';
  }
  if (session.flag('close') === true) {
    return 'close';
  }
  if (value === undefined) {
    return session.flag('accept') === false ? 'refused' : undefined;
  }
  session.any('accept');
  const word = typeof value === 'string' ? value : onlyTrueKey(value, `${session.where}, connect`);
  const known: readonly [RegExp, NonNullable<SessionScript['connect']>][] = [
    [/^(accept|accepted|ok|open)$/i, 'accept'],
    [/^(refuse|refused|ECONNREFUSED|connectionRefused)$/i, 'refused'],
    [/^(drop|dropped|dropSyn|synDropped|silent|timeout|blackhole|ETIMEDOUT)$/i, 'dropped'],
    [/^(rst|reset|rstAfterAccept|ECONNRESET)$/i, 'rst'],
    [/^(close|closed|fin)$/i, 'close'],
    [/^(unreachable|icmp|prohibited|EHOSTUNREACH|ENETUNREACH)$/i, 'unreachable'],
  ];
  const found = known.find(([spelling]) => spelling.test(word))?.[1];
  if (found === undefined) {
    throw new UnreadableVectorError(
      `${session.where}, connect says ${JSON.stringify(value)}, which this runner does not know.`,
    );
  }
  return found;
}

function onlyTrueKey(value: unknown, where: string): string {
  const fields = new Fields(value, where);
  fields.any('note');
  const [first = '', ...more] = fields.keys.filter((key) => fields.any(key) === true);
  if (first === '' || more.length > 0) {
    throw new UnreadableVectorError(
      `${where} says ${JSON.stringify(value)}, which this runner does not know.`,
    );
  }
  return first;
}

function readEhlo(session: Fields): Pick<SessionScript, 'ehlo' | 'keywords'> & { omitsStartTls: boolean } {
  const value = session.any('ehlo', 'EHLO');
  const keywordsAside = session.texts('keywords', 'extensions', 'capabilities', 'extraKeywords');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return {
      omitsStartTls: false,
      ...definedOnly({
        ehlo: value === undefined ? undefined : readStep(value, `${session.where}, ehlo`),
        keywords: keywordsAside,
      }),
    };
  }
  const fields = new Fields(value, `${session.where}, ehlo`);
  const omitted = fields.texts('omit', 'without', 'hide') ?? [];
  const other = omitted.find((keyword) => keyword.toUpperCase() !== 'STARTTLS');
  if (other !== undefined) {
    throw new UnreadableVectorError(
      `${session.where}, ehlo leaves out ${JSON.stringify(other)}, which this runner cannot.`,
    );
  }
  const keywords = fields.texts('keywords', 'extra', 'add');
  const offersStartTls = fields.flag('starttls', 'STARTTLS', 'offerStarttls') ?? true;
  const ehlo = stepFrom(fields);
  fields.end();
  return {
    omitsStartTls: omitted.length > 0 || !offersStartTls,
    ...definedOnly({
      ehlo: Object.keys(ehlo).length > 0 ? ehlo : undefined,
      keywords: keywords ?? keywordsAside,
    }),
  };
}

function readRcpt(value: unknown, where: string): Pick<SessionScript, 'rcpt' | 'rcptFor'> {
  if (value === undefined) {
    return {};
  }
  const readAll = (list: readonly unknown[]) =>
    list.map((item, index) => readStep(item, `${where} ${index + 1}`));
  if (Array.isArray(value)) {
    return { rcpt: readAll(value) };
  }
  if (typeof value !== 'object' || value === null) {
    return { rcpt: [readStep(value, where)] };
  }
  const fields = new Fields(value, where);
  const list = fields.any('sequence', 'each', 'byOrder', 'steps');
  const replies = [fields.any('replies'), fields.any('reply')].find(
    (some) => Array.isArray(some) && !isMultiLine(some),
  );
  const map = fields.any('byRecipient', 'perRecipient', 'for', 'recipients', 'byAddress', 'per');
  const addressed = fields.keys.filter((key) => key.includes('@'));
  const rcptFor = new Map<string, Step>(
    addressed.map((key) => [key, readStep(fields.any(key), `${where} ${key}`)]),
  );
  if (map !== undefined) {
    const byRecipient = new Fields(map, where);
    for (const key of byRecipient.keys) {
      rcptFor.set(key, readStep(byRecipient.any(key), `${where} ${key}`));
    }
  }
  const inOrder = Array.isArray(list) ? list : Array.isArray(replies) ? replies : undefined;
  const common = inOrder === undefined ? stepFrom(fields) : {};
  fields.end();
  return definedOnly({
    rcpt: inOrder !== undefined ? readAll(inOrder) : Object.keys(common).length > 0 ? [common] : undefined,
    rcptFor: rcptFor.size > 0 ? Object.fromEntries(rcptFor) : undefined,
  });
}

/** `["550-no", "550 such user"]` is one reply; `["250 ok", "550 no"]` are two. */
function isMultiLine(lines: readonly unknown[]): boolean {
  return lines.slice(0, -1).every((line) => /^\d{3}-/.test(String(line)));
}

function readData(value: unknown, where: string): DataStep | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return value === undefined ? undefined : readStep(value, where);
  }
  const fields = new Fields(value, where);
  const data = {
    ...definedOnly({
      rstAfterBytes: fields.number('rstAfterBytes', 'resetAfterBytes', 'cutAfterBytes'),
      closeAfterBytes: fields.number(
        'closeAfterBytes',
        'finAfterBytes',
        'disconnectAfterBytes',
        'dropAfterBytes',
      ),
      silentAfterBytes: fields.number(
        'silentAfterBytes',
        'stallAfterBytes',
        'hangAfterBytes',
        'stopReadingAfterBytes',
      ),
    }),
    ...stepFrom(fields),
  };
  fields.end();
  return data;
}

function readEndOfData(value: unknown, where: string): SessionScript['eod'] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return value === undefined ? undefined : readStep(value, where);
  }
  const fields = new Fields(value, where);
  const stored = fields.flag(
    'stored',
    'store',
    'stores',
    'accepted',
    'storeAnyway',
    'storedAnyway',
    'delivered',
  );
  const notStored = fields.flag('notStored', 'discard', 'discarded');
  const eod = {
    ...definedOnly({ stored: stored ?? (notStored === true ? false : undefined) }),
    ...stepFrom(fields),
  };
  fields.end();
  return eod;
}
