/**
 * What the terminal gets: the result on stdout, everything else on stderr.
 */
import process from 'node:process';
import { styleText } from 'node:util';
import { Kadec21Error } from '../base/errors.ts';

export type ExitStatus = 0 | 1 | 2 | 3 | 130;

export const printResult = (text: string): void => {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
};

export const printJson = <Document extends { readonly schema: string }>(document: Document): void =>
  printResult(JSON.stringify(document, null, 2));

export const printNote = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** Colour where a person reads it: a terminal, and neither NO_COLOR nor --no-color. */
export const paint = (
  style: Parameters<typeof styleText>[0],
  text: string,
  stream: NodeJS.WriteStream,
): string =>
  stream.isTTY && !process.env.NO_COLOR && !process.argv.includes('--no-color')
    ? styleText(style, text)
    : text;

export const setExitStatus = (status: ExitStatus): void => {
  process.exitCode = status;
};

/** Tells a failure and gives the exit status that belongs to it. Only what nobody foresaw shows a stack. */
export function reportFailure(failure: unknown): ExitStatus {
  if (!(failure instanceof Kadec21Error)) {
    printNote(failure instanceof Error ? (failure.stack ?? failure.message) : String(failure));
    return 1;
  }
  printNote(`${paint('red', 'error', process.stderr)} ${failure.code}: ${failure.message}`);
  for (const line of failure.evidence) {
    printNote(`  ${paint('dim', line, process.stderr)}`);
  }
  if (failure.advice !== undefined) {
    printNote(`  ${failure.advice}`);
  }
  return exitStatusOf(failure);
}

function exitStatusOf({ layer }: Kadec21Error): ExitStatus {
  switch (layer) {
    case 'usage':
    case 'settings':
      return 2;
    case 'line':
      return 3;
    default:
      return 1;
  }
}
