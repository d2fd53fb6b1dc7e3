/** Images, settings records and addressed files of the project's own writers. */
import { seededRandom } from '../../../src/base/random.ts';
import { buildImage } from '../../../src/firmware/image/build-image.ts';
import { encodeSettingsRecord, SETTINGS_TLV } from '../../../src/firmware/image/settings-record.ts';
import { padToSlot } from '../../../src/firmware/image/slot-image.ts';
import { joinPieces } from '../../../src/wire/hex-record/writer.ts';
import { encodeIntelHex } from '../../../src/wire/intel-hex.ts';
import { slotGeometry } from '../../../src/wire/mcuboot/slot-limits.ts';
import { encodeSRecord } from '../../../src/wire/s-record.ts';
import { encodeUf2 } from '../../../src/wire/uf2.ts';
import { ed25519Key } from '../../firmware/image/given.ts';

export const key = ed25519Key();
export const slot = slotGeometry({ slotSize: 8192, sectorSize: 1024, swapMode: 'scratch', align: 8 });
const body = seededRandom(3).octets(700);
const version = { major: 2, minor: 1, revision: 0, build: 7 };

export const settingsRecords: readonly Uint8Array[] = [
  encodeSettingsRecord({
    schemaVersion: 2,
    generation: 3,
    deviceKeyId: new Uint8Array(8),
    document: { mail: { to: ['a@test.local'], port: 587, sealed: Uint8Array.of(1, 2, 3) }, on: true },
  }),
];

const small = buildImage({ body, version, headerSize: 32, key, securityCounter: 5 });
const withSettings = buildImage({
  body: Buffer.from('{"name":"kadec21-n2","version":"2.1.0"}'),
  version,
  headerSize: 512,
  key,
  securityCounter: 5,
  bootRecord: 'APP',
  dependencies: [{ image: 0, version }],
  protectedTlvs: settingsRecords.map((value) => ({ type: SETTINGS_TLV, value })),
});

export const images: readonly Uint8Array[] = [
  small,
  withSettings,
  buildImage({ body, version, headerSize: 32 }),
  padToSlot(small, slot, 'confirmed'),
  padToSlot(withSettings, slot, 'test'),
];

const segments = [
  { address: 0, data: body },
  { address: 0x0800_fff0, data: body.subarray(0, 100) },
];
export const intelHexFiles: readonly Uint8Array[] = [
  joinPieces(encodeIntelHex(segments)),
  joinPieces(encodeIntelHex(segments, { recordBytes: 255, start: { kind: 'linear', address: 0x0800_0101 } })),
  Buffer.from(':10010000000102030405060708090A0B0C0D0E0F77\r\n:00000001FF\r\n'),
];
export const sRecordFiles: readonly Uint8Array[] = [
  joinPieces(encodeSRecord(segments)),
  joinPieces(encodeSRecord([{ address: 0x10, data: body }])),
];
export const uf2Files: readonly Uint8Array[] = [
  encodeUf2(segments),
  encodeUf2(segments, { familyId: 0x1234_5678 }),
];

/** A header of 52 or 64 bytes, two loadable segments, in either byte order. */
function elfFile(bits: 32 | 64, isLittle: boolean): Uint8Array {
  const [header, entry] = bits === 32 ? [52, 32] : [64, 56];
  const file = Buffer.alloc(header + 2 * entry + 128, 0x5a);
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const word = (at: number, value: number) =>
    bits === 32 ? view.setUint32(at, value, isLittle) : view.setBigUint64(at, BigInt(value), isLittle);
  file.set([0x7f, 0x45, 0x4c, 0x46, bits === 32 ? 1 : 2, isLittle ? 1 : 2, 1]);
  word(24, 0x0800_0101);
  word(bits === 32 ? 28 : 32, header);
  view.setUint16(bits === 32 ? 42 : 54, entry, isLittle);
  view.setUint16(bits === 32 ? 44 : 56, 2, isLittle);
  for (const index of [0, 1]) {
    const at = header + index * entry;
    view.setUint32(at, 1, isLittle);
    const width = bits / 8;
    const fields = bits === 32 ? at + 4 : at + 8;
    word(fields, header + 2 * entry + 64 * index);
    word(fields + width, 0x0800_0000 + 64 * index);
    word(fields + 2 * width, 0x0800_0000 + 64 * index);
    word(fields + 3 * width, 64);
    word(fields + 4 * width, 64);
  }
  return file;
}

export const elfFiles: readonly Uint8Array[] = [
  elfFile(32, true),
  elfFile(32, false),
  elfFile(64, true),
  elfFile(64, false),
];
