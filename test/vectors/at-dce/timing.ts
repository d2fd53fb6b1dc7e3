/** `withinMs` and `afterMs`: when the last result came, counted from the last chunk. */
import type { Observation } from './observation.ts';

export function differenceInTime(
  key: 'withinMs' | 'afterMs',
  limit: number,
  { recorded, bench }: Observation,
): string | undefined {
  const since = recorded.filter(({ at }) => at >= bench.lastInputAt);
  const results = since.filter(
    ({ action }) => action.type === 'to-dte' && (action.kind === 'result' || action.kind === 'unsolicited'),
  );
  const last = results.at(-1) ?? since.at(-1);
  if (last === undefined) {
    return 'nothing happened';
  }
  const took = last.at - bench.lastInputAt;
  const isRight = key === 'withinMs' ? took <= limit : took >= limit;
  return isRight ? undefined : `the last result came after ${took} ms`;
}
