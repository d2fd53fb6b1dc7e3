/** The comms task over a real call of the emulated network, cut off at one moment after another. */
import { describe, expect, it } from 'vitest';
import { AuNet } from '../../src/aunet/au-net.ts';
import { northOneHost } from '../../src/aunet/hosts/known-hosts.ts';
import { seededRandom } from '../../src/base/random.ts';
import { type Ms, ms } from '../../src/base/units.ts';
import { inVirtualTime, now } from '../../src/base/virtual-time.ts';
import type { Settings } from '../../src/config/settings-schema.ts';
import { CommsTask } from '../../src/firmware/comms-task.ts';
import { dataMails } from '../../src/firmware/data-mail.ts';
import { EmulatedModule } from '../../src/modem/dce/emulated-module.ts';
import type { ModuleProfile } from '../../src/modem/module-profile.ts';
import { profileByName } from '../../src/modem/profiles.ts';
import { createMemoryLine } from '../../src/serial/memory-line.ts';
import { pacedDce, pacedDte } from '../../src/serial/paced-line.ts';
import { at, settingsWith, winter } from './unit.ts';

const [account] = northOneHost.accounts;
const settings = settingsWith(
  ['module: dual-band', 'module: existing'],
  ['host: mail.example.ne.jp', `host: ${northOneHost.name}`],
  ['tls: required', 'tls: off'],
  ['    user: moshiri', `    user: ${account?.user}`],
  ['change-me', account?.password ?? ''],
);

interface Unit {
  readonly profile: ModuleProfile;
  readonly settings: Settings;
  readonly date: string;
  /** From the moment the call is there until after it has ended, in steps that hit every phase of the mail. */
  readonly moments: readonly Ms[];
}

const moments = (from: number, step: number) =>
  Array.from({ length: 28 }, (_, index) => ms(from + index * step));
const moduleOf = (name: string) => profileByName(name) ?? expect.fail();

const byPpp: Unit = {
  profile: moduleOf('existing'),
  settings,
  date: '2008-10-15',
  moments: moments(5000, 310),
};
const bySockets: Unit = {
  profile: moduleOf('3gpp-sockets'),
  settings: {
    ...settings,
    device: { ...settings.device, firmware: '3.0' },
    module: '3gpp-sockets',
    carrier: { ...settings.carrier, user: 'user@au.au-net.ne.jp' },
  },
  date: '2024-05-01',
  moments: moments(3600, 95),
};

function cutAt({ profile, settings, date }: Unit, moment: number) {
  const random = seededRandom(moment);
  return inVirtualTime({ startAt: at(date), random: random.fork('libraries') }, async () => {
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

describe.each([
  ['PPP', byPpp],
  ['the sockets of the module', bySockets],
] as const)('a call that is lost, by %s,', (_, unit) => {
  it.each(unit.moments)(
    '%i ms after the beginning costs no mail; twice it comes only where the device cannot know',
    async (moment) => {
      const { reports, ended, arrived, openLines } = await cutAt(unit, moment);
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
