/** Captures of `kadec21 send --pcap`, as Wireshark's dissectors read them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuNetOptions } from '../../src/aunet/au-net.ts';
import { ms } from '../../src/base/units.ts';
import { loadMeasurements } from '../../src/config/measurements.ts';
import { loadSettings } from '../../src/config/settings.ts';
import { releaseOf } from '../../src/firmware/releases.ts';
import { moduleProfiles } from '../../src/modem/profiles.ts';
import { sendThroughWorld } from '../../src/scenario/send-data-mail.ts';
import { pppCapture } from '../../src/serial/ppp-capture.ts';
import { LineCapture } from '../../src/serve/line-capture.ts';
import { fixture, kadec21 } from '../cli/kadec21.ts';
import { atStation, mailOfNow, moduleCalled, taskOn, unitCalled } from '../serve/given.ts';
import { MemoryOffer } from '../serve/memory-offer.ts';
import { decodedByPython, expectedCsv, measurementsFile } from './decoded-mail.ts';
import { type DeviceChoice, writeSettings } from './device-settings.ts';
import { reasonToSkip } from './programs.ts';
import { complaintsOf, type Frame, framesOf, has, mailsIn, valuesOf } from './tshark.ts';

const reason = reasonToSkip('captures', { tshark: 'tshark', python3: 'python3' });

const account = { user: 'logger@north-one.example', password: 'snow-depth' };
const server = { host: 'mail.north-one.example' };
const northOne = { from: 'moshiri@north-one.example', to: ['office@north-one.example'] };

const folder = mkdtempSync(join(tmpdir(), 'kadec21-captures-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string) => join(folder, name);

const settingsFile = (name: string, choice: Pick<DeviceChoice, 'module' | 'server' | 'auth'>) =>
  writeSettings(path(`${name}.json`), { ...northOne, ...choice });

async function captureOf(
  name: string,
  ...args: readonly string[]
): Promise<{ pcap: string; status: unknown }> {
  const pcap = path(`${name}.pcapng`);
  const { status } = await kadec21('send', '--quiet', '--pcap', pcap, ...args);
  return { pcap, status };
}

/** With a carrier that the command line has no option for. */
async function captureWithCarrier(
  settingsPath: string,
  carrier: Pick<AuNetOptions, 'authentication'>,
): Promise<string> {
  const settings = await loadSettings(settingsPath);
  const module = moduleProfiles.find(({ name }) => name === settings.module);
  if (module === undefined) {
    throw new Error(`there is no module ${settings.module}`);
  }
  const blocks: Uint8Array[] = [];
  const run = await sendThroughWorld(
    {
      settings,
      module,
      release: releaseOf(settings),
      measurements: await loadMeasurements(measurementsFile),
      patience: ms(0),
      trace: undefined,
      tap: pppCapture((octets) => blocks.push(octets)),
    },
    { at: ms(Date.parse('2012-03-01T06:00:00+09:00')), seed: 1, ...carrier },
  );
  expect(run.isDelivered).toBe(true);
  const pcap = path('carrier.pcapng');
  writeFileSync(pcap, Buffer.concat(blocks));
  return pcap;
}

const inClear = { server: { ...server, tls: 'off' }, auth: { mechanism: 'cram-md5', ...account } } as const;
const wholeMail = ['EHLO', 'AUTH', 'MAIL', 'RCPT', 'DATA', 'QUIT'];
/** The first word of each command line; what only tshark's dissector takes for one is left out. */
const commandsOf = (frames: readonly Frame[]) =>
  valuesOf(frames, 'command').flatMap(
    (line) => /^(EHLO|STARTTLS|AUTH|MAIL|RCPT|DATA|QUIT|RSET)\b/.exec(line)?.[1] ?? [],
  );
const withTcp = (frame: Frame) => has(frame, 'tcp');
const sent = ({ direction }: Frame) => direction === '0';

