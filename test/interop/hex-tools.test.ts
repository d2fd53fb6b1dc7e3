/**
 * Intel HEX and S-record files between this software, objcopy (binutils) and srec_cat (srecord): the same bytes
 * whoever writes and whoever reads. On Debian: apt-get install binutils srecord.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HexDecoded } from '../../src/wire/hex-record/contents.ts';
import { joinPieces } from '../../src/wire/hex-record/writer.ts';
import { decodeIntelHex, encodeIntelHex } from '../../src/wire/intel-hex.ts';
import type { Segment } from '../../src/wire/memory-segments.ts';
import { decodeSRecord, encodeSRecord } from '../../src/wire/s-record.ts';

type Format = 'ihex' | 'srec';

interface Tool {
  readonly name: 'objcopy' | 'srec_cat';
  /** Reads a file of one format and writes it in the other. */
  convert(from: Format, input: string, to: Format, output: string): readonly string[];
}

const SREC_CAT_READS = { ihex: ['-intel'], srec: ['-motorola'] } as const;
/** Left to itself srec_cat writes S1 records that run past 64 KiB, which are refused here. */
const SREC_CAT_WRITES = { ihex: ['-intel'], srec: ['-motorola', '-address-length=4'] } as const;

const tools: readonly Tool[] = [
  { name: 'objcopy', convert: (from, input, to, output) => ['-I', from, '-O', to, input, output] },
  {
    name: 'srec_cat',
    convert: (from, input, to, output) => [
      input,
      ...SREC_CAT_READS[from],
      '-o',
      output,
      ...SREC_CAT_WRITES[to],
    ],
  },
];

const ours = {
  ihex: { decode: decodeIntelHex, encode: encodeIntelHex },
  srec: { decode: decodeSRecord, encode: encodeSRecord },
};

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kadec21-hex-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

for (const tool of tools) {
  const isThere = spawnSync(tool.name, ['--version']).status === 0;
  if (!isThere) process.stderr.write(`skipped: ${tool.name} is not installed\n`);
  describe.skipIf(!isThere)(tool.name, () => {
    it.each(['ihex', 'srec'] as const)('reads what is written here as %s, and is read here', (format) => {
      for (const segments of examples()) {
        const text = joinPieces(ours[format].encode(segments));
        const other = format === 'ihex' ? 'srec' : 'ihex';
        const converted = run(tool, format, text, other);
        expect(converted.isGood, converted.stderr).toBe(true);
        expect(bytesOf(ours[other].decode(converted.output))).toEqual(
          bytesOf({ ok: true, segments, warnings: [] }),
        );
      }
    });

    it.each(readVectors())(
      'makes of the vector $id what the vector says, and what is made here',
      (vector) => {
        const expected = vector.tools[tool.name];
        const converted = run(tool, vector.format, Buffer.from(vector.text, 'latin1'), 'ihex');
        expect(converted.isGood).toBe(expected?.startsWith('ok'));
        const decoded = ours[vector.format].decode(Buffer.from(vector.text, 'latin1'));
        if (!converted.isGood || !decoded.ok) return;
        expect(bytesOf(decodeIntelHex(converted.output))).toEqual(bytesOf(decoded));
      },
    );
  });
}

/** Bytes at a 64 KiB line, with gaps, in the flash of a microcontroller, and many. */
function examples(): Segment[][] {
  const bytes = (length: number): Uint8Array =>
    Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
  return [
    [{ address: 0, data: bytes(1) }],
    [{ address: 0xfff8, data: bytes(16) }],
    [
      { address: 0x100, data: bytes(33) },
      { address: 0x200, data: bytes(7) },
      { address: 0x0802_fff3, data: bytes(300) },
    ],
    [{ address: 0x0800_0000, data: bytes(200_000) }],
  ];
}

function run(tool: Tool, from: Format, text: Uint8Array, to: Format) {
  const [input, output] = [join(folder, `in.${from}`), join(folder, `out.${to}`)];
  rmSync(output, { force: true });
  writeFileSync(input, text);
  const { status, stderr } = spawnSync(tool.name, [...tool.convert(from, input, to, output)]);
  const isGood = status === 0;
  return { isGood, stderr: String(stderr), output: isGood ? readFileSync(output) : new Uint8Array(0) };
}

/** Address and value of every byte. */
function bytesOf(decoded: HexDecoded): unknown {
  if (!decoded.ok) return decoded.failure;
  return decoded.segments.map(({ address, data }) => [address, Buffer.from(data).toString('hex')]);
}

interface ReadVector {
  readonly id: string;
  readonly format: Format;
  readonly text: string;
  readonly tools: Readonly<Record<string, string | undefined>>;
}

function readVectors(): ReadVector[] {
  const file = new URL('../../fixtures/vectors/hex.json', import.meta.url);
  const { read }: { read: ReadVector[] } = JSON.parse(readFileSync(file, 'utf8'));
  return read;
}
