/** Recordings that were played: the other side has to say what it said then, up to the end. */
import type { Failure, ReplayResult } from '../case-result.ts';
import { failureAt, type JudgedRun, type Told } from './judged-run.ts';

export function judgeReplays(run: JudgedRun): Failure[] {
  return (run.replays ?? []).flatMap((replay) => {
    const told = toldOf(replay);
    const key = replay.as === 'module' ? 'module' : 'recording';
    return told === undefined ? [] : [failureAt(run, `devices.${replay.device}.${key}`, told)];
  });
}

function toldOf({ device, as, file, outcome, steps, heard, difference }: ReplayResult): Told | undefined {
  const other = as === 'module' ? device : `The module of ${device}`;
  switch (outcome) {
    case 'same':
      return undefined;
    case 'different': {
      const { line = 1, at = 0, expected = '', found = '', live = [] } = difference ?? {};
      const where = `${file}:${line} (${(at / 1000).toFixed(3)} s)`;
      const before = live.length === 0 ? '' : ` Before it: ${live.slice(-3).join(', ')}.`;
      return {
        message: `${other} said something else than in ${where}, after ${heard} of ${steps} steps: expected ${expected}, found ${found}.${before}`,
        expected,
        found,
      };
    }
    case 'unfinished':
      return {
        message: `${file} had not been played to its end when the scenario was over (until).`,
        expected: 'the end of the recording',
        found: 'the end of the scenario',
      };
    case 'not-played':
      return {
        message: `${file} was not played: ${other} opened its line less often than there are recordings.`,
        expected: 'a session for each recording',
        found: 'no session',
      };
    case 'surplus':
      return {
        message: `${other} began another session after that of ${file}, for which there is no recording.`,
        expected: 'a recording for each session',
        found: 'none',
      };
  }
}
