/** The unit whose mails are measured: today's firmware with STARTTLS and AUTH, over a dual-band module. */
import { emulatedAuthorityPem } from '../../src/aunet/certificates/authority.ts';
import { northOneHost } from '../../src/aunet/hosts/known-hosts.ts';
import { instantQuality } from '../../src/aunet/radio-quality.ts';
import { type Ms, ms } from '../../src/base/units.ts';
import { parseInstant } from '../../src/config/japan-time.ts';
import { settingsSchema } from '../../src/config/settings-schema.ts';
import { releaseByVersion } from '../../src/firmware/releases.ts';
import { type ModuleProfile, moduleProfileSchema } from '../../src/modem/module-profile.ts';
import { dualBand } from '../../src/modem/profiles/dual-band.ts';
import type { WorldOptions } from '../../src/scenario/world.ts';
import { type ComposedMail, composeMail } from '../../src/smtp/compose.ts';

export const account = { user: 'logger@north-one.example', password: 'snow-depth' };
export const release = releaseByVersion('3.0');
export const server = northOneHost;

export const settings = settingsSchema.parse({
  schemaVersion: 1,
  device: { name: 'perf-01', model: 'KADEC21-KAZE-N2', id: '0001', station: '母子里', firmware: '3.0' },
  module: 'dual-band',
  carrier: { user: 'au@au-win.ne.jp', password: 'au' },
  mail: {
    from: 'perf@north-one.example',
    to: ['office@north-one.example'],
    server: { host: server.name, port: 587, tls: 'required', ca: emulatedAuthorityPem },
    auth: { mechanism: 'plain', ...account },
  },
});

const DAY: Ms = parseInstant('2008-10-15T06:00:00+09:00') ?? ms(0);

/** The air costs no time: what is measured is the line and the protocols on it. */
export const world: WorldOptions = { at: DAY, seed: 1, quality: { cdma: instantQuality } };

/** The module with its line at another rate. */
export const moduleAt = (baudRate: number): ModuleProfile =>
  moduleProfileSchema.parse({ ...dualBand, line: { ...dualBand.line, baudRate, autobaud: [baudRate] } });

/** @param size about how many octets the whole message takes */
export function mailOf(size: number, number: number): ComposedMail {
  const attachment = Buffer.alloc(
    Math.max(0, Math.floor(((size - 900) * 57) / 78)),
    '2004-02-23T09:00,4.22\r\n',
  );
  return composeMail({
    from: { address: settings.mail.from },
    to: [{ address: 'office@north-one.example' }],
    subject: '[母子里] 流量 4.22m3/s',
    text: '観測局: 母子里\n期間: 2004/02/23 00:00 - 2004/02/23 23:00\n',
    date: DAY,
    messageId: { device: 'perf-01', record: `data-${number}` },
    attachments: attachment.length === 0 ? [] : [{ fileName: 'data.csv', content: attachment }],
  });
}
