/** Stations and devices for the tests: in memory, in virtual time. */
import { emulatedAuthorityPem } from '../../src/aunet/certificates/authority.ts';
import type { AcceptedMail } from '../../src/aunet/mailboxes.ts';
import { seededRandom } from '../../src/base/random.ts';
import { type Ms, ms } from '../../src/base/units.ts';
import { inVirtualTime, now } from '../../src/base/virtual-time.ts';
import { parseInstant } from '../../src/config/japan-time.ts';
import { quantityOf } from '../../src/config/quantity.ts';
import type { Settings } from '../../src/config/settings-schema.ts';
import { CommsTask } from '../../src/firmware/comms-task.ts';
import { type DataMail, dataMails } from '../../src/firmware/data-mail.ts';
import { profileByName } from '../../src/modem/profiles.ts';
import { storySettings, unitOfToday } from '../../src/scenario/story.ts';
import type { DteLine } from '../../src/serial/serial-line.ts';
import { NetworkSide, type NetworkSideOptions } from '../../src/serve/network-side.ts';

export const at = (text: string): Ms => parseInstant(text) ?? ms(Number.NaN);

export function moduleCalled(name: string) {
  const profile = profileByName(name);
  if (profile === undefined) {
    throw new Error(`no module ${name}`);
  }
  return profile;
}

/** A station in virtual time; the day is one of LTE. */
export function atStation<Result>(
  run: (side: NetworkSide) => Promise<Result>,
  options: Partial<NetworkSideOptions> = {},
): Promise<Result> {
  const world = { startAt: at('2024-05-01T06:00'), random: seededRandom(5) };
  return inVirtualTime(world, async () => {
    const side = new NetworkSide({ seed: 1, module: moduleCalled('3gpp'), ...options });
    try {
      return await run(side);
    } finally {
      await side.close();
    }
  });
}

/** The settings of a unit with that name, which trusts the emulation and sends in clear by CRAM-MD5. */
export function unitCalled(name: string): Settings {
  const settings = storySettings(unitOfToday);
  const { mail, device } = settings;
  return {
    ...settings,
    module: '3gpp',
    carrier: { ...settings.carrier, user: 'user@au.au-net.ne.jp' },
    device: { ...device, name },
    mail: { ...mail, server: { ...mail.server, tls: 'off', ca: emulatedAuthorityPem } },
  };
}

/** One measurement, of now. */
export function mailOfNow(settings: Settings): readonly DataMail[] {
  return dataMails(settings, [quantityOf('discharge_m3s')], [{ time: now(), values: [0.45] }], now());
}

export const taskOn = (settings: Settings, openLine: () => DteLine): CommsTask =>
  new CommsTask({
    settings,
    random: seededRandom(9).fork(settings.device.name),
    openLine: async () => openLine(),
  });

export const pause = (duration: Ms) => new Promise<void>((resolve) => setTimeout(resolve, duration));

let mails = 0;

/** A mail as a server of the emulation has taken it. */
export function acceptedMail({ subject = 'a subject', body = 'a body' } = {}): AcceptedMail {
  mails += 1;
  const lines = ['From: <moshiri@north-one.example>', `Subject: ${subject}`, '', body, ''];
  return {
    type: 'mail',
    id: `MAIL${mails}`,
    at: at('2024-05-01T06:00'),
    host: 'mail.north-one.example',
    port: 587,
    tls: true,
    signIn: { user: 'logger@north-one.example', mechanism: 'PLAIN' },
    client: '100.64.0.2',
    helo: '[100.64.0.2]',
    from: 'moshiri@north-one.example',
    to: ['office@north-one.example'],
    raw: Buffer.from(lines.join('\r\n')),
  };
}
