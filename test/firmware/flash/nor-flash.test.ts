import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flashLayout, layoutProblem, n2FlashLayout } from '../../../src/firmware/flash/layout.ts';
import { NorFlash } from '../../../src/firmware/flash/nor-flash.ts';
import { perform } from '../../../src/firmware/flash/perform.ts';

const layout = { ...flashLayout(), size: 4096, sectorSize: 1024, writeSize: 4 };
const write = (offset: number, ...data: number[]) =>
  ({ kind: 'write', offset, data: Uint8Array.from(data) }) as const;

describe('a NOR flash', () => {
  it('only clears bits', () => {
    const flash = new NorFlash({ layout });
    flash.perform(write(8, 0xf0, 0xff, 0xff, 0xff));
    flash.perform(write(8, 0x30, 0x00, 0xff, 0xff));
    expect([...flash.read(8, 4)]).toEqual([0x30, 0x00, 0xff, 0xff]);
    expect(() => flash.perform(write(8, 0x30, 0x01, 0xff, 0xff))).toThrow(
      /0x9 is not erased: 0x0 is there, 0x1/,
    );
    expect([...flash.read(8, 4)]).toEqual([0x30, 0x00, 0xff, 0xff]);
  });

  it('erases whole sectors and counts them', () => {
    const flash = new NorFlash({ layout });
    flash.perform(write(1020, 0, 0, 0, 0));
    flash.perform(write(1024, 0, 0, 0, 0));
    flash.perform({ kind: 'erase', offset: 1024 });
    expect([...flash.read(1020, 8)]).toEqual([0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    expect([...flash.eraseCounts]).toEqual([0, 1, 0, 0]);
    expect(() => flash.perform({ kind: 'erase', offset: 512 })).toThrow(
      expect.objectContaining({ code: 'FLASH_UNALIGNED' }),
    );
  });

  it('writes whole units inside the flash', () => {
    const flash = new NorFlash({ layout });
    expect(() => flash.perform(write(2, 0, 0, 0, 0))).toThrow(
      expect.objectContaining({ code: 'FLASH_UNALIGNED' }),
    );
    expect(() => flash.perform(write(4, 0))).toThrow(expect.objectContaining({ code: 'FLASH_UNALIGNED' }));
    expect(() => flash.perform(write(4096, 0, 0, 0, 0))).toThrow(
      expect.objectContaining({ code: 'FLASH_OUT_OF_RANGE' }),
    );
    expect(() => flash.read(-4, 4)).toThrow(expect.objectContaining({ code: 'FLASH_OUT_OF_RANGE' }));
  });

  it('holds what was written last to any erased place', () => {
    const unit = fc.record({ unit: fc.nat(1023), byte: fc.nat(255), erases: fc.boolean() });
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 60 }), (operations) => {
        const flash = new NorFlash({ layout });
        const model = new Uint8Array(4096).fill(0xff);
        for (const { unit: at, byte, erases } of operations) {
          const sector = Math.floor((at * 4) / 1024) * 1024;
          if (erases) {
            flash.perform({ kind: 'erase', offset: sector });
            model.fill(0xff, sector, sector + 1024);
          } else {
            const data = [0, 1, 2, 3].map((index) => byte & (model[at * 4 + index] ?? 0));
            flash.perform(write(at * 4, ...data));
            model.set(data, at * 4);
          }
        }
        expect(flash.read(0, 4096)).toEqual(model);
      }),
    );
  });

  it('does half of a write when the power goes in the middle of it', () => {
    const flash = new NorFlash({ layout });
    const steps = function* () {
      yield write(0, 1, 1, 1, 1, 2, 2, 2, 2);
    };
    expect(perform(flash, steps(), { after: 0, isTorn: true })).toEqual({ isWhole: false, operations: 0 });
    expect([...flash.read(0, 8)]).toEqual([1, 1, 1, 1, 0xff, 0xff, 0xff, 0xff]);
  });
});

describe('the layout', () => {
  it('of the N2 is the documented one', () => {
    expect(layoutProblem(n2FlashLayout)).toBeUndefined();
    expect(n2FlashLayout.regions).toEqual({
      bootloader: { offset: 0, size: 0x20000 },
      slot0: { offset: 0x20000, size: 0x180000 },
      slot1: { offset: 0x1a0000, size: 0x180000 },
      scratch: { offset: 0x320000, size: 0x10000 },
      settings: { offset: 0x330000, size: 0x20000 },
      outbox: { offset: 0x350000, size: 0xb0000 },
    });
  });

  it.each([
    [{ slotSize: 1000 }, /no whole number of sectors/],
    [{ slotSize: 0x200000 }, /outbox/],
    [{ writeSize: 3 }, /write size/],
    [{ size: 0x8000_0000 }, /size/],
    [{ sectorSize: 0 }, /./],
  ])('with %o is refused', (wishes, why) => {
    expect(layoutProblem(flashLayout(wishes))).toMatch(why);
  });
});
