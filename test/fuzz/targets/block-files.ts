/** UF2 and ELF files. */
import assert from 'node:assert/strict';
import { decodeElf } from '../../../src/wire/elf.ts';
import type { Segment } from '../../../src/wire/memory-segments.ts';
import { decodeUf2, encodeUf2 } from '../../../src/wire/uf2.ts';
import { elfFiles, uf2Files } from '../corpus/images.ts';
import type { FuzzTarget } from '../target.ts';

/** Nothing is made up: the bytes come from the file. */
function checkBounds(segments: readonly Segment[], octets: Uint8Array): void {
  const bytes = segments.reduce((sum, { data }) => sum + data.length, 0);
  assert.ok(bytes <= octets.length, `${bytes} bytes from a file of ${octets.length}`);
}

export const uf2: FuzzTarget = {
  name: 'uf2',
  corpus: uf2Files,
  dictionary: ['UF2\n'],
  attempt({ octets }) {
    for (const file of [octets, octets.subarray(0, octets.length & ~511)]) {
      const decoded = decodeUf2(file);
      if (decoded.ok) {
        checkBounds(decoded.segments, file);
        encodeUf2(decoded.segments);
      }
    }
  },
};

export const elf: FuzzTarget = {
  name: 'elf',
  corpus: elfFiles,
  dictionary: ['\x7fELF'],
  attempt({ octets }) {
    const decoded = decodeElf(octets);
    if (decoded.ok) {
      checkBounds(decoded.segments, octets);
    }
  },
};
