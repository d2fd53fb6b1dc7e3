/** Peak memory of converting 64 MiB of Intel HEX, everything that Node itself takes included, over that size. */
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { encodeIntelHex } from '../../src/wire/intel-hex.ts';
import type { Figure } from './figure.ts';
import { inScratchFolder } from './scratch-folder.ts';
import { installedCommand, peakMemory } from './whole-process.ts';

const TEXT_BYTES = 64 * 1024 * 1024;
/** A record of 16 bytes is a line of 44 characters. */
const DATA_BYTES = Math.ceil(TEXT_BYTES / 44) * 16;

export async function imageMemory(): Promise<Figure[]> {
  const command = installedCommand();
  return inScratchFolder((path) => {
    const file = openSync(path('large.hex'), 'w');
    const segment = { address: 0, data: Buffer.alloc(DATA_BYTES, 'discharge 4.22 m3/s; ') };
    for (const piece of encodeIntelHex([segment])) {
      writeSync(file, piece);
    }
    closeSync(file);
    const { size } = statSync(path('large.hex'));
    const octets = peakMemory(command, 'image', 'convert', path('large.hex'), '-o', path('large.bin'));
    return [
      {
        name: 'hex-64m-peak-memory',
        value: octets / size,
        unit: 'of the file',
        limit: { kind: 'at most', value: 2 },
      },
    ];
  });
}
