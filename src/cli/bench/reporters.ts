/** Which reports are written, and where: `text,junit=ci.xml`, with or without a folder. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchError } from '../../bench/bench-error.ts';
import type { BenchReport } from '../../bench/bench-report.ts';
import { htmlReport } from '../../bench/report-html.ts';
import { junitReport } from '../../bench/report-junit.ts';
import { textReport, textSummary } from '../../bench/report-text.ts';
import { OutputFileError } from '../output-file.ts';

const FORMATS = {
  text: { file: 'bench.txt', write: textReport },
  json: { file: 'bench.json', write: (report: BenchReport) => `${JSON.stringify(report, null, 2)}\n` },
  junit: { file: 'bench.xml', write: junitReport },
  html: { file: 'bench.html', write: htmlReport },
} as const;
const FORMAT_NAMES = ['text', 'json', 'junit', 'html'] as const;
type Format = (typeof FORMAT_NAMES)[number];

export interface Reporter {
  readonly format: Format;
  /** Absent: stdout. */
  readonly file: string | undefined;
}

/** @throws BenchError */
export function parseReporters(
  list: string | undefined,
  folder: string | undefined,
  isJson: boolean,
): Reporter[] {
  const wanted = list === undefined ? (isJson ? [] : ['text']) : list.split(',');
  const reporters = wanted.map((part): Reporter => {
    const [name = '', file] = part.trim().split(/=(.*)/s);
    const format = FORMAT_NAMES.find((one) => one === name);
    if (format === undefined) {
      throw badOption(`There is no reporter ${name}; there are ${FORMAT_NAMES.join(', ')}.`);
    }
    const given = file === undefined || file === '' ? undefined : file;
    const where =
      list === undefined ? given : (given ?? (folder === undefined ? undefined : FORMATS[format].file));
    return { format, file: where === undefined || folder === undefined ? where : join(folder, where) };
  });
  const all: Reporter[] = isJson ? [...reporters, { format: 'json', file: undefined }] : reporters;
  if (all.filter(({ file }) => file === undefined).length > 1) {
    throw badOption('Only one report can go to stdout: give the others as NAME=FILE, or --out DIR.');
  }
  return all;
}

const badOption = (sentence: string) => new BenchError('BENCH_BAD_OPTION', sentence, {}, 'usage');

/** Each report is whole, or not there at all. */
export async function writeReports(
  report: BenchReport,
  reporters: readonly Reporter[],
  to: {
    readonly json: (report: BenchReport) => void;
    readonly text: (text: string) => void;
    /** On the terminal to which stdout goes: they are not told twice. */
    readonly areStationsSeen: boolean;
  },
): Promise<void> {
  for (const { format, file } of reporters) {
    if (file !== undefined) {
      await writeWhole(file, FORMATS[format].write(report));
    } else if (format === 'json') {
      to.json(report);
    } else {
      to.text(format === 'text' && to.areStationsSeen ? textSummary(report) : FORMATS[format].write(report));
    }
  }
}

async function writeWhole(file: string, text: string): Promise<void> {
  const half = `${file}.part`;
  try {
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(half, text);
    await rename(half, file);
  } catch (cause) {
    await rm(half, { force: true });
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new OutputFileError(`${file} cannot be written: ${said}`, { cause });
  }
}
