/** All expectations of a scenario, in the order in which a reader asks: recordings, mails, dialogue, devices, what always holds. */
import type { Failure } from '../case-result.ts';
import { judgeAlways } from './always.ts';
import { judgeDevices } from './devices.ts';
import { judgeDialogue } from './dialogue.ts';
import type { JudgedRun } from './judged-run.ts';
import { judgeMails } from './mails.ts';
import { judgeReplays } from './replays.ts';

export function judge(run: JudgedRun): Failure[] {
  return [
    ...judgeReplays(run),
    ...judgeAlways(run),
    ...judgeMails(run),
    ...judgeDialogue(run),
    ...judgeDevices(run),
  ];
}
