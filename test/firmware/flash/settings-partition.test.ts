import { expect, it } from 'vitest';
import { type PowerCut, perform } from '../../../src/firmware/flash/perform.ts';
import { storedSettings, storeSettings } from '../../../src/firmware/flash/settings-partition.ts';
import { bootConfig, flashWith, run } from '../boot/given.ts';
import { someSettings } from '../boot/some-settings.ts';

const named = (name: string) => ({ ...someSettings(), document: { device: { name } } });

it('keeps the settings before until the new ones are whole, at every power cut', () => {
  const flash = flashWith(bootConfig(), new Uint8Array(0));
  run(flash, storeSettings(flash, named('second')));
  expect(storedSettings(flash)).toMatchObject({ generation: 1, document: { device: { name: 'second' } } });
  const probe = flash.copy();
  const { operations } = perform(probe, storeSettings(probe, named('third')));
  for (let after = 0; after < operations; after += 1) {
    for (const cut of [{ after }, { after, isTorn: true }] satisfies PowerCut[]) {
      const cutFlash = flash.copy();
      perform(cutFlash, storeSettings(cutFlash, named('third')), cut);
      expect(storedSettings(cutFlash)?.document).toEqual({ device: { name: 'second' } });
      run(cutFlash, storeSettings(cutFlash, named('third')));
      expect(storedSettings(cutFlash)).toMatchObject({
        generation: 2,
        document: { device: { name: 'third' } },
      });
    }
  }
});