describe.skipIf(reason !== undefined)('tshark', () => {
  describe.each([
    ['LTE', '3gpp', '2024-05-01'],
    ['cdma2000', 'dual-band', '2012-03-01'],
  ])('reads a delivery over %s in clear', (_, module, at) => {
    let pcap = '';
    let frames: Frame[] = [];
    beforeAll(async () => {
      const settings = settingsFile(module, { ...inClear, module });
      const run = await captureOf(module, '--settings', settings, '--data', measurementsFile, '--at', at);
      expect(run.status).toBe(0);
      pcap = run.pcap;
      frames = framesOf(pcap);
    });

    it('and complains of nothing: no checksum, no malformed frame, no retransmission', () => {
      expect(complaintsOf(frames)).toEqual([]);
      // 1: good.
      const tcp = frames.filter(withTcp);
      expect(tcp.length).toBeGreaterThan(40);
      expect(tcp.filter(({ ipChecksum, tcpChecksum }) => ipChecksum !== '1' || tcpChecksum !== '1')).toEqual(
        [],
      );
      expect(valuesOf(frames, 'udpChecksum')).toEqual(['1', '1']);
      for (const anomaly of ['retransmission', 'duplicate', 'lost', 'outOfOrder'] as const) {
        expect(valuesOf(frames, anomaly)).toEqual([]);
      }
    });

    it.each(['lcp', 'chap', 'ipcp', 'dns', 'tcp', 'smtp'])('with %s in both directions', (protocol) => {
      const of = frames.filter((frame) => has(frame, protocol));
      expect(new Set(of.map(({ direction }) => direction))).toEqual(new Set(['0', '1']));
    });

    it('with nothing else on the line', () => {
      const known = ['lcp', 'chap', 'ipcp', 'dns', 'tcp'];
      expect(frames.filter((frame) => !known.some((protocol) => has(frame, protocol)))).toEqual([]);
    });

    it('and follows PPP from the first request to the last acknowledgement', () => {
      expect(valuesOf(frames, 'chap')).toEqual(['1', '2', '3']);
      const lcp = frames.filter((frame) => has(frame, 'lcp')).map((frame) => [frame.lcp, frame.direction]);
      // RFC 1661 §5: 1 Configure-Request, 5 Terminate-Request, 6 Terminate-Ack.
      expect(lcp.at(0)).toEqual(['1', '0']);
      expect(lcp.slice(-2)).toEqual([
        ['5', '0'],
        ['6', '1'],
      ]);
    });

    it('and follows SMTP, each command as expected, the password unreadable', () => {
      expect(commandsOf(frames)).toEqual(wholeMail);
      const replies = valuesOf(frames, 'reply').filter((code, index, all) => code !== all[index - 1]);
      expect(replies).toEqual(['220', '250', '334', '235', '250', '354', '250', '221']);
      const octets = readFileSync(pcap).toString('latin1');
      for (const secret of [account.password, Buffer.from(account.password).toString('base64')]) {
        expect(octets.includes(secret)).toBe(false);
      }
    });

    it('and puts the mail together, with its attachment and its Japanese', () => {
      const [mail, ...others] = mailsIn(pcap);
      expect(others).toEqual([]);
      // To tshark's dissector the answer to CRAM-MD5's challenge is a first line of data.
      const decoded = decodedByPython(Buffer.from(mail ?? '').subarray(mail?.indexOf('From:')));
      expect(decoded.defects).toEqual([]);
      expect(decoded.subject).toBe('[母子里] 流量 0.45m3/s (2004/03/01 00:00)');
      expect(
        decoded.attachments.map(({ base64 }) => Buffer.from(base64, 'base64').equals(expectedCsv())),
      ).toEqual([true]);
    });

    it('and would see one octet that is changed', () => {
      const octets = readFileSync(pcap);
      octets.write('m', octets.indexOf('MAIL FROM:'), 'latin1');
      const spoiled = path('spoiled.pcapng');
      writeFileSync(spoiled, octets);
      expect(complaintsOf(framesOf(spoiled))).toEqual([expect.stringContaining('Bad checksum')]);
    });
  });

  it('reads what a module with a stack of its own says on the air side, and nothing on the line', async () => {
    const settings = settingsFile('sockets', { ...inClear, module: '3gpp-sockets' });
    const { pcap, status } = await captureOf('sockets', '--settings', settings, '--at', '2024-05-01');
    expect(status).toBe(0);
    const frames = framesOf(pcap);
    expect(complaintsOf(frames)).toEqual([]);
    expect(new Set(valuesOf(frames, 'interface'))).toEqual(
      new Set(["module (air side: PPP between the module's own stack and the network)"]),
    );
    for (const protocol of ['lcp', 'chap', 'ipcp', 'dns', 'tcp', 'smtp']) {
      const of = frames.filter((frame) => has(frame, protocol));
      expect(new Set(of.map(({ direction }) => direction)), protocol).toEqual(new Set(['0', '1']));
    }
    expect(commandsOf(frames)).toEqual(wholeMail);
    expect(mailsIn(pcap)).toHaveLength(1);
  });

  it('reads the lines of a station, and the air side of the modules with a stack of their own', async () => {
    const blocks: Uint8Array[] = [];
    const capture = new LineCapture((octets) => blocks.push(octets));
    const module = moduleCalled('3gpp-sockets');
    await atStation(
      async (side) => {
        const offers = ['one', 'two'].map((name) => {
          const offer = new MemoryOffer();
          side.addLine(name, offer);
          return offer;
        });
        for (const offer of offers) {
          const settings = { ...unitCalled('moshiri-01'), module: module.name };
          const task = taskOn(settings, () => offer.open());
          for (const mail of mailOfNow(settings)) {
            task.queue(mail);
          }
          expect((await task.run()).report?.blockedBy).toBeUndefined();
        }
      },
      { module, capture },
    );
    const pcap = path('station.pcapng');
    writeFileSync(pcap, Buffer.concat(blocks));
    const frames = framesOf(pcap);
    expect(complaintsOf(frames)).toEqual([]);
    const air = (name: string) => frames.filter((frame) => frame.interface.startsWith(`${name} (air side`));
    for (const name of ['one', 'two']) {
      expect(commandsOf(air(name))).toEqual(wholeMail);
      expect(frames.some((frame) => frame.interface === `${name} (AT commands)`)).toBe(true);
      expect(frames.some((frame) => frame.interface === name)).toBe(false);
    }
    expect(mailsIn(pcap)).toHaveLength(2);
  });

  it('reads PAP where the carrier has no CHAP', async () => {
    const settings = settingsFile('pap', { ...inClear, module: 'dual-band' });
    const frames = framesOf(await captureWithCarrier(settings, { authentication: 'pap' }));
    expect(complaintsOf(frames)).toEqual([]);
    // RFC 1334 §2.2: 1 Authenticate-Request, 2 Authenticate-Ack.
    expect(frames.filter((frame) => has(frame, 'pap')).map(({ pap, papUser }) => [pap, papUser])).toEqual([
      ['1', 'au@au-win.ne.jp'],
      ['2', ''],
    ]);
    expect(valuesOf(frames, 'chap')).toEqual([]);
    expect(commandsOf(frames)).toEqual(wholeMail);
  });

  it('reads STARTTLS, and behind it nothing but TLS', async () => {
    const settings = settingsFile('tls', { server, auth: { ...account } });
    const { pcap, status } = await captureOf('tls', '--settings', settings, '--at', '2024-05-01');
    expect(status).toBe(0);
    const frames = framesOf(pcap);
    expect(complaintsOf(frames)).toEqual([]);
    expect(commandsOf(frames)).toEqual(['EHLO', 'STARTTLS']);
    expect(valuesOf(frames, 'serverName')).toEqual([server.host]);
    const encrypted = frames.filter(({ tlsData }) => tlsData !== '');
    expect(encrypted.filter(sent).length).toBeGreaterThan(3);
    expect(encrypted.filter((frame) => !sent(frame)).length).toBeGreaterThan(3);
    expect(mailsIn(pcap)).toEqual([]);
  });

  it('reads what OP25B leaves: connection requests to port 25, one after the other, and no answer', async () => {
    const settings = fixture('settings/moshiri-as-shipped.yaml');
    const { pcap, status } = await captureOf('op25b', '--settings', settings, '--at', '2008-10-15');
    expect(status).toBe(1);
    const tcp = framesOf(pcap).filter(withTcp);
    expect(
      new Set(tcp.map(({ direction, tcpFlags, tcpPort }) => [direction, tcpFlags, tcpPort].join(' '))),
    ).toEqual(new Set(['0 0x0002 25']));
    // RFC 6298 §2.1, §5.5: the first time-out is a second, and it doubles.
    const pauses = tcp.slice(1).map(({ tcpDelta }) => Math.round(Number(tcpDelta)));
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32]);
  });

  it('reads the refusal of a wrong password, and no second try', async () => {
    const auth = { mechanism: 'cram-md5', user: account.user, password: 'kaze' } as const;
    const settings = settingsFile('wrong', { server: inClear.server, auth });
    const { pcap, status } = await captureOf(
      ...(['wrong', '--settings', settings, '--at', '2024-05-01', '--for', '30min'] as const),
    );
    expect(status).toBe(1);
    const frames = framesOf(pcap);
    expect(complaintsOf(frames)).toEqual([]);
    expect(commandsOf(frames)).toEqual(['EHLO', 'AUTH', 'QUIT']);
    expect(valuesOf(frames, 'reply').filter((code) => code === '535')).toHaveLength(1);
  });
});
