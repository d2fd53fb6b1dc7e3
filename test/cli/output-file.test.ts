import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOutputFile } from '../../src/cli/output-file.ts';

/** A process that is there as long as the tests are, and not this one. */
const SOMEBODY = process.ppid;
/** Above the largest number that Linux gives. */
const NOBODY = 2 ** 22 + 1;

describe('a file that grows', () => {
  let folder = '';
  const path = (name: string) => join(folder, name);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kadec21-output-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is taken for this run alone, and let go of', () => {
    const file = openOutputFile(path('trace'));
    file.write('one\n');
    expect(() => openOutputFile(path('trace'))).toThrow('trace is asked for twice');
    file.close();
    expect(existsSync(path('trace.lock'))).toBe(false);
    openOutputFile(path('trace')).close();
  });

  it('that another process writes is left as it is', () => {
    writeFileSync(path('line.pcapng'), 'a capture');
    writeFileSync(path('line.pcapng.lock'), `${SOMEBODY}\n`);
    symlinkSync(path('line.pcapng'), path('link'));
    for (const name of ['line.pcapng', 'link']) {
      expect(() => openOutputFile(path(name))).toThrow(`is written to already, by process ${SOMEBODY}.`);
    }
    expect(readFileSync(path('line.pcapng'), 'latin1')).toBe('a capture');
    expect(existsSync(path('line.pcapng.lock'))).toBe(true);
  });

  it.each([`${NOBODY}\n`, '', 'rubbish', '-1', '0'])('is taken over from what is gone: %j', (left) => {
    writeFileSync(path('trace.lock'), left);
    openOutputFile(path('trace')).close();
    expect(existsSync(path('trace.lock'))).toBe(false);
  });

  it('may be a device, as often as one likes', () => {
    const files = [openOutputFile('/dev/null'), openOutputFile('/dev/null')];
    for (const file of files) {
      file.write('x');
      file.close();
    }
    expect(existsSync('/dev/null.lock')).toBe(false);
  });

  it('in a folder that is not there is told', () => {
    expect(() => openOutputFile(path('no/trace'))).toThrow('cannot be written');
  });
});
