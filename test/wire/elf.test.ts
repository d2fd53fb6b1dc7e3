import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeElf } from '../../src/wire/elf.ts';

describe('loadable segments of an ELF file', () => {
  it.each([
    [32, true],
    [32, false],
    [64, true],
    [64, false],
  ] as const)('are read at their load addresses (%i bit, little-endian %s)', (bits, littleEndian) => {
    const file = elfFile(bits, littleEndian, [
      { type: 1, address: 0x0800_0000, data: [1, 2, 3] },
      { type: 4, address: 0, data: [9, 9] },
      { type: 1, address: 0x2000_0000, data: [] },
      { type: 1, address: 0x0800_0100, data: [4] },
    ]);
    expect(decodeElf(file)).toEqual({
      ok: true,
      entry: 0x0800_0001,
      segments: [
        { address: 0x0800_0000, data: Uint8Array.of(1, 2, 3) },
        { address: 0x0800_0100, data: Uint8Array.of(4) },
      ],
    });
  });

  it('refuses segments that give an address two values, that are cut short, and a file without any', () => {
    const twice = elfFile(32, true, [
      { type: 1, address: 0, data: [1, 2] },
      { type: 1, address: 1, data: [3] },
    ]);
    expect(decodeElf(twice)).toMatchObject({ failure: { problem: 'overlap' } });
    const whole = elfFile(32, true, [{ type: 1, address: 0, data: [1, 2] }]);
    expect(decodeElf(whole.subarray(0, -1))).toMatchObject({ failure: { problem: 'truncated' } });
    expect(decodeElf(elfFile(32, true, []))).toMatchObject({ failure: { problem: 'no_segments' } });
    expect(decodeElf(Buffer.from('not an ELF file'))).toMatchObject({ failure: { problem: 'magic' } });
  });

  it('never throws, whatever byte is changed and wherever the file ends', () => {
    const file = elfFile(64, true, [{ type: 1, address: 0x0800_0000, data: [1, 2, 3] }]);
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(255), fc.nat(file.length), (at, value, end) => {
        const damaged = new Uint8Array(file);
        damaged[at] = value;
        expect(typeof decodeElf(damaged.subarray(0, end)).ok).toBe('boolean');
      }),
    );
  });
});

interface ProgramHeader {
  readonly type: number;
  readonly address: number;
  readonly data: readonly number[];
}

/** An ELF file with its program headers behind the ELF header and the data behind them. */
function elfFile(bits: 32 | 64, littleEndian: boolean, headers: readonly ProgramHeader[]): Uint8Array {
  const [headerBytes, programHeaderBytes] = bits === 32 ? [52, 32] : [64, 56];
  const dataAt = headerBytes + headers.length * programHeaderBytes;
  const file = new Uint8Array(dataAt + headers.reduce((sum, { data }) => sum + data.length, 0));
  const view = new DataView(file.buffer);
  const word = (at: number, value: number): void =>
    bits === 32
      ? view.setUint32(at, value, littleEndian)
      : view.setBigUint64(at, BigInt(value), littleEndian);
  file.set([0x7f, 0x45, 0x4c, 0x46, bits / 32, littleEndian ? 1 : 2, 1]);
  word(24, 0x0800_0001);
  word(bits === 32 ? 28 : 32, headerBytes);
  view.setUint16(bits === 32 ? 42 : 54, programHeaderBytes, littleEndian);
  view.setUint16(bits === 32 ? 44 : 56, headers.length, littleEndian);
  let at = dataAt;
  for (const [index, { type, address, data }] of headers.entries()) {
    const start = headerBytes + index * programHeaderBytes;
    view.setUint32(start, type, littleEndian);
    word(start + (bits === 32 ? 4 : 8), at);
    word(start + (bits === 32 ? 12 : 24), address);
    word(start + (bits === 32 ? 16 : 32), data.length);
    file.set(data, at);
    at += data.length;
  }
  return file;
}
