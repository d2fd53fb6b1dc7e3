/** The comms task over a real call of the emulated network, cut off at one moment after another. */
import { describe, expect, it } from 'vitest';
import { AuNet } from '../../src/aunet/au-net.ts';
import { northOneHost } from '../../src/aunet/hosts/known-hosts.ts';
import { seededRandom } from '../../src/base/random.ts';
import { ms } from '../../src/base/units.ts';
import { inVirtualTime, now } from '../../src/base/virtual-time.ts';
import { CommsTask } from '../../src/firmware/comms-task.ts';
import { dataMails } from '../../src/firmware/data-mail.ts';
import { EmulatedModule } from '../../src/modem/dce/emulated-module.ts';
import { profileByName } from '../../src/modem/profiles.ts';
import { createMemoryLine } from '../../src/serial/memory-line.ts';
import { pacedDce, pacedDte } from '../../src/serial/paced-line.ts';
import { at, settingsWith, winter } from './unit.ts';

const profile = profileByName('existing') ?? expect.fail();
const [account] = northOneHost.accounts;
const settings = settingsWith(
  ['module: dual-band', 'module: existing'],
  ['host: mail.example.ne.jp', `host: ${northOneHost.name}`],
  ['tls: required', 'tls: off'],
  ['    user: moshiri', `    user: ${account?.user}`],
  ['change-me', account?.password ?? ''],
);

/** From the moment the call is there until after it has ended, in steps that hit every phase of the mail. */
const moments = Array.from({ length: 28 }, (_, step) => ms(5000 + step * 310));

function cutAt(moment: number) {
  const random = seededRandom(moment);
  return inVirtualTime({ startAt: at('2008-10-15'), random: random.fork('libraries') }, async () => {
    const auNet = new AuNet({ random: random.fork('carrier') });
    let arrived = 0;
    let openLines = 0;
    auNet.on('mail', () => {
      arrived += 1;
    });
    setTimeout(() => auNet.loseCalls(), moment);
    const task = new CommsTask({
      settings,
      random: random.fork('device'),
      openLine: async () => {
        const { dte, dce } = createMemoryLine(profile.line.baudRate);
        new EmulatedModule(pacedDce(dce), { profile, radio: auNet });
        const line = pacedDte(dte);
        openLines += 1;
        line.on('close', () => {
          openLines -= 1;
        });
        return line;
      },
    });
    for (const mail of dataMails(settings, winter.quantities, winter.rows)) {
      task.queue(mail);
    }
    const reports = [];
    const ended = [];
    for (let next = task.nextRunAt; next !== undefined; next = task.nextRunAt) {
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, (next ?? 0) - now())));
      const run = await task.run();
      reports.push(run.report);
      ended.push(...run.ended.map(({ delivery }) => delivery));
    }
    await auNet.close();
    return { reports, ended, arrived, openLines };
  });
}

describe('a call that is lost', () => {
  it.each(moments)(
    '%i ms after the beginning costs no mail; twice it comes only where the device cannot know',
    async (moment) => {
      const { reports, ended, arrived, openLines } = await cutAt(moment);
      expect(ended.map(({ status }) => status)).toEqual(['delivered']);
      expect(openLines).toBe(0);
      const isUnconfirmed = reports[0]?.outcome === 'unconfirmed';
      expect(arrived).toBeLessThanOrEqual(isUnconfirmed ? 2 : 1);
      expect(arrived).toBeGreaterThanOrEqual(1);
      expect(ended[0]?.mayBeDuplicated).toBe(isUnconfirmed);
      expect(reports.length).toBe(isUnconfirmed ? 2 : 1);
    },
  );
});
