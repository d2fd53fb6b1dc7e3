import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { boot } from '../../../src/firmware/boot/bootloader.ts';
import { requestUpdate } from '../../../src/firmware/boot/update-request.ts';
import { createFlashFile, withFlashFile } from '../../../src/firmware/flash/flash-file.ts';
import { perform, performAll } from '../../../src/firmware/flash/perform.ts';
import { writeSlot } from '../../../src/firmware/flash/write-region.ts';
import { bootConfig, image } from '../boot/given.ts';

function flashPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kadec21-flash-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'n2.flash');
}

it('goes on from the file after the process ended at any operation of a swap', () => {
  const path = flashPath();
  createFlashFile(path, bootConfig());
  withFlashFile(path, 'write', ({ flash, config }) => {
    performAll(flash, writeSlot(flash, config, 'slot0', image(1, 3000)));
    performAll(flash, writeSlot(flash, config, 'slot1', image(2, 5000)));
    performAll(flash, requestUpdate(flash, config, 'test'));
  });
  let ends = 0;
  for (let isWhole = false; !isWhole; ends += 1) {
    isWhole = withFlashFile(
      path,
      'write',
      ({ flash, config }) => perform(flash, boot(flash, config), { after: 12 }).isWhole,
    );
    // What is in memory is in the file.
    const kept = withFlashFile(path, 'read', ({ flash, config }) =>
      Buffer.from(flash.read(0, config.layout.size)),
    );
    expect(kept.equals(readFileSync(path))).toBe(true);
  }
  expect(ends).toBeGreaterThan(3);
  withFlashFile(path, 'read', ({ flash, config }) => {
    const report = performAll(flash, boot(flash, config));
    // Opened to read, the flash boots in memory only: the trial was not confirmed.
    expect(report).toMatchObject({ swapType: 'revert', image: { version: '1.0.0+0' } });
  });
  withFlashFile(path, 'read', ({ flash }) => {
    expect(Math.max(...flash.eraseCounts)).toBeGreaterThan(1);
  });
});
