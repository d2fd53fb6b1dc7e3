/** Reads what a fault scenario says about the server. Spellings are taken generously, unknown keys are not. */
import type { TestCertificate } from './certificates.ts';
import { Fields, UnreadableVectorError } from './fields.ts';
import type { DataStep, SessionScript, StartTlsStep, Step } from './scripted-server.ts';

const CUT = [
  'close',
  'closes',
  'fin',
  'disconnect',
  'hangup',
  'drop',
  'closeAfter',
  'closeAfterReply',
  'thenClose',
  'finAfter',
];
const RESET = ['rst', 'reset', 'rstAfter', 'rstAfterReply', 'resetAfter', 'thenRst', 'thenReset'];
const SILENT = ['silent', 'never', 'noReply', 'hang', 'stall'];

export function readSession(value: unknown, where: string): SessionScript {
  const session = new Fields(value, where);
  const ehlo = readEhlo(session);
  const starttls = readStartTls(session.any('starttls', 'startTls', 'STARTTLS'), `${where}, starttls`);
  const tls = readTls(session);
  const noStartTls = session.flag('noStarttls', 'noStartTls', 'hideStarttls');
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
        noStartTls === true || ehlo.omitsStartTls ? { offered: false } : undefined,
      ),
    }),
  };
  session.any('note', 'comment');
  session.end();
  return script;
}

function definedOnly<T extends object>(object: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never;
}

/** A step as an object, or its reply alone, or null for silence. */
function readStep(value: unknown, where: string): Step {
  if (value === null) {
    return { silent: true };
  }
  if (typeof value === 'string' || Array.isArray(value)) {
    return { reply: replyOf(value, where) };
  }
  const fields = new Fields(value, where);
  const read = stepFrom(fields);
  fields.end();
  return read;
}

function stepFrom(fields: Fields): Step {
  const reply = fields.any('reply', 'response', 'replies', 'lines');
  const delayMs = fields.number('delayMs');
  const { where } = fields;
  fields.any('note', 'comment');
  return definedOnly({
    reply: reply === undefined || reply === null ? undefined : replyOf(reply, where),
    delayS:
      fields.number('delayS', 'delay', 'afterS', 'waitS') ??
      (delayMs === undefined ? undefined : delayMs / 1000),
    silent: fields.flag(...SILENT) ?? (reply === null ? true : undefined),
    close: fields.flag(...CUT),
    rst: fields.flag(...RESET),
    silentAfter: fields.flag('silentAfter', 'thenSilent', 'silentAfterReply'),
  });
}

function replyOf(value: unknown, where: string): string | string[] {
  const lines: unknown[] = Array.isArray(value)
    ? value
    : [typeof value === 'number' ? `${value} scripted` : value];
  const texts = lines.map((line) => {
    if (typeof line !== 'string') {
      throw new UnreadableVectorError(`${where}: a reply should be text and is ${JSON.stringify(line)}.`);
    }
    return line.replace(/\r?\n$/, '');
  });
  return texts.length === 1 ? (texts[0] ?? '') : texts;
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
  const ehlo = stepFrom(fields);
  fields.end();
  return {
    omitsStartTls: omitted.length > 0,
    ...definedOnly({
      ehlo: Object.keys(ehlo).length > 0 ? ehlo : undefined,
      keywords: keywords ?? keywordsAside,
    }),
  };
}

interface StartTlsReading {
  readonly step: StartTlsStep;
  readonly certificate: TestCertificate | undefined;
}

function readStartTls(value: unknown, where: string): StartTlsReading | undefined {
  if (value === undefined) {
    return undefined;
  }
  if (value === false || value === null || value === 'missing' || value === 'none') {
    return { step: { offered: false }, certificate: undefined };
  }
  if (value === true) {
    return { step: {}, certificate: undefined };
  }
  if (typeof value === 'string' || Array.isArray(value)) {
    return { step: { reply: replyOf(value, where) }, certificate: undefined };
  }
  const fields = new Fields(value, where);
  const reading = startTlsFrom(fields);
  fields.end();
  return reading;
}

