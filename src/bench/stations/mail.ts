/** The mail server: what it offers, its certificate, the account, and a test mail. */
import { type Ms, ms, seconds } from '../../base/units.ts';
import { now } from '../../base/virtual-time.ts';
import { formatDate, formatInstant, formatReportTime } from '../../config/japan-time.ts';
import { mailAccount, mailTimeLimits } from '../../firmware/mail-account.ts';
import { type ComposedMail, composeMail } from '../../smtp/compose.ts';
import type { SubmissionReply } from '../../smtp/submission.ts';
import { submit } from '../../smtp/submit.ts';
import { formatIpv4 } from '../../wire/ipv4.ts';
import type { Bench } from '../bench.ts';
import { type CertificateFinding, type TlsFinding, visitServer } from '../server-visit.ts';
import { finding, NOT_APPLICABLE, ok, type Station, type StationResult } from '../station.ts';
import { mailServer } from './network.ts';

/** A certificate that ends sooner has to be renewed before the next visit to the site. */
const CERTIFICATE_NOTICE_DAYS = 30;
const DAY_MS = 86_400_000;
/** About what a day of hourly records makes: measures the way, and costs little. */
const ATTACHMENT_BYTES = 4096;

/** The port that mail goes to. */
const connectTo = async (bench: Bench) =>
  bench.host.connect(
    { address: mailServer(bench), port: bench.settings.mail.server.port },
    { timeoutMs: bench.settings.mail.timeLimits.connect },
  );

const clientName = ({ addresses }: Bench): string =>
  addresses === undefined ? '[127.0.0.1]' : `[${formatIpv4(addresses.address)}]`;

export const ehlo: Station = {
  name: 'ehlo',
  title: 'what the mail server offers',
  needs: ['port-25', 'submission-ports'],
  limit: seconds(150),
  async run(bench: Bench): Promise<StationResult> {
    const { server } = bench.settings.mail;
    const socket = await connectTo(bench);
    const visit = await visitServer(socket, server, clientName(bench), bench.trace);
    bench.visit = visit;
    const offered = visit.encrypted ?? visit.inClear;
    const startTls = visit.inClear?.startTls ?? false;
    const mechanisms = offered?.authMechanisms ?? [];
    const size = offered?.size;
    const measurement = {
      greeting: visit.greeting.text,
      greetingMs: visit.greetingMs,
      startTls,
      auth: [...mechanisms],
      authInClear: [...(visit.inClear?.authMechanisms ?? [])],
      ...(size === undefined ? {} : { sizeBytes: size }),
    };
    const summary = `STARTTLS ${startTls ? 'yes' : 'no'}, AUTH ${mechanisms.join(' ') || 'none'}, SIZE ${size ?? 'no limit'}`;
    if (server.tls === 'required' && !startTls) {
      return finding('failed', 'SMTP_TLS_NOT_OFFERED', summary, {
        measurement,
        advice: 'The settings want TLS and the server offers none: ask who runs it, or use another port.',
      });
    }
    if (bench.settings.mail.auth.mechanism !== 'none' && mechanisms.length === 0) {
      return finding('failed', 'SMTP_AUTH_NOT_OFFERED', summary, {
        measurement,
        advice: 'The server offers no AUTH here: check host and port (587 is the one for devices).',
      });
    }
    return ok(summary, measurement);
  },
};

export const certificate: Station = {
  name: 'certificate',
  title: 'certificate of the mail server',
  needs: ['ehlo'],
  limit: seconds(10),
  async run(bench: Bench): Promise<StationResult> {
    const { tls: wanted } = bench.settings.mail.server;
    const tls: TlsFinding = bench.visit?.tls ?? { tls: 'not-wanted' };
    const isNeeded = wanted === 'required' || wanted === 'implicit';
    switch (tls.tls) {
      case 'done':
        return judge(tls.certificate, bench, wanted !== 'off');
      case 'failed':
        return finding(isNeeded ? 'failed' : 'warning', 'TLS_FAILED', `no TLS: ${tls.message}`, {
          measurement: { code: tls.code },
          advice: 'The server may know only old kinds of TLS (below 1.2): ask who runs it.',
        });
      case 'refused':
        return finding(
          isNeeded ? 'failed' : 'warning',
          'SMTP_TLS_NOT_OFFERED',
          `STARTTLS was refused: ${tls.reply}`,
          {
            advice: 'Try again later; the server says for the moment that it cannot encrypt.',
          },
        );
      default:
        return finding('skipped', NOT_APPLICABLE, 'the server offers no TLS');
    }
  },
};

