/**
 * Debian's Postfix with Cyrus SASL, on loopback, with settings, queue, accounts and mailboxes of its own in a
 * temporary directory. Nothing of the machine's own Postfix is touched.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { run, withDaemons } from './programs.ts';

export const postfixPrograms = {
  postfix: 'postfix',
  saslpasswd2: 'sasl2-bin',
  openssl: 'openssl',
  python3: 'python3',
  ripmime: 'ripmime',
};

/** @returns why it cannot be run here although the programs are there */
export const reasonPostfixCannotRun = (): string | undefined =>
  process.getuid?.() === 0 ? undefined : 'Postfix starts as root only';

export const mailHost = 'mail.example.jp';
export const account = { user: 'logger@example.jp', password: 'snow-depth' };

/** What its ports differ in. */
const services = {
  /** STARTTLS, and AUTH only behind it. */
  submission: ['smtpd_tls_security_level=may', 'smtpd_tls_auth_only=yes'],
  submissions: ['smtpd_tls_wrappermode=yes', 'smtpd_tls_security_level=encrypt'],
  clear: ['smtpd_tls_security_level=none', 'smtpd_tls_auth_only=no'],
  /** What a server of 2003 was: no TLS, no AUTH, its own domain only. */
  old: ['smtpd_tls_security_level=none', 'smtpd_sasl_auth_enable=no'],
  small: ['smtpd_tls_security_level=may', 'smtpd_tls_auth_only=yes', 'message_size_limit=20000'],
} as const;

export type PostfixService = keyof typeof services;

export class Postfix {
  readonly directory: string;
  readonly authorityFile: string;
  readonly ports: Readonly<Record<PostfixService, number>>;
  readonly #child: ChildProcess;
  /** Lines of the log that are of no interest any more. */
  #forgotten = 0;

  private constructor(directory: string, ports: Record<PostfixService, number>, child: ChildProcess) {
    this.directory = directory;
    this.authorityFile = join(directory, 'ca.pem');
    this.ports = ports;
    this.#child = child;
  }

  /** Resolves when it answers on its ports. */
  static async start(): Promise<Postfix> {
    const directory = mkdtempSync(join(tmpdir(), 'kadec21-postfix-'));
    // Its processes run under several users.
    chmodSync(directory, 0o755);
    const ports = await freePorts();
    makeCertificates(directory);
    makeAccounts(directory);
    writeConfiguration(directory, ports);
    const child = spawn('postfix', ['-c', join(directory, 'etc'), 'start-fg'], {
      env: withDaemons,
      stdio: 'ignore',
      // It ends by a signal to its whole process group, which must not be ours.
      detached: true,
    });
    const postfix = new Postfix(directory, ports, child);
    await postfix.#answers();
    return postfix;
  }