function startTlsFrom(fields: Fields): StartTlsReading {
  const { where } = fields;
  const garbage = fields.any('garbage', 'garbageAfter', 'garbageAfterReply');
  const inject = fields.any('inject', 'injected', 'injectAfter', 'injection', 'injectAfterReply');
  const isMissing = fields.flag('missing', 'absent', 'hidden');
  const closeAfter = fields.flag(
    'closeAfter',
    'closeAfterReply',
    'finAfter',
    'closeDuringHandshake',
    'close',
  );
  const rstAfter = fields.flag(
    'rstAfter',
    'resetAfter',
    'rstAfterReply',
    'rstDuringHandshake',
    'rst',
    'reset',
  );
  const certificate = certificateOf(fields.any('cert', 'certificate'), where);
  const step = definedOnly({
    reply:
      fields.any('reply', 'response') === undefined
        ? undefined
        : replyOf(fields.any('reply', 'response'), where),
    delayS: fields.number('delayS', 'delay', 'afterS'),
    silent: fields.flag(...SILENT),
    offered: isMissing === true ? false : fields.flag('offered', 'offer', 'advertise', 'advertised'),
    silentAfter: fields.flag('silentAfter', 'silentAfterReply', 'thenSilent', 'hangAfter'),
    closeAfter,
    rstAfter,
    garbage:
      garbage === undefined || garbage === false
        ? undefined
        : typeof garbage === 'string'
          ? garbage
          : 'this is not TLS\r\n',
    inject: inject === undefined || inject === false ? undefined : injected(inject),
  });
  fields.any('note', 'comment');
  return { step, certificate };
}

function injected(value: unknown): string {
  const lines = Array.isArray(value)
    ? value.map(String)
    : typeof value === 'string'
      ? [value]
      : ['250-mail.test', '250 AUTH PLAIN'];
  return lines.join('\r\n');
}

/** What a session says about TLS beside its STARTTLS step. */
function readTls(session: Fields): {
  certificate: TestCertificate | undefined;
  step: StartTlsStep | undefined;
} {
  const aside = certificateOf(session.any('cert', 'certificate'), session.where);
  const value = session.any('tls', 'handshake');
  if (value === undefined) {
    return { certificate: aside, step: undefined };
  }
  if (typeof value === 'string' && !/^(silent|close|rst|reset|hang)$/.test(value)) {
    return { certificate: certificateOf(value, session.where), step: undefined };
  }
  if (typeof value === 'string') {
    const step =
      value === 'close'
        ? { closeAfter: true }
        : /rst|reset/.test(value)
          ? { rstAfter: true }
          : { silentAfter: true };
    return { certificate: aside, step };
  }
  const fields = new Fields(value, `${session.where}, tls`);
  const { step, certificate } = startTlsFrom(fields);
  fields.end();
  // Within TLS there is no reply before: silence is the handshake's.
  const { silent, ...rest } = step;
  return { certificate: certificate ?? aside, step: silent === true ? { ...rest, silentAfter: true } : rest };
}

function certificateOf(value: unknown, where: string): TestCertificate | undefined {
  if (value === undefined || value === null) {
    return undefined;
  }
  const known: readonly [RegExp, TestCertificate][] = [
    [/^(ok|valid|good)$/i, 'valid'],
    [/self/i, 'self-signed'],
    [/untrusted|unknown|ca$/i, 'self-signed'],
    [/not.?yet/i, 'not-yet-valid'],
    [/expired/i, 'expired'],
    [/name|host|mismatch|wrong|other/i, 'other-name'],
  ];
  const found = known.find(([spelling]) => spelling.test(String(value)))?.[1];
  if (found === undefined) {
    throw new UnreadableVectorError(
      `${where} has a certificate ${JSON.stringify(value)}, which this runner does not know.`,
    );
  }
  return found;
}

function mergeStartTls(...steps: readonly (StartTlsStep | undefined)[]): StartTlsStep | undefined {
  const given = steps.filter((part) => part !== undefined);
  return given.length === 0 ? undefined : Object.assign({}, ...given);
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
  const replies = Array.isArray(fields.any('replies')) ? fields.any('replies') : undefined;
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
