/** Programs that fetch mail, at a published port of `kadec21 serve`: curl, fetchmail, mpop. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emulatedAuthorityPem } from '../../src/aunet/certificates/authority.ts';
import { command } from '../cli/kadec21.ts';
import { reasonToSkip, run } from './programs.ts';

const noCurl = reasonToSkip('curl', { curl: 'curl' });
const noFetchmail = reasonToSkip('fetchmail', { fetchmail: 'fetchmail', curl: 'curl' });
const noMpop = reasonToSkip('mpop', { mpop: 'mpop', curl: 'curl' });

const HOST = 'mail.north-one.example';
const OFFICE = { user: 'office@north-one.example', password: 'river-watch' };
const SNOW = 'Subject: snow\r\nFrom: logger@north-one.example\r\n\r\n.3 cm\r\n..\r\nend\r\n';
const LARGE = `Subject: year\r\nFrom: logger@north-one.example\r\n\r\n${'2008-07-15 12:00,0.45,3.21\r\n.\r\n'.repeat(20_000)}`;

const folder = mkdtempSync(join(tmpdir(), 'kadec21-pop3-'));
const caFile = join(folder, 'ca.pem');
writeFileSync(caFile, emulatedAuthorityPem);

/** The emulation's hosts and ports, and where they are reached on this machine. */
const ports = new Map<string, number>();
const portOf = (host: string, port: number): number => ports.get(`${host}:${port}`) ?? 0;
let station: ChildProcess | undefined;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function send(raw: string, to = OFFICE.user): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port: portOf('kona.co.jp', 25), ignoreTLS: true });
  await transport.sendMail({ envelope: { from: 'logger@north-one.example', to }, raw });
}

/** As curl shows it, which signs in by APOP where it can. */
function curl(url: string, ...more: readonly string[]): string {
  const port = url.startsWith('pop3s') ? 995 : 110;
  const real = portOf(HOST, port);
  const resolve = ['--resolve', `${HOST}:${real}:127.0.0.1`, '--cacert', caFile];
  return run('curl', [
    ...['-sS', '--max-time', '20', '-u', `${OFFICE.user}:${OFFICE.password}`, ...resolve, ...more],
    url.replace('HOST', `${HOST}:${real}`),
  ]).toString('latin1');
}

const listed = (): string[] =>
  curl('pop3s://HOST/')
    .split('\r\n')
    .filter((line) => line !== '');

beforeAll(async () => {
  const published: string[] = [];
  for (const name of [`${HOST}:110`, `${HOST}:995`, 'kona.co.jp:110', 'kona.co.jp:25']) {
    const port = await freePort();
    ports.set(name, port);
    published.push('--publish', `${name}=127.0.0.1:${port}`);
  }
  const args = [command, 'serve', '--tcp', '0', '--at', '2008-07-15', '--for', '5min', ...published];
  station = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const { stdout } = station;
  await new Promise<void>((resolve, reject) => {
    station?.once('exit', (status) => reject(new Error(`kadec21 serve ended with ${status}`)));
    stdout?.on('data', (text: Buffer) => text.includes('ready') && resolve());
  });
}, 60_000);

afterAll(async () => {
  if (station !== undefined && station.exitCode === null) {
    station.kill('SIGTERM');
    await once(station, 'exit');
  }
  rmSync(folder, { recursive: true });
});

/** Nothing is left of the test before. */
beforeEach(() => {
  for (const _ of noCurl === undefined ? listed() : []) {
    curl('pop3s://HOST/1', '-X', 'DELE', '-I');
  }
});

describe.skipIf(noCurl !== undefined)('curl', () => {
  it.each([
    ['APOP in clear', 'pop3://HOST/', []],
    ['STLS', 'pop3://HOST/', ['--ssl-reqd']],
    ['TLS from the first octet', 'pop3s://HOST/', []],
  ])('lists and fetches with %s', async (_, url, more) => {
    await send(SNOW);
    await send(LARGE);
    expect(curl(url, ...more)).toBe(`1 ${SNOW.length}\r\n2 ${LARGE.length}\r\n`);
    expect(curl(`${url}1`, ...more)).toBe(SNOW);
    expect(curl(`${url}2`, ...more)).toBe(LARGE);
  });

  it('deletes, shows a header by TOP and every mail apart by UIDL', async () => {
    await send(SNOW);
    await send(LARGE);
    expect(curl('pop3s://HOST/', '-X', 'UIDL')).toMatch(/^1 (\S+)\r\n2 (?!\1\r)\S+\r\n$/);
    expect(curl('pop3s://HOST/', '-X', 'TOP 2 1')).toBe(LARGE.split('\r\n', 4).join('\r\n').concat('\r\n'));
    curl('pop3s://HOST/1', '-X', 'DELE', '-I');
    expect(listed()).toEqual([`1 ${LARGE.length}`]);
  });

  it('is refused with a wrong password', () => {
    // 67: "The user name, password, or similar was not accepted".
    expect(() => curl('pop3s://HOST/', '-u', `${OFFICE.user}:rain`)).toThrow(/ended with 67/);
  });
});

