import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeWholeFile } from '../../../src/firmware/image/output-file.ts';
import { scratchFolder } from './given.ts';

const pieces = [Buffer.from('one '), Buffer.from('two')];

describe('writing a file', () => {
  it('replaces what was there, and leaves nothing else behind', () => {
    const folder = scratchFolder();
    const file = join(folder, 'image.bin');
    writeFileSync(file, 'before');
    writeWholeFile(file, pieces);
    expect(readFileSync(file, 'utf8')).toBe('one two');
    expect(readdirSync(folder)).toEqual(['image.bin']);
  });

  it('that is interrupted leaves what was there', () => {
    const folder = scratchFolder();
    const file = join(folder, 'image.bin');
    writeFileSync(file, 'before');
    function* failing(): Generator<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('no more');
    }
    expect(() => writeWholeFile(file, failing())).toThrow('no more');
    expect(readFileSync(file, 'utf8')).toBe('before');
    expect(readdirSync(folder)).toEqual(['image.bin']);
  });

  it('writes through a symbolic link, and into what is no ordinary file', () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'real.bin'), 'before');
    symlinkSync(join(folder, 'real.bin'), join(folder, 'link.bin'));
    writeWholeFile(join(folder, 'link.bin'), pieces);
    expect(lstatSync(join(folder, 'link.bin')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'real.bin'), 'utf8')).toBe('one two');
    writeWholeFile('/dev/null', pieces);
    expect(statSync('/dev/null').isFile()).toBe(false);
  });

  it('says what is in the way', () => {
    const folder = scratchFolder();
    mkdirSync(join(folder, 'folder'));
    const code = (run: () => void): unknown => {
      try {
        run();
        return 'written';
      } catch (failure) {
        return failure instanceof Error && 'code' in failure ? failure.code : failure;
      }
    };
    expect(code(() => writeWholeFile(join(folder, 'folder'), pieces))).toBe('FILE_NOT_WRITTEN');
    expect(code(() => writeWholeFile(join(folder, 'no', 'image.bin'), pieces))).toBe('FILE_NOT_WRITTEN');
    writeWholeFile(join(folder, 'key.pem'), pieces, { keepExisting: true });
    expect(code(() => writeWholeFile(join(folder, 'key.pem'), pieces, { keepExisting: true }))).toBe(
      'FILE_EXISTS',
    );
  });
});
