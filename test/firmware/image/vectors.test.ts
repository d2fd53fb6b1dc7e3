import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { VectorFamily } from '../../vectors/family.ts';
import { hex } from '../../vectors/hex.ts';
import { mcuboot } from '../../vectors/mcuboot.ts';

/** The differences of a file, `name: difference`, and how many vectors it has. */
async function run(family: VectorFamily, document: unknown) {
  const differences: string[] = [];
  let vectors = 0;
  for await (const { name, difference } of family.run(document)) {
    vectors += 1;
    if (difference !== undefined) differences.push(`${name}: ${difference}`);
  }
  return { vectors, differences };
}

const read = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(new URL(`../../../fixtures/vectors/${name}`, import.meta.url), 'utf8'));

describe('vectors of HEX and S-record files', () => {
  it('are all read and written as they say', async () => {
    const document = await read('hex.json');
    expect(hex.recognises(document)).toBe(true);
    expect(mcuboot.recognises(document)).toBe(false);
    expect(await run(hex, document)).toEqual({ vectors: 25, differences: [] });
  });

  it.each([
    [{ error: 'checksum' }, 'accepted, expected error checksum'],
    [{ segments: [] }, 'segments are'],
    [{ segments: [], wanted: 1 }, "does not know 'wanted'"],
    [{ segments: [], tools: { hexdump: 'ok' } }, 'unknown outcome of a tool'],
    [{}, 'neither segments nor error'],
    [{ segments: [{ address: 0, hex: '01' }], warning: 'overlap_same' }, 'warning is undefined'],
    [{ segments: [{ address: 0, hex: '01' }], start: { pc: 1 } }, 'unknown form of start'],
  ])('fail when they expect something else: %j', async (expected, difference) => {
    const text = ':0100000001FE\n:00000001FF\n';
    const { differences } = await run(hex, { read: [{ id: 'x', format: 'ihex', text, ...expected }] });
    expect(differences).toEqual([expect.stringContaining(difference)]);
  });
});

describe('vectors of imgtool', () => {
  it('are built here byte for byte', async () => {
    const document = await read('mcuboot-imgtool.json');
    expect(mcuboot.recognises(document)).toBe(true);
    expect(await run(mcuboot, document)).toEqual({ vectors: 25, differences: [] });
  });

  it('fail on an option or a field that the runner does not know', async () => {
    const seedHex = '00'.repeat(32);
    const vectors = [
      { id: 'option', bodyLength: 0, options: ['--encrypt', 'k.pem'], sha256: '' },
      { id: 'field', bodyLength: 0, options: [], sha256: '', wanted: 1 },
      { id: 'nothing', bodyLength: 0, options: [] },
    ];
    const { differences } = await run(mcuboot, { seedHex, vectors });
    expect(differences).toEqual([
      'option: this runner does not know the option --encrypt',
      "field: this runner does not know 'wanted'",
      'nothing: no sha256 expected',
    ]);
  });
});
