import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { hours, minutes } from '../../src/base/units.ts';
import { now } from '../../src/base/virtual-time.ts';
import { CommsTask } from '../../src/firmware/comms-task.ts';
import { dataMails } from '../../src/firmware/data-mail.ts';
import { createMemoryLine } from '../../src/serial/memory-line.ts';
import { run, type Script, scripted } from './scripted-parts.ts';
import { at, settingsWith, winter } from './unit.ts';

const settings = settingsWith();

const task = (script: Script) =>
  new CommsTask({
    settings,
    openLine: async () => createMemoryLine().dte,
    parts: scripted(script).parts,
    random: seededRandom(1),
  });

const mailOf = (day: string) => {
  const [mail] = dataMails(settings, winter.quantities, [{ time: at(day), values: [0.45] }]);
  return mail ?? expect.fail();
};

const badPassword = async () =>
  ({ failure: 'refused', phase: 'auth', reply: { code: 535, text: 'no' }, text: '535 no' }) as const;

/** Runs the task whenever it wants to, up to `until`. */
async function live(comms: CommsTask, until: number) {
  const runs = [];
  for (let next = comms.nextRunAt; next !== undefined && next <= until; next = comms.nextRunAt) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, (next ?? 0) - now())));
    runs.push(await comms.run());
  }
  return runs;
}

describe('the comms task', () => {
  it('sends what is queued, in one session', () =>
    run(async () => {
      const comms = task({});
      comms.queue(mailOf('2008-09-27'));
      comms.queue(mailOf('2008-09-28'));
      const { report, ended, alerts } = await comms.run();
      expect(report).toMatchObject({ outcome: 'delivered', dials: 1 });
      expect(ended).toHaveLength(2);
      expect(alerts).toEqual([]);
      expect(comms.nextRunAt).toBeUndefined();
      expect(await comms.run()).toMatchObject({ ended: [] });
    }));

  it('comes back after greylisting', () =>
    run(async () => {
      const reply = { code: 451, text: 'greylisted' };
      const comms = task({
        submit: async (attempt) => (attempt === 1 ? { failure: 'refused', phase: 'rcpt', reply } : {}),
      });
      comms.queue(mailOf('2008-09-28'));
      const runs = await live(comms, now() + hours(1));
      expect(runs.map(({ report }) => report?.outcome)).toEqual(['refused', 'delivered']);
      expect((runs[1]?.report?.startedAt ?? 0) - (runs[0]?.report?.endedAt ?? 0)).toBe(minutes(5));
    }));

  it('does not knock with a wrong password more than once an hour, and tells it once', () =>
    run(async () => {
      const comms = task({ submit: badPassword });
      comms.queue(mailOf('2008-09-28'));
      const runs = await live(comms, now() + hours(6.5));
      expect(runs).toHaveLength(3);
      expect(runs.flatMap(({ alerts }) => alerts.map(({ kind }) => kind))).toEqual(['auth-failed']);
    }));

  it('goes on as soon as the settings have changed', () =>
    run(async () => {
      const comms = task({ submit: async (attempt) => (attempt === 1 ? badPassword() : {}) });
      comms.queue(mailOf('2008-09-28'));
      await comms.run();
      comms.changeSettings(settings);
      expect(comms.nextRunAt).toBe(now());
      expect((await comms.run()).report?.outcome).toBe('delivered');
    }));
});
