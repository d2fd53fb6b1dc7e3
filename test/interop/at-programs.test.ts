/**
 * Programs that drive modems, on a pty with the emulated module at its other end: chat, minicom's runscript, gammu,
 * wvdial and wvdialconf, ModemManager. What counts is what the programs say.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Station } from './at-programs/station.ts';
import { reasonToSkip } from './programs.ts';

const noChat = reasonToSkip('chat', { chat: 'ppp' });
const noRunscript = reasonToSkip('minicom scripts', { runscript: 'minicom' });
const noGammu = reasonToSkip('gammu', { gammu: 'gammu' });
const noWvdial = reasonToSkip('wvdial', { wvdial: 'wvdial', pppd: 'ppp' });
const noModemManager =
  reasonToSkip('ModemManager', {
    ModemManager: 'modemmanager',
    mmcli: 'modemmanager',
    'dbus-daemon': 'dbus-daemon',
    '/usr/lib/polkit-1/polkitd': 'polkitd',
    unshare: 'util-linux',
  }) ?? reasonAgainstNamespaces();

/** ModemManager wants a name that /sys knows, which takes a /dev of its own. */
function reasonAgainstNamespaces(): string | undefined {
  const reason =
    spawnSync('unshare', ['-m', 'true']).status !== 0
      ? 'no mount namespaces here (needs root)'
      : existsSync('/sys/class/tty/ttyS0')
        ? undefined
        : '/sys knows no ttyS0';
  if (reason !== undefined) {
    process.stderr.write(`left out: ModemManager: ${reason}\n`);
  }
  return reason;
}

let station: Station;
afterEach(() => station.close());

describe.skipIf(noChat !== undefined)('chat', () => {
  const dial = (number: string, context = '') =>
    station.runOnLine(
      `chat -v -S -t 10 ABORT BUSY ABORT 'NO CARRIER' ABORT ERROR TIMEOUT 10 '' ATZ OK 'AT&F&C1&D2S0=0E0' OK ${context} 'ATD${number}' CONNECT ''`,
    );

  it('gets as far as CONNECT', async () => {
    station = await Station.open('3gpp');
    const { status, text } = await dial('*99***1#', `'AT+CGDCONT=1,"IP","au.au-net.ne.jp"' OK`);
    expect(status, text).toBe(0);
    expect(station.auNet.counters.call).toBe(1);
  });

  it('is told NO CARRIER where the module has no service, and ends with its number among the ABORT strings', async () => {
    station = await Station.open('existing');
    // Today no cell of the old frequencies is on the air. ABORT string 2 is exit status 5.
    expect((await dial('*99**24#')).status).toBe(5);
  });

  it('is told ERROR for what the module does not know', async () => {
    station = await Station.open('existing');
    expect((await station.runOnLine(`chat -t 5 ABORT ERROR '' ATE0 OK AT+BOGUS OK`)).status).toBe(4);
  });
});

describe.skipIf(noRunscript !== undefined)('a minicom script', () => {
  it('reads the signal and dials', async () => {
    station = await Station.open('3gpp');
    const script = join(station.folder, 'dial.script');
    const step = (send: string, wanted: string) =>
      `send "${send}"\nexpect {\n  "${wanted}" break\n  timeout 5 goto failed\n}\n`;
    writeFileSync(
      script,
      `timeout 60\n${step('AT', 'OK')}${step('AT+CSQ', '+CSQ: 13,99')}${step('ATD*99#', 'CONNECT')}exit 0\nfailed:\nexit 7\n`,
    );
    expect((await station.runOnLine(`runscript ${script}`)).status).toBe(0);
  });
});

describe.skipIf(noGammu !== undefined)('gammu', () => {
  it('identifies the module, its network and its signal', async () => {
    station = await Station.open('3gpp');
    const settings = join(station.folder, 'gammurc');
    writeFileSync(settings, `[gammu]\ndevice = ${station.line}\nconnection = at115200\n`);
    const ask = (...args: readonly string[]) => station.run('gammu', ['-c', settings, ...args]);
    const identity = await ask('--identify');
    expect(identity.status, identity.text).toBe(0);
    expect(identity.text).toMatch(
      /Manufacturer +: NORTH ONE\nModel +: unknown \(LM-18\)\nFirmware +: LM18-1.00/,
    );
    expect(identity.text).toContain('490154203237518');
    const network = await ask('--networkinfo');
    expect(network.status, network.text).toBe(0);
    expect(network.text).toMatch(/Network state +: home network\nNetwork +: 440 50/);
    const monitor = await ask('--monitor', '1');
    expect(monitor.status, monitor.text).toBe(0);
    expect(monitor.text).toMatch(/Signal strength +: -87 dBm/);
  });
});