describe.skipIf(noFetchmail !== undefined)('fetchmail', () => {
  /** @returns what it handed on, mail by mail as one text */
  function fetch(server: string, user: string, host = HOST): string {
    const home = mkdtempSync(join(folder, 'fetchmail-'));
    const box = join(home, 'box');
    writeFileSync(box, '');
    const file = join(home, 'fetchmailrc');
    writeFileSync(
      file,
      `poll ${host} via 127.0.0.1 protocol POP3 ${server} ${user} mda "cat >> ${box}" no rewrite\n`,
      { mode: 0o600 },
    );
    run('env', [`HOME=${home}`, `FETCHMAILHOME=${home}`, 'fetchmail', '--nosyslog', '-v', '-f', file]);
    return readFileSync(box, 'latin1').replaceAll('\r\n', '\n');
  }
  const plain = (raw: string) => raw.slice(raw.indexOf('\r\n\r\n')).replaceAll('\r\n', '\n');
  const office = `user "${OFFICE.user}" password "${OFFICE.password}"`;
  const tls = `sslcertck sslcertfile "${caFile}" sslcommonname "${HOST}"`;

  it('takes all mails away after STLS', async () => {
    await send(SNOW);
    await send(LARGE);
    const box = fetch(`port ${portOf(HOST, 110)}`, `${office} sslproto "TLS1.2+" ${tls}`);
    expect(box).toContain(plain(SNOW));
    expect(box).toContain(plain(LARGE));
    expect(listed()).toEqual([]);
  });

  it('leaves them where it is told to keep them, within TLS', async () => {
    await send(SNOW);
    const box = fetch(`port ${portOf(HOST, 995)} uidl`, `${office} ssl ${tls} keep`);
    expect(box).toContain(plain(SNOW));
    expect(listed()).toEqual([`1 ${SNOW.length}`]);
  });

  it('reads the old server in clear', async () => {
    await send(SNOW, 'watch@kona.co.jp');
    const watch = 'user "watch" password "river-level" sslproto ""';
    expect(fetch(`port ${portOf('kona.co.jp', 110)}`, watch, 'kona.co.jp')).toContain(plain(SNOW));
  });
});

describe.skipIf(noMpop !== undefined)('mpop', () => {
  it.each([
    ['a password after STLS', 110, 'tls on\ntls_starttls on\nauth user'],
    ['APOP within TLS', 995, 'tls on\ntls_starttls off\nauth apop'],
  ])('delivers into a Maildir with %s', async (_, port, words) => {
    await send(SNOW);
    await send(LARGE);
    const home = mkdtempSync(join(folder, 'mpop-'));
    for (const name of ['new', 'cur', 'tmp']) {
      mkdirSync(join(home, 'mails', name), { recursive: true });
    }
    const file = join(home, 'mpoprc');
    const settings = [
      `account office\nhost 127.0.0.1\nport ${portOf(HOST, port)}\n${words}`,
      `tls_trust_file ${caFile}\ntls_host_override ${HOST}`,
      `user ${OFFICE.user}\npassword ${OFFICE.password}`,
      `delivery maildir ${home}/mails\nreceived_header off\nuidls_file ${home}/uidls\n`,
    ];
    writeFileSync(file, settings.join('\n'), { mode: 0o600 });
    run('mpop', ['-C', file, 'office']);
    const inbox = join(home, 'mails', 'new');
    const mails = readdirSync(inbox).map((name) => readFileSync(join(inbox, name), 'latin1'));
    expect(mails.sort()).toEqual([SNOW, LARGE].map((raw) => raw.replaceAll('\r\n', '\n')).sort());
    expect(listed()).toEqual([]);
  });
});
