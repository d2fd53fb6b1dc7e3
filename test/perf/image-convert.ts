/**
 * 16 MiB from bin to Intel HEX and back: CPU time of whole processes over that of objcopy and srec_cat, taken in
 * turns in one run. A program that is not installed is left out, and said so.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { seededRandom } from '../../src/base/random.ts';
import { type Figure, median } from './figure.ts';
import { inScratchFolder } from './scratch-folder.ts';
import { installedCommand, isInstalled, processCpu } from './whole-process.ts';

const ROUNDS = 3;
const DATA_BYTES = 16 * 1024 * 1024;
const PATTERN_BYTES = 64 * 1024 - 1;

interface Converter {
  readonly program: string;
  /** Brings it on Debian. */
  readonly debianPackage: string;
  toHex(bin: string, hex: string): readonly string[];
  toBin(hex: string, bin: string): readonly string[];
}

const converters: readonly Converter[] = [
  {
    program: 'objcopy',
    debianPackage: 'binutils',
    toHex: (bin, hex) => ['-I', 'binary', '-O', 'ihex', bin, hex],
    toBin: (hex, bin) => ['-I', 'ihex', '-O', 'binary', hex, bin],
  },
  {
    program: 'srec_cat',
    debianPackage: 'srecord',
    toHex: (bin, hex) => [bin, '-binary', '-o', hex, '-intel'],
    toBin: (hex, bin) => [hex, '-intel', '-o', bin, '-binary'],
  },
];

export async function imageConvert(): Promise<Figure[]> {
  const command = installedCommand();
  const present = converters.filter(({ program, debianPackage }) => {
    const isThere = isInstalled(program);
    if (!isThere) {
      process.stderr.write(
        `hex-16m-over-${program} is left out: ${program} is not installed (Debian: ${debianPackage})\n`,
      );
    }
    return isThere;
  });
  return inScratchFolder((path) => {
    const data = Buffer.alloc(DATA_BYTES, seededRandom(1).octets(PATTERN_BYTES));
    writeFileSync(path('data.bin'), data);
    const thereAndBack = (run: (from: string, to: string, isToHex: boolean) => number): number => {
      const cost =
        run(path('data.bin'), path('data.hex'), true) + run(path('data.hex'), path('back.bin'), false);
      if (!readFileSync(path('back.bin')).equals(data)) {
        throw new Error('the data did not come back as they were');
      }
      return cost;
    };
    const ours = () =>
      thereAndBack((from, to) => processCpu(process.execPath, command, 'image', 'convert', from, '-o', to));
    const theirs = ({ program, toHex, toBin }: Converter) =>
      thereAndBack((from, to, isToHex) => processCpu(program, ...(isToHex ? toHex : toBin)(from, to)));

    const rounds = Array.from({ length: present.length === 0 ? 0 : ROUNDS }, () => {
      const own = ours();
      return present.map((converter) => own / theirs(converter));
    });
    return present.map(({ program }, index) => ({
      name: `hex-16m-over-${program}`,
      value: median(rounds.map((ratios) => ratios[index] ?? Number.NaN)),
      unit: 'ratio',
      limit: { kind: 'at most', value: 1.5 },
    }));
  });
}
