import { describe, expect, it } from 'vitest';
import { AuNet } from '../../src/aunet/au-net.ts';
import { seededRandom } from '../../src/base/random.ts';
import { ms, seconds } from '../../src/base/units.ts';
import { inVirtualTime } from '../../src/base/virtual-time.ts';
import { EmulatedModule } from '../../src/modem/dce/emulated-module.ts';
import { type ModuleProfile, moduleProfileSchema } from '../../src/modem/module-profile.ts';
import { lteM } from '../../src/modem/profiles/3gpp.ts';
import { createMemoryLine } from '../../src/serial/memory-line.ts';

const profile: ModuleProfile = moduleProfileSchema.parse({
  ...lteM,
  pace: { registrationMs: 0, connectMs: 200 },
});

const wait = (duration: number) => new Promise((resolve) => setTimeout(resolve, duration));

/** @returns what the DTE hears of what it types, and of the calls that come */
function played(play: (auNet: AuNet, type: (text: string) => void) => Promise<void>): Promise<string> {
  const random = seededRandom(1);
  return inVirtualTime({ startAt: ms(Date.parse('2026-11-24T00:00:00Z')), random }, async () => {
    const auNet = new AuNet({ random });
    const { dte, dce } = createMemoryLine();
    let heard = '';
    dte.on('data', (bytes) => {
      heard += Buffer.from(bytes).toString('latin1');
    });
    dte.drive({ dtr: true, rts: true });
    new EmulatedModule(dce, { profile, radio: auNet });
    dte.write(Buffer.from('ATE0\r'));
    await wait(1000);
    heard = '';
    await play(auNet, (text) => dte.write(Buffer.from(text)));
    await auNet.close();
    return heard;
  });
}

describe('a call that the network places', () => {
  it('rings until the caller gives up', async () => {
    const heard = await played(async (auNet) => {
      expect([auNet.page(), auNet.page()]).toEqual([1, 0]);
      await wait(seconds(60));
    });
    expect(heard).toBe('\r\nRING\r\n'.repeat(5));
  });

  it.each([
    ['ATA', 'ATA\r', ''],
    ['S0', '', 'ATS0=2\r'],
  ])('is no data call: who answers (%s) hears NO CARRIER, and no ring more', async (_, answer, before) => {
    const heard = await played(async (auNet, type) => {
      type(before);
      await wait(500);
      auNet.page();
      await wait(seconds(7));
      type(answer);
      await wait(seconds(60));
    });
    expect(heard.replace('\r\nOK\r\n', '')).toBe(`${'\r\nRING\r\n'.repeat(2)}\r\nNO CARRIER\r\n`);
  });
});

it('a module knows the address of its call', async () => {
  const heard = await played(async (_, type) => {
    type('AT+CGDCONT=1,"IP","au.au-net.ne.jp"\r');
    await wait(500);
    type('ATD*99***1#\r');
    await wait(2000);
    type('+++');
    await wait(1500);
    type('AT+CGACT?;+CGPADDR=1\r');
    await wait(500);
    type('ATH\r');
    await wait(500);
    type('AT+CGACT?;+CGPADDR=1\r');
    await wait(500);
  });
  expect(heard).toMatch(/\+CGACT: 1,1\r\n\r\n\+CGPADDR: 1,"\d+\.\d+\.\d+\.\d+"\r\n/);
  expect(heard).toMatch(/\+CGACT: 1,0\r\n\r\n\+CGPADDR: 1,""\r\n/);
});
