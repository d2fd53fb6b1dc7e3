import { describe, expect, it } from 'vitest';
import {
  geometryProblem,
  maxImageSize,
  type SwapMode,
  slotGeometry,
  trailerSize,
} from '../../../src/wire/mcuboot/slot-limits.ts';

const slot = (swapMode: SwapMode, align = 8) =>
  slotGeometry({ slotSize: 0x20000, sectorSize: 0x1000, swapMode, align });

describe('the largest image of a slot', () => {
  // Sizes at which a real bootloader changed its mind (mcuboot-format.md section 4).
  it.each([
    ['scratch', 8, 0x1f3d0],
    ['scratch', 16, 0x1e7b0],
    ['scratch', 32, 0x1cf00],
    ['move', 8, 0x1e000],
    ['overwrite', 8, 0x1ffd8],
  ] as const)('with %s and align %i is 0x%s', (swapMode, align, size) => {
    expect(maxImageSize(slot(swapMode, align))).toBe(size);
  });

  it('leaves room for the trailer that the format describes', () => {
    expect(trailerSize(slot('scratch'))).toBe(3120);
    expect(trailerSize(slot('scratch', 1))).toBe(128 * 3 + 32 + 16);
  });

  it('reckons with as many sectors as the slot has', () => {
    const large = slotGeometry({ slotSize: 0x100000, sectorSize: 0x1000, swapMode: 'scratch', align: 8 });
    expect(large.maxSectors).toBe(256);
    expect(geometryProblem(large)).toBeUndefined();
    expect(geometryProblem({ ...large, maxSectors: 128 })).toContain('256 sectors');
  });

  it.each([
    ['align', { align: 3 }],
    ['cells', { align: 16, maxAlign: 8 }],
    ['sectors that are no multiple of a cell', { sectorSize: 0x1004 }],
    ['a slot that is no whole number of sectors', { slotSize: 0x20800 }],
    ['a slot without room', { slotSize: 0x1000 }],
  ])('does not exist for a wrong %s', (_, wrong) => {
    const given = { slotSize: 0x20000, sectorSize: 0x1000, swapMode: 'move', align: 8, ...wrong } as const;
    expect(geometryProblem(slotGeometry(given))).toBeTypeOf('string');
  });
});
