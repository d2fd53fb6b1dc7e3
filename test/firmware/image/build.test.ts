import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { n2FlashLayout, regionAddress } from '../../../src/firmware/flash/layout.ts';
import { type BuildWishes, buildImageFile } from '../../../src/firmware/image/build.ts';
import { emulatedDeviceKey } from '../../../src/firmware/image/device-key.ts';
import { readImageFile } from '../../../src/firmware/image/image-source.ts';
import { openImage } from '../../../src/firmware/image/inspect.ts';
import { decodeSettingsRecord } from '../../../src/firmware/image/settings-record.ts';
import { verifyImage } from '../../../src/firmware/image/verify.ts';
import { releases } from '../../../src/firmware/releases.ts';
import { slotGeometry } from '../../../src/wire/mcuboot/slot-limits.ts';
import { ed25519Key, scratchFolder } from './given.ts';

const fixture = (path: string): string => new URL(`../../../fixtures/${path}`, import.meta.url).pathname;

describe('building an image', () => {
  it('from a release and settings gives an image that a bootloader takes and that says what is in it', async () => {
    const report = await build({ settings: fixture('settings/moshiri-2008.yaml') });
    const { bytes } = readImageFile(report.output);
    expect(verifyImage(bytes, { keys: [ed25519Key()] }).reasons).toEqual([]);
    const { inspected } = openImage(bytes, report.output);
    expect(inspected).toMatchObject({ version: '2.0.0+0', release: { version: '2.0' } });
    expect(inspected.settings?.document).toMatchObject({ mail: { server: { port: 587 } } });
    expect(readFileSync(report.output).includes('change-me')).toBe(false);
  });

  it('gives the same bytes again, and one signed byte string in every format', async () => {
    const shas = new Set<string>();
    const images = new Set<string>();
    for (const format of ['bin', 'bin', 'hex', 'srec', 'uf2'] as const) {
      const report = await build({ settings: fixture('settings/moshiri-2008.yaml'), format });
      shas.add(report.imageSha256);
      const { bytes } = readImageFile(report.output);
      images.add(Buffer.from(bytes.subarray(0, report.imageSize)).toString('hex'));
    }
    expect([shas.size, images.size]).toEqual([1, 1]);
  });

  it('of the description files that come along gives what the built-in releases give', async () => {
    for (const release of releases) {
      const version = {
        major: Number(release.version[0]),
        minor: Number(release.version[2]),
        revision: 1,
        build: 2,
      };
      const [one, other] = await Promise.all([
        build({ app: `release:${release.version}`, version }),
        build({ app: fixture(`images/release-${release.version}.json`), version }),
      ]);
      expect(one.imageSha256).toBe(other.imageSha256);
    }
  });

  it('puts slot and settings partition where a whole flash has them, without the bootloader', async () => {
    const report = await build({
      settings: fixture('settings/moshiri-2008.yaml'),
      format: 'hex',
      target: 'flash',
      trailer: 'confirmed',
    });
    const { bytes, base } = readImageFile(report.output);
    expect(base).toBe(regionAddress(n2FlashLayout, 'slot0'));
    const settingsAt = regionAddress(n2FlashLayout, 'settings') - (base ?? 0);
    const { settings } = openImage(bytes, report.output);
    expect(decodeSettingsRecord(bytes.subarray(settingsAt)).document).toEqual(settings?.document);
    expect(bytes[n2FlashLayout.regions.slot0.size - 24]).toBe(1);
  });

  it('says what will not work in the field', async () => {
    const report = await build({ app: 'release:1.4', settings: fixture('settings/moshiri-2008.yaml') });
    expect(report.warnings).toEqual([
      expect.stringContaining('the key of the emulated device'),
      'The settings are for firmware 2.0, the image holds 1.4.',
      'The firmware will not follow these settings: Comms firmware 1.4 sends mail to port 25 only, not to 587.',
    ]);
  });

  it('from HEX fills gaps with the erased value', async () => {
    const folder = scratchFolder();
    const app = join(folder, 'app.hex');
    writeFileSync(app, ':020000040802F0\n:0100000001FE\n:0100030002FA\n:00000001FF\n');
    const report = await build({ app, version: { major: 1, minor: 0, revision: 0, build: 0 } });
    const { bytes } = readImageFile(report.output);
    expect([...bytes.subarray(0x200, 0x204)]).toEqual([1, 0xff, 0xff, 2]);
  });
});

