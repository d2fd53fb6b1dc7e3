/**
 * A real pppd dials into `kadec21 serve`, with the recipe that docs/serve.md gives, from a machine of its own. Behind it
 * are Linux's TCP/IP and curl: nothing on the device's side is ours. tshark reads the capture, while it grows too.
 */
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Caller } from './caller.ts';
import { reasonToSkip as reasonWithoutMachine } from './pppd-machine.ts';
import { reasonToSkip } from './programs.ts';
import { complaintsOf, type Frame, framesOf, has, textLinesOf, valuesOf } from './tshark.ts';

const noMachine = reasonWithoutMachine();
if (noMachine !== undefined) {
  process.stderr.write(`left out: pppd through kadec21 serve: ${noMachine}\n`);
}
const noTshark = reasonToSkip('captures of kadec21 serve', { tshark: 'tshark' });

const LOGGER = 'logger@north-one.example:snow-depth';
const OFFICE = 'office@north-one.example:river-watch';
const HOST = 'mail.north-one.example';
/** Shell: lines of text, of so many random octets. */
const RANDOM_LINES = `f() { head -c $1 /dev/urandom | base64 | sed 's/$/\\r/'; }; f`;
const START_MS = 240_000;

let caller: Caller;
const start = (...args: readonly string[]) =>
  beforeAll(async () => {
    caller = await Caller.start(...args);
  }, START_MS);
const stop = () => afterAll(() => caller?.stop(), START_MS);

const submission = (mail: string, to = 'office@north-one.example') =>
  `--url smtp://${HOST}:587 --ssl-reqd -u ${LOGGER} --mail-from logger@north-one.example ` +
  `--mail-rcpt ${to} -T ${mail}`;

/** Linux resets what curl closes without having read all; eight connections on 64 kbit/s wait longer than the RTO. */
const defectsIn = (frames: readonly Frame[]) =>
  complaintsOf(frames).filter((complaint) => !/Connection reset|out-of-order/.test(complaint));

