/** MCUboot images and what looks at them: verify, inspect, compare. */
import assert from 'node:assert/strict';
import { diffImages } from '../../../src/firmware/image/diff.ts';
import { ImageError } from '../../../src/firmware/image/image-error.ts';
import { type OpenedImage, openImage } from '../../../src/firmware/image/inspect.ts';
import { inspectionLines } from '../../../src/firmware/image/inspect-text.ts';
import { decodeSettingsRecord } from '../../../src/firmware/image/settings-record.ts';
import { verifyImage } from '../../../src/firmware/image/verify.ts';
import { decodeCbor, encodeCbor } from '../../../src/wire/cbor.ts';
import { decodeImageHeader } from '../../../src/wire/mcuboot/header.ts';
import { readImageLayout } from '../../../src/wire/mcuboot/image-layout.ts';
import { readTlvEntries } from '../../../src/wire/mcuboot/tlv.ts';
import { readTrailer } from '../../../src/wire/mcuboot/trailer.ts';
import { images, key, settingsRecords, slot } from '../corpus/images.ts';
import { type FuzzTarget, pick } from '../target.ts';

/** One entry for each four bytes, of some hundred characters each. */
const TEXT_PER_BYTE = 60;

/** What a typed error stops; any other is a finding. */
function orImageError<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof ImageError, error instanceof Error ? error.stack : String(error));
    return undefined;
  }
}

function inspect(octets: Uint8Array): OpenedImage | undefined {
  const opened = orImageError(() => openImage(octets, 'fuzz'));
  if (opened !== undefined) {
    const text = JSON.stringify(opened.inspected) + inspectionLines(opened.inspected).join('\n');
    assert.ok(text.length < 20_000 + TEXT_PER_BYTE * octets.length, `${text.length} characters are told`);
  }
  return opened;
}

const good = openImage(images[0] ?? new Uint8Array(0), 'good');

export const mcuboot: FuzzTarget = {
  name: 'mcuboot',
  corpus: images,
  dictionary: ['\x3d\xb8\xf3\x96', '\x07\x69', '\x08\x69', '\x77\xc2\x95\xf3\x60\xd2\xef\x7f', 'K21S'],
  attempt({ octets, random }) {
    decodeImageHeader(octets);
    readImageLayout(octets);
    readTlvEntries(octets, 0, octets.length);
    readTrailer(octets, pick(random, [8, 16, 32]));
    for (const options of [{}, { keys: [key], slot, securityCounter: 5 }]) {
      const { reasons } = verifyImage(octets, options);
      assert.ok(reasons.length <= 16 + octets.length / 4, `${reasons.length} reasons`);
    }
    const opened = inspect(octets);
    if (opened !== undefined) {
      diffImages(opened, good);
    }
  },
};

export const settingsRecord: FuzzTarget = {
  name: 'settings-record',
  corpus: [...settingsRecords, ...settingsRecords.map((record) => record.subarray(24))],
  dictionary: [
    '\x9f',
    '\xbf',
    '\x5f',
    '\xff',
    '\x81',
    '\xa1',
    '\x1b\xff\xff\xff\xff\xff\xff\xff\xff',
    '\xfb',
  ],
  attempt({ octets }) {
    orImageError(() => decodeSettingsRecord(octets));
    const decoded = decodeCbor(octets);
    if (decoded.ok) {
      assert.deepEqual(decodeCbor(encodeCbor(decoded.value)), decoded);
    }
  },
};
