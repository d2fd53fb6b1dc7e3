/** A device that sends a data mail in clear, through the emulated world, and the recording of its line. */
import { seededRandom } from '../../src/base/random.ts';
import { ms } from '../../src/base/units.ts';
import { now } from '../../src/base/virtual-time.ts';
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
import { recorder } from './given.ts';

export const AS_SHIPPED = fixture('settings/moshiri-as-shipped.yaml');

/** What a device sends by; read before time is virtual. */
export const mailParts = async () => ({
  settings: await loadSettings(AS_SHIPPED),
  measurements: await sampleMeasurements(),
});

export function sendMail(
  line: DteLine,
  { settings, measurements: { quantities, rows } }: Awaited<ReturnType<typeof mailParts>>,
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