describe('a build that cannot be', () => {
  const version = { major: 1, minor: 0, revision: 0, build: 0 };

  it.each([
    [
      'a HEX file with a wrong checksum',
      ':0100000001FF\n:00000001FF\n',
      'PAYLOAD_MALFORMED',
      'line 1: checksum is FF',
    ],
    [
      'a HEX file with contradicting records',
      ':0100000001FE\n:0100000002FD\n:00000001FF\n',
      'PAYLOAD_MALFORMED',
      'line 2',
    ],
    ['a HEX file that is cut short', ':0100000001FE\n', 'PAYLOAD_MALFORMED', 'without an end-of-file'],
    [
      'a HEX file for two memories',
      ':0100000001FE\n:020000042000DA\n:0100000001FE\n:00000001FF\n',
      'PAYLOAD_UNUSABLE',
      'too far',
    ],
    ['a HEX file without data', ':00000001FF\n', 'PAYLOAD_UNUSABLE', 'no data'],
  ])('of %s leaves no file behind', async (_, text, code, message) => {
    const folder = scratchFolder();
    const app = join(folder, 'app.hex');
    writeFileSync(app, text);
    const output = join(folder, 'out.bin');
    const failure = build({ app, version, output });
    await expect(failure).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    expect(readdirSync(folder)).toEqual(['app.hex']);
  });

  it.each<[string, Partial<BuildWishes>, string]>([
    ['without a file to read', { app: '/nowhere/app.bin', version }, 'FILE_UNREADABLE'],
    ['of an unknown release', { app: 'release:9.9' }, 'FIRMWARE_UNKNOWN_RELEASE'],
    ['of a release under another version', { app: 'release:2.0', version }, 'USAGE'],
    ['with wrong settings', { settings: fixture('settings/wrong-port-type.yaml') }, 'FILE_INVALID'],
    ['into a folder that is not there', { output: '/nowhere/out.bin' }, 'FILE_NOT_WRITTEN'],
  ])('%s says so', async (_, wishes, code) => {
    await expect(build(wishes)).rejects.toMatchObject({ code });
  });

  it('of an image that is too large for the slot, at exactly the limit of the bootloader', async () => {
    const folder = scratchFolder();
    const app = join(folder, 'app.bin');
    const slot = slotGeometry({ slotSize: 0x20000, sectorSize: 0x1000, swapMode: 'move', align: 8 });
    const overhead = 0x200 + 144;
    writeFileSync(app, new Uint8Array(0x1e000 - overhead));
    expect(await build({ app, version, slot })).toMatchObject({ imageSize: 0x1e000 });
    writeFileSync(app, new Uint8Array(0x1e000 - overhead + 1));
    const output = join(folder, 'out.bin');
    await expect(build({ app, version, slot, output })).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
    expect(existsSync(output)).toBe(false);
  });

  it('for a unit with a communication card, which has no such flash', async () => {
    const folder = scratchFolder();
    const settings = join(folder, 'card.yaml');
    writeFileSync(
      settings,
      readFileSync(fixture('settings/moshiri-as-shipped.yaml'), 'utf8').replace(
        'KADEC21-KAZE-N2',
        'KADEC21-KAZE-N',
      ),
    );
    await expect(build({ app: 'release:1.4', settings })).rejects.toMatchObject({
      code: 'FIRMWARE_WRONG_BOARD',
    });
  });
});

let number = 0;

/** Builds release 2.0 for slot 0 of the N2 unless told otherwise. */
function build(wishes: Partial<BuildWishes>) {
  number += 1;
  const format = wishes.format ?? 'bin';
  return buildImageFile({
    app: 'release:2.0',
    key: ed25519Key(),
    deviceKey: emulatedDeviceKey(),
    slot: slotGeometry({ slotSize: 0x180000, sectorSize: 0x10000, swapMode: 'scratch', align: 8 }),
    layout: n2FlashLayout,
    target: 'slot0',
    trailer: 'none',
    output: join(scratchFolder(), `image-${number}.${format}`),
    format,
    image: { headerSize: 0x200 },
    ...wishes,
  });
}
