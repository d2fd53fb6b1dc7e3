/** `kadec21 send` against a mail server and decoders of others: Postfix, Python's email package, ripmime. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { kadec21 } from '../cli/kadec21.ts';
import { decodedByPython, expectedCsv, measurementsFile, unpackedByRipmime } from './decoded-mail.ts';
import { type DeviceChoice, writeSettings } from './device-settings.ts';
import {
  account,
  mailHost,
  Postfix,
  type PostfixService,
  postfixPrograms,
  reasonPostfixCannotRun,
} from './postfix.ts';
import { reasonToSkip } from './programs.ts';

const missing = reasonToSkip('a mail server', postfixPrograms);
const reason = missing ?? reasonPostfixCannotRun();
if (missing === undefined && reason !== undefined) {
  process.stderr.write(`left out: a mail server: ${reason}\n`);
}

const folder = mkdtempSync(join(tmpdir(), 'kadec21-mail-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Attempt extends Partial<Omit<DeviceChoice, 'server' | 'auth'>> {
  readonly service?: PostfixService;
  readonly server?: Partial<DeviceChoice['server']>;
  readonly auth?: DeviceChoice['auth'];
  /** Without it the authority of Postfix's certificate. */
  readonly caFile?: string | undefined;
  readonly more?: readonly string[];
}

/** The parts of `kadec21/send/1` that are looked at. */
interface Outcome {
  readonly status: number | null;
  readonly stderr: string;
  readonly text: string;
  readonly delivered: boolean;
  readonly blockedBy: { readonly code: string; readonly sentence: string } | null;
  readonly mails: readonly {
    readonly messageId: string;
    readonly status: string;
    readonly attempts: number;
    readonly delivered: readonly string[];
    readonly refused: readonly unknown[];
  }[];
}

