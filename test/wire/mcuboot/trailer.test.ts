import { describe, expect, it } from 'vitest';
import { readTrailer, trailerMagic, trailerOffsets } from '../../../src/wire/mcuboot/trailer.ts';

describe('the trailer of a slot', () => {
  it.each([
    [8, { imageOk: 24, copyDone: 32, swapInfo: 40, swapSize: 48 }],
    [16, { imageOk: 32, copyDone: 48, swapInfo: 64, swapSize: 80 }],
    [32, { imageOk: 64, copyDone: 96, swapInfo: 128, swapSize: 160 }],
  ])('has its fields where the bootloader looks for them, cells of %i bytes', (maxAlign, offsets) => {
    expect(trailerOffsets(maxAlign)).toEqual({ magic: 16, ...offsets });
  });

  it('has the alignment in its magic when that is more than 8', () => {
    expect(Buffer.from(trailerMagic(8)).toString('hex')).toBe('77c295f360d2ef7f3552500f2cb67980');
    expect(Buffer.from(trailerMagic(32)).toString('hex')).toBe('20002de15d29410b8d77679c110f1f8a');
  });

  it('reads what is set, erased and neither', () => {
    const slot = new Uint8Array(256).fill(0xff);
    expect(readTrailer(slot, 8)).toEqual({
      magic: 'unset',
      imageOk: 'unset',
      copyDone: 'unset',
      swapType: undefined,
      imageNumber: 0,
    });
    slot.set(trailerMagic(8), 240);
    slot[256 - 24] = 1;
    slot[256 - 32] = 7;
    slot[256 - 40] = 0x13;
    expect(readTrailer(slot, 8)).toEqual({
      magic: 'good',
      imageOk: 'set',
      copyDone: 'bad',
      swapType: 'permanent',
      imageNumber: 1,
    });
    slot[255] = 0;
    expect(readTrailer(slot, 8)?.magic).toBe('bad');
    expect(readTrailer(slot.subarray(0, 20), 8)).toBeUndefined();
  });
});
