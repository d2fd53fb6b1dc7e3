/** Columns for a terminal: aligned by what is seen, not by escape sequences. */
import { stripVTControlCharacters } from 'node:util';

const GAP = '  ';

/** @returns one line per row; the last column is not padded */
export function tableOf(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, seenWidth(cell));
    }
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - seenWidth(cell)))
      .join(GAP)
      .trimEnd(),
  );
}

const seenWidth = (text: string): number => [...stripVTControlCharacters(text)].length;
