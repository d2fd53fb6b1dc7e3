/**
 * How fast the command is there: CPU time of whole processes over that of Node with an empty script, taken in
 * turns in one run.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../src/base/random.ts';
import { type Figure, median } from './figure.ts';
import { inScratchFolder } from './scratch-folder.ts';
import { installedCommand, processCpu } from './whole-process.ts';

const ROUNDS = 5;
const APPLICATION_BYTES = 1024 * 1024;

export async function imageStart(): Promise<Figure[]> {
  const command = installedCommand();
  const kadec21 = (...args: readonly string[]) => processCpu(process.execPath, command, ...args);
  return inScratchFolder((path) => {
    const empty = path('empty.mjs');
    writeFileSync(empty, '');
    writeFileSync(path('app.bin'), seededRandom(1).octets(APPLICATION_BYTES));
    const sign = ['image', 'build', '--app', path('app.bin'), '--version', '1.0.0', '--key', path('key.pem')];
    kadec21('image', 'keygen', '-o', path('key.pem'));
    kadec21(
      ...['image', 'build', '--app', 'release:2.1', '--key', path('key.pem'), '-o', path('unit.bin')],
      ...['--settings', join(process.cwd(), 'fixtures/settings/moshiri-dual-band.yaml'), '--quiet'],
    );

    const rounds: { version: number; inspect: number; build: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const node = processCpu(process.execPath, empty);
      rounds.push({
        version: kadec21('--version') / node,
        inspect: kadec21('image', 'inspect', path('unit.bin')) / node,
        build: kadec21(...sign, '-o', path('signed.bin')) / node,
      });
    }
    const figure = (name: string, of: 'version' | 'inspect' | 'build', limit: number): Figure => ({
      name,
      value: median(rounds.map((round) => round[of])),
      unit: 'of node',
      limit: { kind: 'at most', value: limit },
    });
    return [
      figure('start-version', 'version', 1.6),
      figure('start-image-inspect', 'inspect', 2.5),
      figure('image-build-sign-1m', 'build', 4),
    ];
  });
}