describe.skipIf(noMachine !== undefined)('pppd', { timeout: 240_000 }, () => {
  const files = ['--pcap', 'line.pcapng', '--trace', 'trace.txt', '--maildir', 'mails'];
  start('--at', '2008-10-15T09:00', ...files);
  stop();

  it('dials by the recipe of the guide, and is let in by CHAP', async () => {
    await caller.dial();
    expect(await caller.isUp()).toMatch(/inet addr:100\.64\.0\.\d+ +P-t-P:192\.0\.2\.1/);
    const { text } = await caller.machine.run('route -n; cat /etc/resolv.conf; cat /tmp/pppd.log');
    expect(text).toMatch(/^0\.0\.0\.0 .* ppp0$/m);
    expect(text).toContain('nameserver 192.0.2.53\nnameserver 192.0.2.54');
    expect(text).toContain('CHAP authentication succeeded');
    await caller.stationSays(/PPP up: au@au-win\.ne\.jp \(100\.64\.0\.\d+\)/);
  });

  it('reaches the gateway and the name service', async () => {
    expect((await caller.machine.run('ping -c 3 -W 5 192.0.2.1')).text).toContain('3 packets received');
    expect((await caller.machine.run(`nslookup ${HOST} 192.0.2.53`)).text).toMatch(
      /Address: 203\.0\.113\.25/,
    );
    expect((await caller.machine.run('nslookup nobody.example')).text).toContain('NXDOMAIN');
  });

  it('is told by ICMP that an address is nobody, and stopped on the way to port 25', async () => {
    const to = async (address: string) => (await caller.machine.run(`nc -w 20 ${address}`)).text;
    expect(await to('203.0.113.77 80')).toContain('No route to host');
    expect(await to(`${HOST} 80`)).toContain('Connection refused');
    // curl(1): 28, the time is over.
    const { status } = await caller.machine.run('curl -sS --max-time 6 smtp://kona.co.jp:25/');
    expect(status).toBe(28);
    await caller.stationSays(/OP25B stops TCP to kona\.co\.jp:25/);
  });

  it('sends a mail on 587 with STARTTLS and AUTH: shown, kept, and told over HTTP', async () => {
    const mail = ['From: <logger@north-one.example>', 'Subject: snow', '', '.3 cm', '..', '.'];
    await caller.machine.put('/tmp/snow.eml', mail.join('\n'));
    await caller.machine.run("sed -i 's/$/\\r/' /tmp/snow.eml");
    const waits = caller.ask('/mails?wait=60s&count=1');
    expect(await caller.curl(submission('/tmp/snow.eml'))).toEqual({ status: 0, text: '' });
    expect(await waits).toMatchObject({
      complete: true,
      mails: [{ subject: 'snow', port: 587, tls: true, from: '<logger@north-one.example>' }],
    });
    await caller.stationSays(/mail \w+ <logger@north-one\.example> to <office@north-one\.example> "snow"/);
    const [name = '', ...others] = readdirSync(caller.path('mails/new'));
    expect(others).toEqual([]);
    expect(readFileSync(caller.path(`mails/new/${name}`), 'latin1')).toContain('\n.3 cm\n..\n.\n');
  });

  it('is told that its mail password is wrong', async () => {
    const wrong = submission('/tmp/snow.eml').replace('snow-depth', 'rain');
    // curl(1): 67, the user name, password, or similar was not accepted.
    expect(await caller.curl(wrong)).toEqual({ status: 67, text: expect.stringContaining('denied') });
    await caller.stationSays('sign-in at mail.north-one.example:587 refused: logger@north-one.example');
  });

  it('fetches it by POP3, in TLS', async () => {
    const { status, text } = await caller.curl(`-u ${OFFICE} pop3s://${HOST}/1`);
    expect(status).toBe(0);
    expect(text).toContain('Subject: snow');
    expect(text).toMatch(/\.3 cm\r?\n\.\.\r?\n\.\r?\n$/);
  });

  it('has several connections at once', async () => {
    await caller.machine.run(`(printf 'Subject: part\\r\\n\\r\\n'; ${RANDOM_LINES} 20000) > /tmp/part.eml`);
    const names = Array.from({ length: 8 }, (_, index) => `post${index}`);
    const one = (name: string) =>
      `curl -sS --cacert /tmp/ca.pem --max-time 80 ${submission('/tmp/part.eml', `${name}@north-one.example`)} &`;
    const ran = await caller.machine.run(`${names.map(one).join(' ')} ping -c 5 192.0.2.1 | tail -2; wait`);
    expect(ran.text).toContain('5 packets received');
    expect(await caller.ask('/mails?wait=60s&count=8&subject=part')).toMatchObject({ complete: true });
    for (const name of names) {
      expect(caller.said).toMatch(new RegExp(`mail \\w+ <logger@\\S+ to <${name}@\\S+ "part"`));
    }
  });

  it.skipIf(noTshark !== undefined)('can be watched by tshark while the capture grows', () => {
    const frames = framesOf(caller.path('line.pcapng'));
    expect(frames.length).toBeGreaterThan(300);
    expect(defectsIn(frames)).toEqual([]);
  });

  it('says goodbye, and its session is over', async () => {
    const from = caller.said.length;
    await caller.hangUp();
    await caller.stationSays(/PPP down: au@au-win\.ne\.jp/, from);
  });

  it('dials again and is let in by PAP', async () => {
    await caller.dial('refuse-chap');
    await caller.isUp();
    await caller.hangUp();
    expect((await caller.machine.run('cat /tmp/pppd.log')).text).toContain('PAP authentication succeeded');
  });

  it.each([
    ['CHAP', []],
    ['PAP', ['refuse-chap']],
  ])('is refused by %s with a wrong password: the log tells whom and why', async (_, more) => {
    const from = caller.said.length;
    await caller.dial('password rain', ...more);
    expect(await caller.hasEnded()).toMatch(/authentication failed/i);
    await caller.stationSays(/PPP refused: au@au-win\.ne\.jp .*password/, from);
    // The module is in command state again.
    const { text } = await caller.machine.run(
      "stty -F /dev/ttyS1 raw -echo; cat /dev/ttyS1 > /tmp/heard & sleep 1; printf 'AT\\r' > /dev/ttyS1; sleep 2; kill $!; cat /tmp/heard",
    );
    expect(text).toContain('OK');
  });

  it('dials again by itself when the carrier is lost, and when the network ends the session', async () => {
    await caller.dial('persist', 'holdoff 1', 'maxfail 0', 'lcp-echo-interval 2', 'lcp-echo-failure 2');
    await caller.isUp();
    const from = caller.said.length;
    await caller.ask('/faults', 'POST', { spec: 'ppp-terminate:after=2s@times=1' });
    await caller.ask('/faults', 'POST', { spec: 'lost-call@times=1' });
    await caller.stationSays(/(PPP down.*PPP up.*){2}/s, from);
    await caller.succeeds('ping -c 1 -W 2 192.0.2.1');
    await caller.hangUp();
  });

  describe.skipIf(noTshark !== undefined)('as tshark reads the capture', () => {
    let frames: Frame[] = [];
    beforeAll(() => {
      frames = framesOf(caller.path('line.pcapng'));
    }, START_MS);

    it('has nothing malformed, and no bad checksum', () => {
      expect(defectsIn(frames)).toEqual([]);
      // What ICMP sends back has the checksums of another packet.
      const tcp = frames.filter((frame) => has(frame, 'tcp') && !has(frame, 'icmp'));
      expect(tcp.filter(({ ipChecksum, tcpChecksum }) => ipChecksum !== '1' || tcpChecksum !== '1')).toEqual(
        [],
      );
      expect(new Set(valuesOf(frames, 'udpChecksum'))).toEqual(new Set(['1']));
    });

    it.each(['lcp', 'pap', 'chap', 'ipcp', 'ccp', 'icmp', 'dns', 'tcp', 'smtp', 'tls'])(
      'speaks %s in both directions',
      (protocol) => {
        const of = frames.filter((frame) => has(frame, protocol));
        expect(new Set(of.map(({ direction }) => direction))).toEqual(new Set(['0', '1']));
      },
    );

    it('shows the AT commands as text', () => {
      const lines = textLinesOf(caller.path('line.pcapng'));
      expect(lines).toContain('ATZ');
      expect(lines).toContain('ATD*99**24#');
      expect(lines.some((line) => line.startsWith('CONNECT'))).toBe(true);
      expect(lines).toContain('NO CARRIER');
    });
  });
});