describe.skipIf(reason !== undefined)('Postfix', () => {
  let postfix: Postfix;
  beforeAll(async () => {
    postfix = await Postfix.start();
  }, 60_000);
  afterAll(() => postfix?.stop());
  beforeEach(() => postfix.reset());

  async function send(attempt: Attempt = {}): Promise<Outcome> {
    const { service = 'submission', server, auth = account, more = [], ...choice } = attempt;
    const caFile = 'caFile' in attempt ? attempt.caFile : postfix.authorityFile;
    const settings = writeSettings(join(folder, 'unit.json'), {
      ...choice,
      server: { host: mailHost, ...(caFile === undefined ? {} : { caFile }), ...server },
      auth,
    });
    const port = server?.port ?? (server?.tls === 'implicit' ? 465 : 587);
    const mapping = `${mailHost}:${port}=127.0.0.1:${postfix.ports[service]}`;
    const { status, stdout, stderr } = await kadec21(
      ...['send', '--settings', settings, '--at', '2024-05-01T06:00'],
      ...['--server', mapping, '--json', ...more],
    );
    return { ...JSON.parse(stdout), status, stderr, text: stdout };
  }

  /** How many times each command came, from the lines that Postfix ends a session with. */
  async function sessions(): Promise<string[]> {
    await postfix.logged(/ disconnect from .* commands=/);
    return postfix.log.flatMap((line) => / disconnect from \S+ (.*)$/.exec(line)?.[1] ?? []);
  }

  it('takes a mail behind STARTTLS with AUTH; all of it is read right by decoders of others', async () => {
    const { status, delivered, mails } = await send({ more: ['--data', measurementsFile] });
    expect([status, delivered]).toEqual([0, true]);
    const [raw, ...others] = await postfix.mails(1);
    expect(others).toEqual([]);
    if (raw === undefined) {
      throw new Error('the mailbox is empty');
    }
    const mail = decodedByPython(raw);
    expect(mail).toMatchObject({
      defects: [],
      from: '母子里 <moshiri@example.jp>',
      to: 'office@example.jp',
      subject: '[母子里] 流量 0.45m3/s (2004/03/01 00:00)',
      messageId: mails[0]?.messageId,
      charset: 'iso-2022-jp',
    });
    expect(mail.date).toMatch(/^2024-05-01T06:00:\d\d\+09:00$/);
    expect(mail.body.replaceAll('\r\n', '\n')).toContain(
      ['観測局: 母子里', '装置: moshiri-01 (KADEC21-KAZE-N2) No.0001'].join('\n'),
    );
    expect(mail.body).toContain('最大: 4.22 (2004/02/2');
    const [attachment, ...more] = mail.attachments;
    expect(more).toEqual([]);
    expect(attachment).toMatchObject({
      type: 'text/csv',
      name: 'moshiri-01_20040201T0100-20040301T0000.csv',
    });
    const csv = expectedCsv();
    expect(Buffer.from(attachment?.base64 ?? '', 'base64').equals(csv)).toBe(true);
    expect(unpackedByRipmime(raw, attachment?.name ?? '').equals(csv)).toBe(true);
    await postfix.logged(/Anonymous TLS connection established .* TLSv1\.3/);
    await postfix.logged(/sasl_method=PLAIN, sasl_username=logger@example\.jp/);
    expect(await sessions()).toEqual(['ehlo=2 starttls=1 auth=1 mail=1 rcpt=1 data=1 quit=1 commands=8']);
  });

  it.each([
    ['UTF-8 and AUTH PLAIN', { bodyCharset: 'utf-8', auth: { ...account, mechanism: 'plain' } }, 'PLAIN'],
    ['AUTH LOGIN', { auth: { ...account, mechanism: 'login' } }, 'LOGIN'],
    ['TLS from the first octet', { service: 'submissions', server: { tls: 'implicit' } }, 'PLAIN'],
    ['AUTH CRAM-MD5 in clear', { service: 'clear', server: { tls: 'off' } }, 'CRAM-MD5'],
    ['the old module', { module: 'dual-band', more: ['--at', '2012-08-01'] }, 'PLAIN'],
  ] satisfies [string, Attempt, string][])('takes a mail with %s', async (_, attempt, mechanism) => {
    const { status } = await send(attempt);
    expect(status).toBe(0);
    await postfix.logged(new RegExp(`sasl_method=${mechanism}, sasl_username=logger@example\\.jp`));
    const [raw] = await postfix.mails(1);
    const mail = decodedByPython(raw ?? Buffer.alloc(0));
    expect(mail.defects).toEqual([]);
    expect(mail.charset).toBe('bodyCharset' in attempt ? attempt.bodyCharset : 'iso-2022-jp');
    expect(mail.subject).toBe('[母子里] 流量 4.22m3/s (2004/02/24 00:00)');
    expect(mail.body).toContain('観測局: 母子里');
  });

  it('refuses a wrong password: said so, kept, and not tried in a loop', async () => {
    const { status, blockedBy, mails, text, stderr } = await send({
      auth: { ...account, password: 'kazekaze' },
      more: ['--for', '45min', '--trace', join(folder, 'trace')],
    });
    expect(status).toBe(1);
    expect(blockedBy?.code).toMatch(/AUTH/);
    expect(mails).toMatchObject([{ status: 'held', attempts: 1, delivered: [] }]);
    await postfix.logged(/authentication failure/);
    expect(await sessions()).toEqual(['ehlo=2 starttls=1 auth=0/1 quit=1 commands=4/5']);
    expect(text + stderr + readFileSync(join(folder, 'trace'), 'utf8')).not.toContain('kazekaze');
  });

  it.each([
    ['nobody vouches for', { caFile: undefined }],
    ['is of another host', { server: { host: 'mail2.example.jp' } }],
  ] satisfies [string, Attempt][])('gets no password when its certificate %s', async (_, attempt) => {
    const { status, blockedBy } = await send({
      ...attempt,
      more: ['--server', `mail2.example.jp:587=127.0.0.1:${postfix.ports.submission}`],
    });
    expect(status).toBe(1);
    expect(blockedBy?.code).toMatch(/TLS|CERT/);
    for (const commands of await sessions()) {
      expect(commands).toMatch(/^ehlo=1 starttls=1 commands=2$|^ehlo=1 starttls=0\/1 commands=1\/2$/);
    }
  });

  it.each([
    ['has no TLS', { service: 'clear' }],
    [
      'has no TLS, and TLS is asked for only where there is some',
      {
        service: 'clear',
        server: { tls: 'opportunistic' },
        auth: { ...account, mechanism: 'plain' },
      },
    ],
  ] satisfies [string, Attempt][])('gets no password where it %s', async (_, attempt) => {
    const { status } = await send(attempt);
    expect(status).toBe(1);
    expect((await sessions()).join()).not.toMatch(/auth|mail/);
  });

  it('gets nothing to relay without AUTH, and refuses what is not for its own domain', async () => {
    const open = { service: 'old', server: { tls: 'off' }, auth: { mechanism: 'none' } } as const;
    expect((await send(open)).status).toBe(0);
    const { status, mails } = await send({ ...open, to: ['office@elsewhere.example'] });
    expect(status).toBe(1);
    expect(mails[0]?.refused).toHaveLength(1);
    await postfix.logged(/554 5\.7\.1 <office@elsewhere\.example>: Relay access denied/);
  });

  it('takes the mail for those it knows; who is refused is named', async () => {
    const { status, mails } = await send({ to: ['office@example.jp', 'nobody@example.jp'] });
    expect(status).toBe(1);
    expect(mails).toMatchObject([
      { delivered: ['office@example.jp'], refused: [{ recipient: 'nobody@example.jp' }] },
    ]);
    expect(await postfix.mails(1)).toHaveLength(1);
  });

  it('says "later" to one recipient: the mail waits for that one only', async () => {
    const { status, mails } = await send({ to: ['office@example.jp', 'later@example.jp'] });
    expect(status).toBe(1);
    expect(mails).toMatchObject([
      { status: 'waiting', delivered: ['office@example.jp'], pending: ['later@example.jp'] },
    ]);
    expect(await postfix.mails(1)).toHaveLength(1);
  });

  it('takes no mail beyond its size, and is not sent one', async () => {
    const { status, mails } = await send({ service: 'small', more: ['--data', measurementsFile] });
    expect(status).toBe(1);
    expect(mails).toMatchObject([{ status: 'failed' }]);
    expect((await sessions()).join()).not.toContain('data=1');
  });

  it('is not there: a refusal, not a loss', async () => {
    const { status, blockedBy } = await send({
      more: ['--server', `${mailHost}:587=127.0.0.1:1`],
      server: { port: 587 },
    });
    expect(status).toBe(1);
    expect(blockedBy?.code).toBe('TCP_REFUSED');
  });
});
