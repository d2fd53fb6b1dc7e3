import { describe, expect, it } from 'vitest';
import { ms } from '../../src/base/units.ts';
import type { Recording } from '../../src/config/recording.ts';
import { runReplay } from '../../src/replay/run-replay.ts';
import type { DeviceRun } from '../../src/scenario/device-run.ts';
import { inWorld } from '../../src/scenario/world.ts';
import { createMemoryLine } from '../../src/serial/memory-line.ts';
import { at } from '../bench/given.ts';
import { parsed } from './given.ts';
import { mailParts, recordedMail, sendMail } from './recorded-mail.ts';

async function replayedMail(
  recording: Recording,
): Promise<{ verdict: Awaited<ReturnType<typeof runReplay>>; run: DeviceRun }> {
  const parts = await mailParts();
  return inWorld({ at: at('2008-08-02T06:00'), seed: 2 }, async () => {
    const { dte, dce } = createMemoryLine(recording.header.baudRate);
    const playing = runReplay(recording, { as: 'module', line: dce }, { speed: 'max', timeout: ms(60_000) });
    const run = await sendMail(dte, parts, 9);
    await dte.close();
    return { verdict: await playing, run };
  });
}

describe('a mail that was recorded', () => {
  it('is delivered to the recording, with other ports, sequence numbers, dates and Message-IDs', async () => {
    const { verdict, run } = await replayedMail(parsed(await recordedMail('signals')));
    expect(verdict).toMatchObject({ outcome: 'same' });
    expect(run.isDelivered).toBe(true);
  });
});
