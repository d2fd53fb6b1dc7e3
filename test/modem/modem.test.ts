import { expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import type { TraceEvent } from '../../src/base/trace.ts';
import { ms, seconds } from '../../src/base/units.ts';
import { inVirtualTime } from '../../src/base/virtual-time.ts';
import { Modem, type ModemOptions } from '../../src/modem/modem.ts';
import type { ModuleProfile } from '../../src/modem/module-profile.ts';
import { profileByName } from '../../src/modem/profiles.ts';
import { CDMA_REPLIES, LTE_REPLIES, ScriptedModule, type ScriptedOptions } from './scripted-module.ts';

const profileOf = (name: string): ModuleProfile => {
  const profile = profileByName(name);
  if (profile === undefined) {
    throw new Error(`no profile ${name}`);
  }
  return profile;
};

interface Scene {
  readonly module: ScriptedModule;
  readonly modem: Modem;
  readonly trace: TraceEvent[];
}

function scene(
  run: (scene: Scene) => Promise<void>,
  script: Partial<ScriptedOptions> = {},
  options: ModemOptions & { readonly profile?: string } = {},
): Promise<void> {
  return inVirtualTime({ startAt: ms(Date.UTC(2008, 9, 1)), random: seededRandom(1) }, async () => {
    const module = new ScriptedModule({ replies: CDMA_REPLIES, ...script });
    const trace: TraceEvent[] = [];
    const modem = new Modem(module.dte, profileOf(options.profile ?? 'existing'), {
      trace: (event) => trace.push(event),
      random: seededRandom(1),
      ...options,
    });
    await run({ module, modem, trace });
  });
}

const pause = (duration: number) => new Promise<void>((resolve) => setTimeout(resolve, duration));

it('starts the module, waits for service, dials, carries octets and hangs up', () =>
  scene(async ({ modem, module }) => {
    expect(await modem.start()).toEqual({
      manufacturer: 'KONA SYSTEM',
      model: 'CM-800',
      revision: 'CM800-1.07',
      serialNumber: '8A0C41D2',
      capabilities: '+CIS707-A, +MS, +ES, +DS',
    });
    expect(await modem.waitForService()).toEqual({
      registered: 'home',
      signal: { dbm: -73, raw: '20,99' },
      band: 'bc3',
      system: '12304',
    });
    const call = await modem.dial();
    expect(call.connectText).toBe('115200');
    const received: string[] = [];
    call.on('data', (bytes) => received.push(Buffer.from(bytes).toString('latin1')));
    call.write(Buffer.from('~to~'));
    module.send('~from~');
    await pause(10);
    expect(module.data).toBe('~to~');
    expect(received.join('')).toBe('~from~');
    await modem.hangUp();
    expect(module.hasCall).toBe(false);
    expect(call.isOpen).toBe(false);
  }));
