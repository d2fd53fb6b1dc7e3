/** `image convert`: the same bytes in another format, or at another address. */
import { isOutputFormat, type OutputFormat } from './file-format.ts';
import { usageError } from './image-error.ts';
import { readAddressedFile } from './input-file.ts';
import { encodeView, writeWholeFile } from './output-file.ts';

export interface ConvertWishes {
  readonly input: string;
  /** What to take the input for, whatever its name says. */
  readonly from?: OutputFormat | 'elf';
  readonly output: string;
  readonly format: OutputFormat;
  /** New address of the first byte; everything else moves along. */
  readonly base?: number;
  /** Fills gaps where the output has no addresses. */
  readonly erasedValue: number;
  readonly familyId?: number;
}

export interface ConvertReport {
  readonly output: string;
  readonly format: OutputFormat;
  /** Pieces of the input, first byte and length. */
  readonly segments: readonly { readonly address: number; readonly length: number }[];
  readonly warnings: readonly string[];
}

/** @throws ImageInputError; then no output file has been written */
export function convertFile(wishes: ConvertWishes): ConvertReport {
  const { input, output, format, erasedValue } = wishes;
  const contents = readAddressedFile(input, wishes.from);
  const [first] = contents.segments;
  if (first === undefined) throw usageError(`${input} holds no data.`);
  if (format === 'uf2' && !contents.hasAddresses && wishes.base === undefined) {
    throw usageError('A UF2 file needs to know where its bytes belong.', 'Give --base ADDRESS.');
  }
  const shift = wishes.base === undefined ? 0 : wishes.base - first.address;
  const segments = contents.segments.map(({ address, data }) => ({ address: address + shift, data }));
  const last = segments.at(-1) ?? first;
  if (last.address + last.data.length > 2 ** 32)
    throw usageError(`From that base address ${input} runs past 2^32.`);

  const familyId = wishes.familyId ?? contents.familyId;
  const view = {
    format,
    segments,
    erasedValue,
    ...(familyId === undefined ? {} : { familyId }),
    // A moved program does not start where it did.
    ...(contents.start === undefined || shift !== 0 ? {} : { start: contents.start }),
  };
  writeWholeFile(output, encodeView(view, output));
  return {
    output,
    format,
    segments: segments.map(({ address, data }) => ({ address, length: data.length })),
    warnings: contents.warnings,
  };
}

/** The format to write: what is asked for, or else what the name of the file says. */
export function outputFormat(
  asked: string | undefined,
  named: string | undefined,
  fallback: OutputFormat,
): OutputFormat {
  const format = asked ?? named ?? fallback;
  if (isOutputFormat(format)) return format;
  throw usageError(`Images are not written as ${format}.`, 'Formats are bin, hex, srec and uf2.');
}
