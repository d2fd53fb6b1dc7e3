/** Reads what a fault scenario says about STARTTLS, the handshake and the certificate. */
import type { TestCertificate } from './certificates.ts';
import { definedOnly, replyOf, stepFrom } from './fault-step.ts';
import { Fields, UnreadableVectorError } from './fields.ts';
import type { StartTlsStep } from './scripted-server.ts';

const INJECTIONS = [
  'inject',
  'injected',
  'injection',
  'injectAfter',
  'injectAfterReply',
  'injectAfter220',
  'plaintextAfter',
  'extraBytes',
];

interface StartTlsReading {
  readonly step: StartTlsStep;
  readonly certificate: TestCertificate | undefined;
}

export function readStartTls(value: unknown, where: string): StartTlsReading | undefined {
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
  const inject = fields.any(...INJECTIONS);
  const isMissing = fields.flag('missing', 'absent', 'hidden');
  const certificate = certificateOf(fields.any('cert', 'certificate'), where) ?? flaggedCertificate(fields);
  const step = definedOnly({
    ...stepFrom(fields),
    offered: isMissing === true ? false : fields.flag('offered', 'offer', 'advertise', 'advertised'),
    garbage:
      garbage === undefined || garbage === false
        ? undefined
        : typeof garbage === 'string'
          ? garbage
          : 'this is not TLS\r\n',
    inject: inject === undefined || inject === false ? undefined : injected(inject),
  });
  return { step, certificate };
}

/** `{selfSigned: true}`. */
function flaggedCertificate(fields: Fields): TestCertificate | undefined {
  const flags: readonly [TestCertificate, readonly string[]][] = [
    ['self-signed', ['selfSigned', 'untrusted', 'unknownCa', 'badCert', 'badCertificate']],
    ['expired', ['expired', 'certExpired']],
    ['not-yet-valid', ['notYetValid']],
    ['other-name', ['wrongHost', 'wrongName', 'hostMismatch', 'nameMismatch', 'otherName']],
  ];
  return flags.filter(([, spellings]) => fields.flag(...spellings) === true).map(([kind]) => kind)[0];
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
export function readTls(session: Fields): {
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
        ? { thenClose: true }
        : /rst|reset/.test(value)
          ? { thenRst: true }
          : { silentAfter: true };
    return { certificate: aside, step };
  }
  const fields = new Fields(value, `${session.where}, tls`);
  const { step, certificate } = startTlsFrom(fields);
  fields.end();
  // The handshake follows the reply: what happens to it happens after that.
  const { silent, close, rst, ...rest } = step;
  const after = definedOnly({ silentAfter: silent, thenClose: close, thenRst: rst });
  return { certificate: certificate ?? aside, step: { ...rest, ...after } };
}

export function certificateOf(value: unknown, where: string): TestCertificate | undefined {
  if (value === undefined || value === null) {
    return undefined;
  }
  if (typeof value === 'object') {
    const fields = new Fields(value, `${where}, certificate`);
    const flagged = certificateOf(fields.text('kind', 'type'), where) ?? flaggedCertificate(fields);
    fields.end();
    return flagged;
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

export function mergeStartTls(...steps: readonly (StartTlsStep | undefined)[]): StartTlsStep | undefined {
  const given = steps.filter((part) => part !== undefined);
  return given.length === 0 ? undefined : Object.assign({}, ...given);
}
