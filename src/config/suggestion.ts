/** "Did you mean": the known word that is nearest to a mistyped one. */

/** More changes than a third of the word are no typing mistake any more. */
const LARGEST_SHARE_OF_CHANGES = 1 / 3;

/** @returns the nearest of `known`, or `undefined` when none is near */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(word.length * LARGEST_SHARE_OF_CHANGES));
  let best: { readonly name: string; readonly changes: number } | undefined;
  for (const name of known) {
    const changes = editDistance(word.toLowerCase(), name.toLowerCase());
    if (changes <= limit && (best === undefined || changes < best.changes)) {
      best = { name, changes };
    }
  }
  return best?.name;
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const cost = left[row - 1] === right[column - 1] ? 0 : 1;
      let changes = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + cost,
      );
      const isSwap =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (isSwap) {
        changes = Math.min(changes, (beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(changes);
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length] ?? 0;
}
