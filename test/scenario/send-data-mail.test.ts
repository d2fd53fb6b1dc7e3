import PostalMime from 'postal-mime';
import { describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../src/base/trace.ts';
import { hours, type Ms, ms } from '../../src/base/units.ts';
import { parseInstant } from '../../src/config/japan-time.ts';
import { dataMails } from '../../src/firmware/data-mail.ts';
import { releaseByVersion } from '../../src/firmware/releases.ts';
import { profileByName } from '../../src/modem/profiles.ts';
import { runDevice } from '../../src/scenario/device-run.ts';
import { sampleMeasurements } from '../../src/scenario/sample.ts';
import { sendThroughWorld } from '../../src/scenario/send-data-mail.ts';
import { type StoryUnit, storySettings, storyUnits, unitOfToday } from '../../src/scenario/story.ts';
import { inWorld } from '../../src/scenario/world.ts';

const at = (text: string): Ms => parseInstant(text) ?? ms(Number.NaN);
const measurements = await sampleMeasurements();

function unitCalled(title: string): StoryUnit {
  const unit = storyUnits.find((one) => one.title === title);
  if (unit === undefined) {
    throw new Error(`no unit ${title}`);
  }
  return unit;
}

function moduleOf(unit: StoryUnit) {
  const module = profileByName(unit.module);
  if (module === undefined) {
    throw new Error(`no module ${unit.module}`);
  }
  return module;
}

function send(unit: StoryUnit, date: string, changes: { trace?: (event: TraceEvent) => void } = {}) {
  const settings = storySettings(unit);
  const release = releaseByVersion(unit.firmware);
  return sendThroughWorld(
    { settings, release, measurements, module: moduleOf(unit), patience: ms(0), ...changes },
    { at: at(date), seed: 7 },
  );
}

describe('a data mail through the whole path', () => {
  it('lies in the mailbox with its Japanese and its records', async () => {
    const unit = unitCalled('new firmware and server');
    const settings = storySettings(unit);
    const received = await inWorld(
      { at: at('2008-10-15T06:00'), seed: 1 },
      async ({ auNet, connect, random }) => {
        const mails = dataMails(settings, measurements.quantities, measurements.rows, at('2008-10-15T06:00'));
        const openLine = async () => connect(moduleOf(unit));
        await runDevice({ settings, mails, openLine, random, patience: ms(0) });
        return auNet.mailboxes.of('office@north-one.example');
      },
    );
    const mail = await PostalMime.parse(received[0]?.raw ?? new Uint8Array());
    expect(received).toHaveLength(1);
    expect(mail.subject).toBe('[母子里] 流量 4.22m3/s (2004/02/24 00:00)');
    expect(mail.text).toContain('観測局: 母子里');
    const [attachment] = mail.attachments;
    const csv = new TextDecoder().decode(attachment?.content as ArrayBuffer);
    expect(csv.trim().split(/\r?\n/)).toHaveLength(25);
    expect(mail.headers.find(({ key }) => key === 'date')?.value).toBe('Wed, 15 Oct 2008 06:00:00 +0900');
  });

  it('says that the carrier refuses the account, and dials once, though the network then hangs up', async () => {
    const settings = storySettings(unitOfToday);
    const run = await sendThroughWorld(
      {
        settings: { ...settings, carrier: { ...settings.carrier, user: 'nobody@example.jp' } },
        measurements,
        module: moduleOf(unitOfToday),
        patience: ms(0),
      },
      { at: at('2024-05-01T06:00'), seed: 7 },
    );
    expect(run.blockedBy?.code).toBe('PPP_AUTH_REJECTED');
    expect(run.sessions[0]?.dials).toBe(1);
  });

  it('goes over STARTTLS with the certificate checked, with the firmware of today', async () => {
    const run = await send(unitOfToday, '2024-05-01T06:00');
    expect(run.isDelivered).toBe(true);
    expect(run.arrived).toHaveLength(1);
  });

  it('shows no password in its trace, whatever the way', async () => {
    for (const unit of [unitCalled('new firmware and server'), unitOfToday]) {
      const lines: string[] = [];
      await send(unit, unit === unitOfToday ? '2024-05-01T06:00' : '2008-10-15T06:00', {
        trace: ({ text }) => lines.push(text),
      });
      const told = lines.join('\n');
      expect(told).toContain('AUTH');
      expect(told).not.toContain('snow-depth');
      expect(told).not.toContain(Buffer.from('\0logger@north-one.example\0snow-depth').toString('base64'));
    }
  });

  it('is kept and sent later when the carrier drops the call in the middle', async () => {
    const unit = unitCalled('new firmware and server');
    const settings = storySettings(unit);
    const run = await inWorld({ at: at('2008-10-15T06:00'), seed: 3 }, async ({ auNet, connect, random }) => {
      const mails = dataMails(settings, measurements.quantities, measurements.rows);
      setTimeout(() => auNet.loseCalls(), 9000);
      const openLine = async () => connect(moduleOf(unit));
      const device = await runDevice({ settings, mails, openLine, random, patience: hours(3) });
      return { device, arrived: auNet.mailboxes.all.length };
    });
    expect(run.device.isDelivered).toBe(true);
    expect(run.device.sessions.at(0)?.dials).toBe(2);
    expect(run.arrived).toBe(1);
  });
});
