import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { ms } from '../../../src/base/units.ts';
import { inVirtualTime } from '../../../src/base/virtual-time.ts';
import { EmulatedModule, type EmulatedModuleOptions } from '../../../src/modem/dce/emulated-module.ts';
import { type ModuleProfile, moduleProfileSchema } from '../../../src/modem/module-profile.ts';
import { lteM } from '../../../src/modem/profiles/3gpp.ts';
import { existing } from '../../../src/modem/profiles/existing.ts';
import { createMemoryLine } from '../../../src/serial/memory-line.ts';
import { TestRadio } from './test-radio.ts';

const lte = moduleProfileSchema.parse(lteM);
const cdma = moduleProfileSchema.parse(existing);

const OK = '\r\nOK\r\n';
const CONNECT = '\r\nCONNECT 115200\r\n';

function wait(duration: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, duration));
}

/** A DTE at the other end of a line to a module. */
function bench(profile: ModuleProfile = lte, options: Partial<EmulatedModuleOptions> = {}) {
  const { dte, dce } = createMemoryLine(profile.line.baudRate);
  const radio = new TestRadio();
  const trace: string[] = [];
  const module = new EmulatedModule(dce, {
    profile,
    radio,
    trace: (event) => trace.push(`${event.layer} ${event.direction} ${event.text}`),
    ...options,
  });
  let heard = '';
  dte.on('data', (bytes) => {
    heard += Buffer.from(bytes).toString('latin1');
  });
  const send = (text: string) => dte.write(Buffer.from(text, 'latin1'));
  /** What has come since the last time. */
  const hear = () => {
    const text = heard;
    heard = '';
    return text;
  };
  const ask = async (text: string, duration = 100) => {
    send(`${text}\r`);
    await wait(duration);
    return hear();
  };
  /** A module that is registered and does not echo. */
  const ready = async () => {
    await wait(5000);
    await ask('ATE0');
  };
  return { dte, dce, radio, module, trace, send, hear, ask, ready };
}

const inTime = (run: () => Promise<void>) =>
  inVirtualTime({ startAt: ms(Date.UTC(2008, 8, 30)), random: seededRandom(1) }, run);

describe('the emulated module on a line', () => {
  it('answers, registers, dials, carries data and hangs up', () =>
    inTime(async () => {
      const { ask, send, hear, ready, radio, dte, trace } = bench();
      await ready();
      expect(await ask('AT+CGMM;+CEREG?;+CSQ')).toBe(
        `\r\nLM-18\r\n\r\n+CEREG: 0,1\r\n\r\n+CSQ: 20,99\r\n${OK}`,
      );
      expect(await ask('ATD*99***1#', 2000)).toBe(CONNECT);
      expect(dte.signals).toMatchObject({ dcd: true });
      send('ping');
      radio.call.say('pong');
      await wait(10);
      expect(radio.call.text).toBe('ping');
      expect(hear()).toBe('pong');
      await wait(1000);
      send('+++');
      await wait(1100);
      expect(hear()).toBe(OK);
      expect(await ask('ATH')).toBe(OK);
      expect(radio.call.isHungUp).toBe(true);
      expect(dte.signals).toMatchObject({ dcd: false });
      expect(trace).toEqual([
        'radio - home: lte-b18, -73 dBm, system 44050',
        'radio > dial *99***1#',
        'radio < connected at 115200 bit/s',
        'radio > hang up',
      ]);
    }));

  it('takes its time to answer, to register and to connect, as its profile says', () =>
    inTime(async () => {
      const { ask, send, hear } = bench({
        ...lte,
        pace: { answerMs: 20, bootMs: 0, registrationMs: 3000, connectMs: 1500 },
      });
      send('ATE0\r');
      await wait(19);
      expect(hear()).toBe('ATE0\r');
      await wait(1);
      expect(hear()).toBe(OK);
      expect(await ask('AT+CREG=1;+CREG?')).toBe(`\r\n+CREG: 1,2\r\n${OK}`);
      await wait(2900);
      expect(hear()).toBe('\r\n+CREG: 1\r\n');
      expect(await ask('ATD*99#', 1519)).toBe('');
      await wait(1);
      expect(hear()).toBe(CONNECT);
    }));

  it('boots: deaf at first, then with its messages', () =>
    inTime(async () => {
      const { module, ask, hear, dte } = bench(lte, { powered: false });
      expect(module.power).toBe('off');
      await wait(0);
      expect(dte.signals).toMatchObject({ cts: false, dsr: false });
      expect(await ask('AT')).toBe('');
      module.powerOn();
      expect(module.power).toBe('booting');
      expect(await ask('AT', 3900)).toBe('');
      await wait(100);
      expect(hear()).toBe('\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n\r\nAPP RDY\r\n');
      expect(module.power).toBe('on');
      expect(dte.signals).toMatchObject({ cts: true, dsr: true });
    }));

  it('forgets settings without power, save those that were stored', () =>
    inTime(async () => {
      const { module, ask, ready } = bench();
      await ready();
      await ask('ATS0=5&W');
      await ask('ATS0=6');
      module.powerOff();
      module.powerOn();
      await wait(5000);
      expect(await ask('ATS0?')).toContain('005');
    }));

  it('starts anew at AT+CFUN=1,1, after its OK', () =>
    inTime(async () => {
      const { ask, hear, ready, radio } = bench();
      await ready();
      expect(await ask('AT+CFUN=1,1')).toBe(OK);
      expect(radio.attachments[0]?.isDetached).toBe(true);
      await wait(5000);
      expect(hear()).toContain('APP RDY');
      expect(radio.attachments).toHaveLength(2);
    }));
});

