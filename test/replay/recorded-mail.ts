/** A device that sends a data mail in clear, through the emulated world, and the recording of its line. */
import { seededRandom } from '../../src/base/random.ts';
import { ms } from '../../src/base/units.ts';
import { now } from '../../src/base/virtual-time.ts';
import type { Recording } from '../../src/config/recording.ts';
import { loadSettings } from '../../src/config/settings.ts';
import { dataMails } from '../../src/firmware/data-mail.ts';
import { releaseOf } from '../../src/firmware/releases.ts';
import { type DeviceRun, runDevice } from '../../src/scenario/device-run.ts';
import { sampleMeasurements } from '../../src/scenario/sample.ts';
import { inWorld } from '../../src/scenario/world.ts';
import type { DceSignals, DteLine, DteSignals } from '../../src/serial/serial-line.ts';
import { WrappedLine } from '../../src/serial/wrapped-line.ts';
import { at, profileOf } from '../bench/given.ts';
import { fixture } from '../cli/kadec21.ts';
import { unitCalled } from '../serve/given.ts';
import { parsed, recorder } from './given.ts';

export const AS_SHIPPED = fixture('settings/moshiri-as-shipped.yaml');

/** What a device sends by; read before time is virtual. */
export const mailParts = async () => ({
  settings: await loadSettings(AS_SHIPPED),
  measurements: await sampleMeasurements(),
});

export type MailParts = Awaited<ReturnType<typeof mailParts>>;

export function sendMail(
  line: DteLine,
  { settings, measurements: { quantities, rows } }: MailParts,
  seed: number,
): Promise<DeviceRun> {
  return runDevice({
    settings,
    release: releaseOf(settings),
    random: seededRandom(seed),
    mails: dataMails(settings, quantities, rows, now()),
    patience: ms(0),
    openLine: async () => line,
  });
}

/** As a pty: its device hangs up by an escape. */
class WithoutSignals extends WrappedLine<DteSignals, DceSignals> {
  override get signals(): 'unknown' {
    return 'unknown';
  }

  override drive(): void {}
}

/** JSON Lines. */
export async function recordedMail(signals: 'signals' | 'no signals'): Promise<string> {
  let text = '';
  const parts = await mailParts();
  await inWorld({ at: at('2008-08-01T06:00'), seed: 1, op25b: 'off' }, async ({ connect }) => {
    const plain = connect(profileOf('existing'));
    const line = recorder(signals === 'signals' ? plain : new WithoutSignals(plain), (event) => {
      text += event;
    });
    const run = await sendMail(line, parts, 5);
    if (!run.isDelivered) {
      throw new Error(run.blockedBy?.code ?? 'not delivered');
    }
    await line.close();
  });
  return text;
}

/** A unit that signs in by CRAM-MD5, in clear. @param module kind of module: with PPP, or with sockets inside */
export async function signingIn(module: '3gpp' | '3gpp-sockets'): Promise<MailParts> {
  return { ...(await mailParts()), settings: { ...unitCalled('moshiri-01'), module } };
}

export interface DayOfMail {
  readonly day: string;
  /** Of the world. */
  readonly seed: number;
  /** Of the device: Message-ID and boundaries. */
  readonly deviceSeed: number;
  readonly secrets?: readonly string[];
}

/** The session of such a unit. */
export async function recordedSignIn(
  parts: MailParts,
  { day, seed, deviceSeed, secrets }: DayOfMail,
): Promise<Recording> {
  let text = '';
  await inWorld({ at: at(day), seed }, async ({ connect }) => {
    const line = recorder(connect(profileOf(parts.settings.module)), (event) => (text += event), secrets);
    const run = await sendMail(line, parts, deviceSeed);
    if (!run.isDelivered) {
      throw new Error(run.blockedBy?.code ?? 'not delivered');
    }
    await line.close();
  });
  return parsed(text);
}