/** @param matters whether the device looks at it */
function judge(found: CertificateFinding, { options: { at } }: Bench, matters: boolean): StationResult {
  const days = Math.floor((found.validTo - at) / DAY_MS);
  const measurement = {
    subject: found.subject,
    issuer: found.issuer,
    names: found.names,
    validFrom: formatInstant(found.validFrom),
    validTo: formatInstant(found.validTo),
    daysLeft: days,
    fingerprint: found.fingerprint,
    protocol: found.protocol,
    cipher: found.cipher,
    handshakeMs: found.handshakeMs,
    ...(found.problem === undefined ? {} : { problem: found.problem.code }),
  };
  if (found.problem !== undefined) {
    const { code, message } = found.problem;
    return finding(
      matters ? 'failed' : 'warning',
      'SMTP_CERTIFICATE',
      `not trusted: ${CERTIFICATE_PROBLEMS[code] ?? message} (${code})`,
      {
        measurement,
        advice: certificateAdvice(code),
      },
    );
  }
  const summary = `${found.subject}, valid until ${formatDate(found.validTo)} (${days} days), ${found.protocol}`;
  return days < CERTIFICATE_NOTICE_DAYS
    ? finding('warning', 'BENCH_CERTIFICATE_ENDS', summary, {
        measurement,
        advice: 'Have it renewed in time: afterwards no device that checks certificates sends any more.',
      })
    : ok(summary, measurement);
}

const CERTIFICATE_PROBLEMS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is not known here',
};

function certificateAdvice(code: string): string {
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return 'Have the certificate renewed, and check the clock of this computer.';
  }
  return code === 'ERR_TLS_CERT_ALTNAME_INVALID'
    ? 'The certificate is for another name: use the name in it as mail.server.host.'
    : 'Name the authority of the server as mail.server.caFile in the settings, if it is a private one.';
}

export const auth: Station = {
  name: 'auth',
  title: 'signing in',
  needs: ['certificate'],
  limit: seconds(150),
  async run(bench: Bench): Promise<StationResult> {
    const { mail } = bench.settings;
    if (mail.auth.mechanism === 'none') {
      return finding('skipped', NOT_APPLICABLE, 'the settings have no account at the mail server');
    }
    const begin = now();
    // Without a recipient the client ends the session before MAIL: the same code as the firmware's, and nothing is sent.
    const reply = await send(bench, { ...testMail(bench), envelope: { from: composedFrom(bench), to: [] } });
    const isIn = reply.evidence.some((line) => line.startsWith('< 235'));
    const user = mail.auth.user;
    return isIn
      ? ok(`${user} is let in`, { user, signInMs: Math.round(now() - begin) })
      : failedMail(reply, { user });
  },
};

export const testMailStation: Station = {
  name: 'test-mail',
  title: 'a test mail',
  needs: ['auth'],
  costs: 'sends mail',
  limit: ({ options: { settings } }) => ms((settings?.mail.timeLimits.finalReply ?? 0) + 120_000),
  async run(bench: Bench): Promise<StationResult> {
    const mail = testMail(bench);
    const begin = now();
    const reply = await send(bench, mail);
    const acceptedMs = Math.round(now() - begin);
    const bitsPerSecond = Math.round((mail.raw.length * 8 * 1000) / Math.max(1, acceptedMs));
    const measurement = { messageId: mail.messageId, mailBytes: mail.raw.length, acceptedMs, bitsPerSecond };
    if (reply.failure !== undefined) {
      return failedMail(reply, measurement);
    }
    return ok(
      `accepted after ${(acceptedMs / 1000).toFixed(1)} s: ${reply.text} (${mail.raw.length} bytes over TCP, connection and answers included: ${bitsPerSecond} bit/s)`,
      measurement,
    );
  },
};