describe('a call of the emulated module', () => {
  it('is lost when the network ends it: octets, then circuit 109, then NO CARRIER', () =>
    inTime(async () => {
      const { ask, hear, ready, radio, dte } = bench();
      await ready();
      await ask('ATD*99#', 2000);
      const order: string[] = [];
      dte.on('data', (bytes) => order.push(Buffer.from(bytes).toString()));
      dte.on('signals', ({ dcd }) => order.push(dcd ? 'DCD on' : 'DCD off'));
      radio.call.say('bye');
      radio.call.emit('close', new Error('The cell is gone.'));
      await wait(10);
      expect(order).toEqual(['bye', 'DCD off', '\r\nNO CARRIER\r\n']);
      expect(hear()).toBe('bye\r\nNO CARRIER\r\n');
    }));

  it('is hung up by DTR', () =>
    inTime(async () => {
      const { ask, hear, ready, radio, dte } = bench();
      await ready();
      await ask('ATD*99#', 2000);
      dte.drive({ dtr: false });
      await wait(10);
      expect(radio.call.isHungUp).toBe(true);
      expect(hear()).toBe('\r\nNO CARRIER\r\n');
    }));

  it('is hung up with the power, and the receiver is off', () =>
    inTime(async () => {
      const { module, ask, hear, ready, radio } = bench();
      await ready();
      await ask('ATD*99#', 2000);
      module.powerOff();
      expect(radio.call.isHungUp).toBe(true);
      expect(radio.attachment.isDetached).toBe(true);
      radio.call.say('too late');
      await wait(1000);
      expect(hear()).toBe('');
      expect(await ask('AT')).toBe('');
    }));

  it('ends with the line', () =>
    inTime(async () => {
      const { ask, ready, radio, dce, module } = bench();
      await ready();
      await ask('ATD*99#', 2000);
      await dce.close();
      expect(radio.call.isHungUp).toBe(true);
      expect(module.power).toBe('off');
    }));

  it('is given up when the DTE aborts it', () =>
    inTime(async () => {
      const { ask, ready, radio } = bench();
      await ready();
      expect(await ask('ATD5559999', 1000)).toBe('');
      expect(await ask('')).toBe('\r\nNO CARRIER\r\n');
      expect(radio.attachment.givenUp).toBe(1);
    }));

  it('holds the DTE back with circuit 106 while the network takes no more', () =>
    inTime(async () => {
      const { ask, send, ready, radio, dte } = bench();
      await ready();
      await ask('ATD*99#', 2000);
      radio.call.hasRoom = false;
      send('x');
      await wait(1);
      expect(dte.signals).toMatchObject({ cts: false });
      radio.call.emit('drain');
      await wait(1);
      expect(dte.signals).toMatchObject({ cts: true });
    }));

  it('waits while the DTE holds circuit 105 off, within bounds and without losing order', () =>
    inTime(async () => {
      const { ask, hear, ready, radio, dte } = bench();
      await ready();
      await ask('ATD*99#', 2000);
      dte.drive({ rts: false });
      await wait(1);
      for (let count = 0; count < 300; count += 1) {
        radio.call.say(`${count}`.padStart(1024, '.'));
      }
      radio.call.emit('close');
      await wait(10);
      expect(hear()).toBe('');
      expect(dte.signals).toMatchObject({ dcd: true });
      dte.drive({ rts: true });
      await wait(10);
      const heard = hear();
      expect(heard).toHaveLength(128 * 1024 + '\r\nNO CARRIER\r\n'.length);
      expect(heard.endsWith('127\r\nNO CARRIER\r\n')).toBe(true);
      expect(dte.signals).toMatchObject({ dcd: false });
    }));
});

describe('the line of the emulated module', () => {
  it('finds the rate of a DTE that speaks at another', () =>
    inTime(async () => {
      const { ask, hear, ready, dte } = bench();
      await ready();
      dte.setBaudRate(19_200);
      let tries = 0;
      do {
        hear();
        tries += 1;
      } while ((await ask('AT')) !== OK && tries < 10);
      expect(tries).toBeLessThanOrEqual(lte.line.autobaud.length);
    }));

  it('changes its rate after the OK to +IPR', () =>
    inTime(async () => {
      const { ask, ready, dte } = bench();
      await ready();
      expect(await ask('AT+IPR=9600')).toBe(OK);
      dte.setBaudRate(9600);
      expect(await ask('AT+IPR?')).toBe(`\r\n+IPR: 9600\r\n${OK}`);
    }));

  it('stays at its fixed rate, whatever it hears', () =>
    inTime(async () => {
      const { ask, ready, dte } = bench();
      await ready();
      await ask('AT+IPR=9600');
      dte.setBaudRate(115_200);
      for (let count = 0; count < 10; count += 1) {
        expect(await ask('AT')).not.toBe(OK);
      }
    }));
});

describe('a CDMA module', () => {
  it('shows its registration in the manner of IS-707', () =>
    inTime(async () => {
      const { ask, radio } = bench(cdma);
      radio.cover({ service: 'home', band: 'bc3', signalDbm: -73, system: '12304' });
      await wait(5000);
      await ask('ATE0');
      expect(await ask('AT+CAD?;+CSS?;+CSQ?')).toBe(
        `\r\n+CAD: 1\r\n\r\n+CSS: 0,A,12304\r\n\r\n+CSQ: 20,99\r\n${OK}`,
      );
      radio.cover({ service: 'none' });
      expect(await ask('AT+CAD?;+CSS?;+CSQ')).toBe(
        `\r\n+CAD: 0\r\n\r\n+CSS: 0,Z,99999\r\n\r\n+CSQ: 99,99\r\n${OK}`,
      );
      expect(await ask('ATD*99**24#')).toBe('\r\nNO CARRIER\r\n');
    }));
});
