/** The driver against the emulated module: both read the same profile, and each is the other's test. */
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { ms } from '../../src/base/units.ts';
import { inVirtualTime } from '../../src/base/virtual-time.ts';
import { EmulatedModule } from '../../src/modem/dce/emulated-module.ts';
import { Modem, type ModemOptions } from '../../src/modem/modem.ts';
import type { ModuleProfile } from '../../src/modem/module-profile.ts';
import { moduleProfiles } from '../../src/modem/profiles.ts';
import { createMemoryLine } from '../../src/serial/memory-line.ts';
import { TestRadio } from './dce/test-radio.ts';
import { withoutSignals } from './scripted-module.ts';

interface Scene {
  readonly modem: Modem;
  readonly module: EmulatedModule;
  readonly radio: TestRadio;
  readonly trace: string[];
}

interface SceneOptions extends ModemOptions {
  readonly hasSignals?: boolean;
  readonly powered?: boolean;
}

function scene(
  profile: ModuleProfile,
  run: (scene: Scene) => Promise<void>,
  { hasSignals = true, powered = true, ...options }: SceneOptions = {},
): Promise<void> {
  return inVirtualTime({ startAt: ms(Date.UTC(2010, 5, 1)), random: seededRandom(1) }, async () => {
    const { dte, dce } = createMemoryLine(profile.line.baudRate);
    const radio = new TestRadio();
    const band = profile.bands[0] ?? 'bc3';
    radio.coverage = { service: 'home', band, signalDbm: -73, system: '12304' };
    const trace: string[] = [];
    const module = new EmulatedModule(dce, { profile, radio, powered });
    const modem = new Modem(hasSignals ? dte : withoutSignals(dte), profile, {
      trace: ({ direction, text }) => trace.push(`${direction} ${text}`),
      ...options,
    });
    await run({ modem, module, radio, trace });
    module.powerOff();
  });
}

const pause = (duration: number) => new Promise<void>((resolve) => setTimeout(resolve, duration));

const ways = moduleProfiles.flatMap((profile) => [
  { profile, name: profile.name, line: 'with signals', hasSignals: true },
  { profile, name: profile.name, line: 'without signals', hasSignals: false },
]);

describe.each(ways)('$name $line', ({ profile, hasSignals }) => {
  it('starts, finds service, dials twice and hangs up', () =>
    scene(
      profile,
      async ({ modem, radio }) => {
        expect(await modem.start()).toMatchObject({
          manufacturer: profile.identity.manufacturer,
          model: profile.identity.model,
          revision: profile.identity.revision,
        });
        const report = await modem.waitForService();
        expect(report).toMatchObject({ registered: 'home', signal: { dbm: -73 } });
        for (let dialled = 1; dialled <= 2; dialled += 1) {
          const call = await modem.dial();
          const received: string[] = [];
          call.on('data', (bytes) => received.push(Buffer.from(bytes).toString('latin1')));
          call.write(Buffer.from('~up~'));
          radio.call.say('~down~');
          await pause(100);
          expect(radio.call.text).toBe('~up~');
          expect(received.join('')).toBe('~down~');
          await call.escape();
          expect((await modem.radio()).registered).toBe('home');
          await call.resume();
          call.write(Buffer.from('~more~'));
          await pause(100);
          expect(radio.call.text).toBe('~up~~more~');
          await modem.hangUp();
          expect(radio.call.isHungUp).toBe(true);
        }
        await modem.close();
      },
      { hasSignals },
    ));

  it('notices that the network has ended the call', () =>
    scene(
      profile,
      async ({ modem, radio }) => {
        await modem.start();
        await modem.waitForService();
        const call = await modem.dial();
        const closed = new Promise<Error | undefined>((resolve) => call.on('close', resolve));
        radio.call.emit('close');
        expect(await closed).toMatchObject({ code: 'MODEM_CALL_LOST' });
        expect((await modem.dial()).isOpen).toBe(true);
        await modem.close();
      },
      { hasSignals },
    ));
});

describe.each(moduleProfiles)('$name', (profile) => {
  it('is found while it starts up', () =>
    scene(
      profile,
      async ({ modem, module }) => {
        module.powerOn();
        await modem.start();
        await modem.waitForService();
        await modem.close();
      },
      { powered: false },
    ));

  it('is set up again after a power cut in the middle of a call', () =>
    scene(profile, async ({ modem, module }) => {
      await modem.start();
      await modem.waitForService();
      const call = await modem.dial();
      const closed = new Promise<Error | undefined>((resolve) => call.on('close', resolve));
      module.powerOff();
      await pause(1000);
      module.powerOn();
      expect(await closed).toMatchObject({ code: expect.stringMatching(/MODEM_CALL_LOST|MODEM_RESET/) });
      await modem.start();
      await modem.waitForService();
      expect((await modem.dial()).isOpen).toBe(true);
      await modem.close();
    }));

  it('without cover is told as no service', () =>
    scene(profile, async ({ modem, radio }) => {
      await modem.start();
      radio.cover({ service: 'none' });
      await expect(modem.waitForService()).rejects.toMatchObject({ code: 'MODEM_NO_SERVICE' });
      await expect(modem.dial()).rejects.toMatchObject({ code: 'MODEM_NO_CARRIER' });
      await modem.close();
    }));

  it.each([
    ['5550000', 'MODEM_BUSY'],
    ['5557777', 'MODEM_NO_CARRIER'],
    ['5558888', 'MODEM_CALL_NOT_ANSWERED'],
    // S7 of the module is shorter than the driver's patience.
    ['5559999', 'MODEM_NO_CARRIER'],
  ])('dialling %s says %s', (number, code) =>
    scene(profile, async ({ modem }) => {
      await modem.start();
      await modem.waitForService();
      await expect(modem.dial(number)).rejects.toMatchObject({ code });
      expect((await modem.radio()).registered).toBe('home');
      await modem.close();
    }),
  );

  it('lets a dial be given up', () =>
    scene(profile, async ({ modem }) => {
      await modem.start();
      await modem.waitForService();
      const dialled = modem.dial('5559999').catch((error: unknown) => error);
      await pause(5000);
      await modem.hangUp();
      expect(await dialled).toMatchObject({ code: 'MODEM_DIAL_ABORTED' });
      expect((await modem.dial()).isOpen).toBe(true);
      await modem.close();
    }));
});