function send(
  bench: Bench,
  mail: Pick<ComposedMail, 'raw' | 'messageId' | 'envelope'>,
): Promise<SubmissionReply> {
  const { mail: settings } = bench.settings;
  return submit(mail, mailAccount(settings), () => connectTo(bench), {
    timeLimits: mailTimeLimits(settings),
    trace: bench.trace,
  });
}

const composedFrom = (bench: Bench) => testMail(bench).envelope.from;

function testMail(bench: Bench): ComposedMail {
  const { device, mail } = bench.settings;
  const date: Ms = bench.startedAt;
  const identity = bench.identity;
  const text = [
    'これは通信モジュールの試験メールです。',
    `観測局: ${device.station}`,
    `装置: ${device.name} (${device.model}) No.${device.id}`,
    `モジュール: ${identity?.manufacturer ?? ''} ${identity?.model ?? ''} ${identity?.revision ?? ''}`,
    `時刻: ${formatReportTime(date)}`,
  ].join('\n');
  const filling = 'time,value\n'.padEnd(ATTACHMENT_BYTES, '2004-02-23T00:00,0.45\n');
  return composeMail({
    from: { address: mail.from, name: device.station },
    to: mail.to.map((address) => ({ address })),
    subject: `[試験] ${device.station} ${formatReportTime(date)}`,
    text,
    date,
    charset: mail.bodyCharset,
    messageId: { device: `${device.name}-${device.id}`, record: `bench-${date}` },
    attachments: [{ fileName: 'bench.csv', content: Buffer.from(filling), charset: 'us-ascii' }],
  });
}

/** By the client's word for it: the same codes as the firmware tells. */
const FAILURES: Readonly<Record<string, readonly [code: string, advice: string]>> = {
  'auth-not-offered': [
    'SMTP_AUTH_NOT_OFFERED',
    'Set mail.auth.mechanism to one that the server offers (see ehlo).',
  ],
  'auth-needs-tls': [
    'SMTP_AUTH_NEEDS_TLS',
    'The server takes only a readable password: use TLS, or allow it by allowCleartext.',
  ],
  'tls-not-offered': ['SMTP_TLS_NOT_OFFERED', 'The settings want TLS: ask who runs the server.'],
  'tls-failed': ['TLS_FAILED', 'See the certificate station.'],
  certificate: ['SMTP_CERTIFICATE', 'See the certificate station.'],
  'not-connected': ['SMTP_NOT_CONNECTED', 'See the ports of the mail server.'],
  timeout: [
    'SMTP_TIMED_OUT',
    'Try again; a server that is always so slow needs longer time limits in the settings.',
  ],
  'connection-lost': ['SMTP_CONNECTION_LOST', 'Try again; look at signal and latency if it recurs.'],
  protocol: ['SMTP_NONSENSE', 'Check host and port of the mail server.'],
  'too-big': ['SMTP_TOO_BIG', 'The server takes only smaller mails (SIZE).'],
};

function failedMail(reply: SubmissionReply, measurement: StationResult['measurement']): StationResult {
  const summary = reply.text;
  if (reply.phase === 'auth' && reply.reply !== undefined && reply.reply.code >= 400) {
    const isTemporary = reply.reply.code < 500;
    return finding('failed', 'SMTP_AUTH_FAILED', summary, {
      measurement,
      advice: isTemporary
        ? 'The server cannot check the account just now: try again later.'
        : 'Check mail.auth.user and mail.auth.password; too many wrong tries lock an account.',
    });
  }
  if (reply.failure === 'refused') {
    const isTemporary = (reply.reply?.code ?? 500) < 500;
    return finding('failed', isTemporary ? 'SMTP_DEFERRED' : 'SMTP_REFUSED', `${reply.phase}: ${summary}`, {
      measurement,
      advice: isTemporary
        ? 'The server says later (greylisting, or it is full): the device would try again by itself.'
        : 'The server does not take this sender or recipient: check mail.from, mail.to and the account.',
    });
  }
  const [code, advice] = FAILURES[reply.failure ?? ''] ?? ['SMTP_FAILED', 'See the dialogue.'];
  return finding('failed', code, summary, { measurement, advice });
}