  get #text(): string {
    const file = join(this.directory, 'log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  /** What it has logged; lines come a moment after what they tell of. */
  get log(): readonly string[] {
    return this.#text.split('\n').slice(this.#forgotten);
  }

  /** Waits for a line of the log. @throws Error when it does not come */
  async logged(pattern: RegExp): Promise<string> {
    for (let tries = 0; tries < 100; tries += 1) {
      const line = this.log.find((text) => pattern.test(text));
      if (line !== undefined) {
        return line;
      }
      await pause();
    }
    throw new Error(`Postfix has not logged ${pattern}:\n${this.#text}`);
  }

  /** Forgets log and mails. */
  async reset(): Promise<void> {
    await pause();
    this.#forgotten = this.#text.split('\n').length - 1;
    rmSync(join(this.directory, 'mail'), { recursive: true });
    makeMailFolder(this.directory);
  }

  /** The mails in the mailbox, when there are so many. */
  async mails(count: number): Promise<Buffer[]> {
    const folder = join(this.directory, 'mail', 'office', 'new');
    const names = () => (existsSync(folder) ? readdirSync(folder) : []);
    for (let tries = 0; tries < 100 && names().length < count; tries += 1) {
      await pause();
    }
    return names().map((name) => readFileSync(join(folder, name)));
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null) {
      const exit = once(this.#child, 'exit');
      run('postfix', ['-c', join(this.directory, 'etc'), 'stop']);
      await exit;
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #answers(): Promise<void> {
    for (let tries = 0; tries < 100; tries += 1) {
      if (this.#child.exitCode !== null) {
        throw new Error(`Postfix has ended with ${this.#child.exitCode}:\n${this.#text}`);
      }
      const socket = connect({ host: '127.0.0.1', port: this.ports.old });
      try {
        await once(socket, 'data');
        return;
      } catch {
        await pause();
      } finally {
        socket.destroy();
      }
    }
    throw new Error(`Postfix does not answer:\n${this.#text}`);
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 100));

async function freePorts(): Promise<Record<PostfixService, number>> {
  const one = async (): Promise<number> => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    server.close();
    await once(server, 'close');
    return typeof address === 'object' && address !== null ? address.port : 0;
  };
  const ports = new Set<number>();
  while (ports.size < Object.keys(services).length) {
    ports.add(await one());
  }
  const [submission = 0, submissions = 0, clear = 0, old = 0, small = 0] = ports;
  return { submission, submissions, clear, old, small };
}

/** An authority, and what it says of the host. */
function makeCertificates(directory: string): void {
  const at = (name: string) => join(directory, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  run('openssl', [
    ...['req', '-x509', ...key, '-keyout', at('ca.key'), '-out', at('ca.pem')],
    ...['-days', '36500', '-subj', '/CN=Example authority'],
  ]);
  run('openssl', [
    ...['req', ...key, '-keyout', at('server.key'), '-out', at('server.csr')],
    ...['-subj', `/CN=${mailHost}`, '-addext', `subjectAltName=DNS:${mailHost},IP:127.0.0.1`],
  ]);
  run('openssl', [
    ...['x509', '-req', '-in', at('server.csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key')],
    ...['-CAcreateserial', '-copy_extensions', 'copy', '-days', '36500', '-out', at('server.pem')],
  ]);
}

function makeAccounts(directory: string): void {
  const [name = '', realm = ''] = account.user.split('@');
  const database = join(directory, 'sasldb2');
  run('saslpasswd2', ['-c', '-p', '-f', database, '-u', realm, name], account.password);
  // Debian's Postfix looks for it below its configuration, whatever cyrus_sasl_config_path says.
  mkdirSync(join(directory, 'etc', 'sasl'), { recursive: true });
  writeFileSync(
    join(directory, 'etc', 'sasl', 'smtpd.conf'),
    [
      'pwcheck_method: auxprop',
      'auxprop_plugin: sasldb',
      'mech_list: PLAIN LOGIN CRAM-MD5',
      `sasldb_path: ${database}`,
    ].join('\n'),
  );
  run('chown', ['postfix', database]);
}

function makeMailFolder(directory: string): void {
  mkdirSync(join(directory, 'mail'));
  run('chown', ['nobody', join(directory, 'mail')]);
}

function writeConfiguration(directory: string, ports: Record<PostfixService, number>): void {
  const at = (name: string) => join(directory, name);
  for (const folder of ['queue', 'data']) {
    mkdirSync(at(folder));
  }
  makeMailFolder(directory);
  run('chown', ['postfix', at('data')]);
  writeFileSync(at('mailboxes'), 'office@example.jp office/\n');
  writeFileSync(at('recipients'), 'later@example.jp 450 4.2.1 Mailbox disabled for a while\n');
  writeFileSync(
    at('etc/main.cf'),
    `
compatibility_level = 3.6
queue_directory = ${at('queue')}
data_directory = ${at('data')}
maillog_file = ${at('log')}
maillog_file_prefixes = ${directory}
myhostname = ${mailHost}
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 192.0.2.1/32
default_transport = error:no mail leaves this machine
virtual_mailbox_domains = example.jp
virtual_mailbox_base = ${at('mail')}
virtual_mailbox_maps = texthash:${at('mailboxes')}
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_transport = virtual
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
smtpd_sasl_security_options = noanonymous
smtpd_tls_cert_file = ${at('server.pem')}
smtpd_tls_key_file = ${at('server.key')}
smtpd_tls_loglevel = 1
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access texthash:${at('recipients')}
`,
  );
  const inet = Object.entries(services).map(
    ([name, options]) =>
      `127.0.0.1:${ports[name as PostfixService]} inet n - n - - smtpd ${options.map((option) => `-o ${option}`).join(' ')}`,
  );
  writeFileSync(
    at('etc/master.cf'),
    `${inet.join('\n')}
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`,
  );
}