describe.skipIf(noMachine !== undefined)('pppd over LTE', { timeout: 400_000 }, () => {
  start('--module', '3gpp', '--at', '2024-05-01T09:00');
  stop();

  it('carries megabytes both ways', async () => {
    await caller.dial(
      'user user@au.au-net.ne.jp',
      `connect '/usr/sbin/chat -t 60 "" ATZ OK ATD*99***1# CONNECT ""'`,
    );
    await caller.isUp();
    await caller.machine.run(`(printf 'Subject: year\\r\\n\\r\\n'; ${RANDOM_LINES} 1500000) > /tmp/year.eml`);
    const before = performance.now();
    expect(await caller.curl(submission('/tmp/year.eml'))).toEqual({ status: 0, text: '' });
    const sent = performance.now();
    const fetching = `-u ${OFFICE} pop3://${HOST}/1 --ssl-reqd -o /tmp/year.back`;
    expect(await caller.curl(fetching)).toEqual({ status: 0, text: '' });
    const fetched = performance.now();
    const { text } = await caller.machine.run(
      'md5sum < /tmp/year.eml; md5sum < /tmp/year.back; wc -c < /tmp/year.eml',
    );
    const [out, back, size] = text.trim().split('\n');
    expect(back).toBe(out);
    expect(Number(size)).toBeGreaterThan(2_000_000);
    const rate = (ms: number) => `${Math.round(Number(size) / ms)} kB/s`;
    process.stderr.write(`${size} octets: out at ${rate(sent - before)}, back at ${rate(fetched - sent)}\n`);
  });
});