describe.skipIf(noWvdial !== undefined)('wvdial', () => {
  // WvStreams aborts now and then in its own task switching (wvtask.cc: stack_magic), with any modem.
  const TRIES = 12;
  const NOT_DECIDED = `WvStreams aborted ${TRIES} times in its own task switching: nothing was decided`;
  const isItsOwnFault = (text: string) => text.includes('WVTASK_MAGIC');

  it('dials, and hands the line to pppd', async ({ skip }) => {
    station = await Station.open('3gpp');
    const settings = join(station.folder, 'wvdial.conf');
    writeFileSync(
      settings,
      `[Dialer Defaults]\nModem = ${station.line}\nBaud = 115200\nInit1 = ATZ\nInit2 = ATQ0 V1 E1 S0=0 &C1 &D2 +FCLASS=0\n` +
        'Phone = *99***1#\nUsername = au\nPassword = au\nStupid Mode = 1\nCarrier Check = no\nAuto Reconnect = no\nDial Attempts = 1\n',
    );
    let text = '';
    for (let tries = 0; tries < TRIES && (tries === 0 || isItsOwnFault(text)); tries += 1) {
      ({ text } = await station.run('timeout', ['30', 'wvdial', '-C', settings]));
    }
    skip(isItsOwnFault(text), NOT_DECIDED);
    expect(text).toContain('--> Modem initialized.');
    expect(text).toMatch(/--> Carrier detected|--> Starting pppd/);
  });

  // wvdialconf looks at /dev only, by the names that serial ports have.
  const port = '/dev/ttyUSB97';
  const mayLink = process.getuid?.() === 0 && lstatSync(port, { throwIfNoEntry: false }) === undefined;

  it.skipIf(!mayLink)('wvdialconf finds the module, its rates and its init string', async ({ skip }) => {
    station = await Station.open('3gpp');
    const settings = join(station.folder, 'found.conf');
    symlinkSync(station.pty, port);
    try {
      let text = '';
      for (let tries = 0; tries < TRIES && (tries === 0 || isItsOwnFault(text)); tries += 1) {
        ({ text } = await station.run('timeout', ['60', 'wvdialconf', settings]));
      }
      skip(isItsOwnFault(text), NOT_DECIDED);
      expect(text).toContain(`Found a modem on ${port}.`);
    } finally {
      unlinkSync(port);
    }
    const found = readFileSync(settings, 'utf8');
    expect(found).toContain('Init2 = ATQ0 V1 E1 S0=0 &C1 &D2 +FCLASS=0');
    expect(found).toContain(`Modem = ${port}`);
    expect(found).toContain('Baud = 460800');
  });
});

describe.skipIf(noModemManager !== undefined)('ModemManager', () => {
  it('takes it for an LTE modem, enables, registers, connects and disconnects it', async () => {
    station = await Station.open('3gpp');
    const script = join(import.meta.dirname, 'at-programs/modem-manager.sh');
    const { text } = await station.run('unshare', ['-m', script, station.pty, 'au.au-net.ne.jp']);
    const part = (name: string) => text.split(`--- ${name}\n`)[1]?.split('\n--- ')[0] ?? '';
    expect(part('modem'), text).toMatch(/modem\.generic\.manufacturer +: NORTH ONE/);
    expect(part('modem')).toMatch(/modem\.3gpp\.imei +: 490154203237518/);
    expect(part('sim')).toMatch(/sim\.properties\.imsi +: 440500000000021/);
    expect(part('sim')).toMatch(/sim\.properties\.iccid +: 8981300000000000021/);
    expect(part('enable')).toContain('successfully enabled the modem');
    expect(part('registered')).toMatch(/modem\.3gpp\.registration-state +: home/);
    expect(part('registered')).toMatch(/modem\.3gpp\.operator-name +: KDDI/);
    expect(part('connect')).toContain('successfully connected the modem');
    expect(part('connected')).toMatch(/modem\.generic\.state +: connected/);
    expect(part('bearer')).toMatch(/bearer\.status\.connected +: yes/);
    expect(part('disconnect')).toContain('successfully disconnected all bearers');
    expect(part('disable')).toContain('successfully disabled the modem');
  });
});
