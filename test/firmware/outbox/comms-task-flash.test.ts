import { expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { CommsTask } from '../../../src/firmware/comms-task.ts';
import { dataMails } from '../../../src/firmware/data-mail.ts';
import { NorFlash } from '../../../src/firmware/flash/nor-flash.ts';
import { FlashOutbox } from '../../../src/firmware/outbox/flash-outbox.ts';
import { createMemoryLine } from '../../../src/serial/memory-line.ts';
import { run, type Script, scripted } from '../scripted-parts.ts';
import { at, settingsWith, winter } from '../unit.ts';
import { CutFlash, outboxLayout } from './given.ts';

const settings = settingsWith();
const layout = outboxLayout(6, 4096);

const device = (flash: NorFlash | CutFlash, script: Script = {}, mark = 1) =>
  new CommsTask({
    settings,
    outbox: new FlashOutbox(flash, mark),
    openLine: async () => createMemoryLine().dte,
    parts: scripted(script).parts,
    random: seededRandom(1),
  });

const queueTwo = (task: CommsTask) =>
  ['2008-09-27', '2008-09-28'].flatMap((day) =>
    dataMails(settings, winter.quantities, [{ time: at(day), values: [0.45] }]).flatMap((mail) =>
      task.queue(mail),
    ),
  );

const idsIn = (task: CommsTask) => task.outbox.entries.map(({ mail }) => mail.messageId);

it('keeps what the server took as done before the session ends', () =>
  run(async () => {
    const flash = new NorFlash({ layout });
    let waitingMeanwhile: string[] = [];
    const task = device(flash, {
      submit: async (attempt) => {
        if (attempt === 2) waitingMeanwhile = idsIn(device(flash.copy()));
        return {};
      },
    });
    expect(queueTwo(task)).toEqual([]);
    const [, second = ''] = idsIn(task);
    expect((await task.run()).ended).toHaveLength(2);
    expect(waitingMeanwhile).toEqual([second]);
    expect(idsIn(device(flash))).toEqual([]);
  }));

it('sends again, with its Message-ID, what the server took when the power went before that was written', () =>
  run(async () => {
    const probe = new CutFlash(new NorFlash({ layout }));
    queueTwo(device(probe));
    const cut = new CutFlash(new NorFlash({ layout }), probe.count);
    const task = device(cut);
    queueTwo(task);
    const ids = idsIn(task);
    // The power goes at the record of the first end, after the 250.
    await task.run().catch(() => {});
    const after = device(cut.flash.copy());
    expect(idsIn(after)).toEqual(ids);
    expect((await after.run()).ended.map(({ mail }) => mail.messageId)).toEqual(ids);
  }));

it('tries what is held at once when it comes up with other settings, else when it is due', () =>
  run(async () => {
    const flash = new NorFlash({ layout });
    const reply = { code: 535, text: 'no' };
    const task = device(flash, { submit: async () => ({ failure: 'refused', phase: 'auth', reply }) });
    queueTwo(task);
    await task.run();
    const due = task.nextRunAt;
    expect(device(flash).nextRunAt).toBe(due);
    expect(device(flash, {}, 2).nextRunAt).toBeLessThan(due ?? 0);
  }));
