/** All expectations of a scenario, in the order in which a reader asks: mails, dialogue, devices, what always holds. */
import type { Failure } from '../case-result.ts';
import { judgeAlways } from './always.ts';
import { judgeDevices } from './devices.ts';
import { judgeDialogue } from './dialogue.ts';
import type { JudgedRun } from './judged-run.ts';
import { judgeMails } from './mails.ts';

export function judge(run: JudgedRun): Failure[] {
  return [...judgeAlways(run), ...judgeMails(run), ...judgeDialogue(run), ...judgeDevices(run)];
}
