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
  return {
    dte,
    radio,
    module,
    trace,
    send: (text: string) => dte.write(Buffer.from(text, 'latin1')),
    /** What has come since the last time. */
    hear: () => {
      const text = heard;
      heard = '';
      return text;
    },
    async ask(text: string, duration = 100) {
      dte.write(Buffer.from(`${text}\r`, 'latin1'));
      await wait(duration);
      const answer = heard;
      heard = '';
      return answer;
    },
  };
}

const inTime = (run: () => Promise<void>) =>
  inVirtualTime({ startAt: ms(Date.UTC(2008, 8, 30)), random: seededRandom(1) }, run);

describe('the emulated module on a line', () => {
  it('answers, registers, dials, carries data and hangs up', () =>
    inTime(async () => {
      const { ask, send, hear, radio, dte } = bench();
      await wait(5000);
      expect(await ask('ATE0')).toBe('ATE0\r\r\nOK\r\n');
      expect(await ask('AT+CGMM;+CEREG?;+CSQ')).toBe(
        '\r\nLM-18\r\n\r\n+CEREG: 0,1\r\n\r\n+CSQ: 20,99\r\n\r\nOK\r\n',
      );
      expect(await ask('ATD*99***1#', 2000)).toBe('\r\nCONNECT 115200\r\n');
      expect(dte.signals).toMatchObject({ dcd: true });
      send('ping');
      radio.call.say('pong');
      await wait(10);
      expect(radio.call.text).toBe('ping');
      expect(hear()).toBe('pong');
      await wait(1000);
      send('+++');
      await wait(1100);
      expect(hear()).toBe('\r\nOK\r\n');
      expect(await ask('ATH')).toBe('\r\nOK\r\n');
      expect(radio.call.isHungUp).toBe(true);
      expect(dte.signals).toMatchObject({ dcd: false });
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
        '\r\n+CAD: 1\r\n\r\n+CSS: 0,A,12304\r\n\r\n+CSQ: 20,99\r\n\r\nOK\r\n',
      );
      radio.cover({ service: 'none' });
      expect(await ask('AT+CAD?;+CSS?;+CSQ')).toBe(
        '\r\n+CAD: 0\r\n\r\n+CSS: 0,Z,99999\r\n\r\n+CSQ: 99,99\r\n\r\nOK\r\n',
      );
      expect(await ask('ATD*99**24#')).toBe('\r\nNO CARRIER\r\n');
    }));
});
