import { describe, expect, it } from 'vitest';
import { ms } from '../../src/base/units.ts';
import type { Recording } from '../../src/config/recording.ts';
import { runReplay } from '../../src/replay/run-replay.ts';
import type { DeviceRun } from '../../src/scenario/device-run.ts';
import { inWorld } from '../../src/scenario/world.ts';
import { createMemoryLine } from '../../src/serial/memory-line.ts';
import { at, profileOf } from '../bench/given.ts';
import { parsed } from './given.ts';
import { mailParts, recordedMail, recordedSignIn, sendMail, signingIn } from './recorded-mail.ts';

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

/** By sockets inside the module: its stream is what is compared. */
describe('a mail through sockets inside a module', () => {
  const recorded = async () =>
    recordedSignIn(await signingIn('3gpp-sockets'), { day: '2024-05-01T06:00', seed: 1, deviceSeed: 5 });

  it.each(['max', 'real'] as const)('is delivered to the recording on another day: %s', async (speed) => {
    const recording = await recorded();
    expect(
      recording.events.some((event) => 'from' in event && event.text?.includes('AT+QISEND') === true),
    ).toBe(true);
    const parts = await signingIn('3gpp-sockets');
    const { verdict, run } = await inWorld({ at: at('2024-06-17T18:00'), seed: 2 }, async () => {
      const { dte, dce } = createMemoryLine(recording.header.baudRate);
      const playing = runReplay(recording, { as: 'module', line: dce }, { speed, timeout: ms(60_000) });
      const sent = await sendMail(dte, parts, 9);
      await dte.close();
      return { verdict: await playing, run: sent };
    });
    expect(verdict).toMatchObject({ outcome: 'same' });
    expect(run.isDelivered).toBe(true);
  });

  it('is another mail where a line of it is another one', async () => {
    const recording = await recorded();
    const parts = await signingIn('3gpp-sockets');
    const { mail } = parts.settings;
    const settings = { ...parts.settings, mail: { ...mail, to: mail.to.slice(0, 1).map(() => mail.from) } };
    const verdict = await inWorld({ at: at('2024-06-17T18:00'), seed: 2 }, async () => {
      const { dte, dce } = createMemoryLine(recording.header.baudRate);
      const playing = runReplay(
        recording,
        { as: 'module', line: dce },
        { speed: 'max', timeout: ms(60_000) },
      );
      await sendMail(dte, { ...parts, settings }, 9);
      await dte.close();
      return playing;
    });
    expect(verdict).toMatchObject({
      outcome: 'different',
      difference: { expected: expect.stringContaining('RCPT TO:<office@north-one.example>') },
    });
  });
});

describe('a mail that was recorded, played as the device', () => {
  const passwords = new Map([
    ['user@au.au-net.ne.jp', 'au'],
    ['logger@north-one.example', 'snow-depth'],
  ]);
  const play = (recording: Recording, known: readonly string[], module: string) =>
    inWorld({ at: at('2024-05-03T06:00'), seed: 77 }, async ({ connect, auNet }) => {
      const verdict = await runReplay(
        recording,
        { as: 'device', line: connect(profileOf(module)) },
        {
          speed: 'real',
          timeout: ms(30_000),
          passwordOf: (user) => (known.includes(user) ? passwords.get(user) : undefined),
        },
      );
      return { verdict, mails: auNet.mailboxes.all.length };
    });
  const recorded = async (secrets?: readonly string[], module: '3gpp' | '3gpp-sockets' = '3gpp') =>
    recordedSignIn(await signingIn(module), {
      day: '2024-05-01T06:00',
      seed: 1,
      deviceSeed: 5,
      ...(secrets === undefined ? {} : { secrets }),
    });

  it('is taken by a server with a fresh challenge, where the account is known', async () => {
    const { verdict, mails } = await play(await recorded(), [...passwords.keys()], '3gpp');
    expect(verdict).toMatchObject({ outcome: 'same' });
    expect(mails).toBe(1);
  });

  it('is taken from a module with sockets inside, too', async () => {
    const recording = await recorded(undefined, '3gpp-sockets');
    const { verdict, mails } = await play(recording, [...passwords.keys()], '3gpp-sockets');
    expect(verdict).toMatchObject({ outcome: 'same' });
    expect(mails).toBe(1);
  });

  it('stops at the challenge of the server, and says what is lacking', async () => {
    const { verdict, mails } = await play(await recorded(), ['user@au.au-net.ne.jp'], '3gpp');
    expect(verdict).toMatchObject({
      outcome: 'different',
      difference: {
        expected: 'the CRAM-MD5 challenge of the recording',
        found:
          'a fresh CRAM-MD5 challenge: the recorded answer of logger@north-one.example does not fit it, and its ' +
          'password is not known; name the settings that have it (--settings), or record up to the mail',
      },
    });
    expect(mails).toBe(0);
  });

  it('stops where the network refuses the answer to another CHAP challenge, and says why', async () => {
    const { verdict } = await play(await recorded(), [], '3gpp');
    expect(verdict).toMatchObject({
      outcome: 'different',
      difference: {
        found: expect.stringContaining('the recorded response of user@au.au-net.ne.jp does not fit it'),
      },
    });
  });

  it('cannot sign in where that is masked, and says so', async () => {
    const { verdict } = await play(await recorded(['snow-depth']), [...passwords.keys()], '3gpp');
    expect(verdict).toMatchObject({
      outcome: 'different',
      difference: { found: expect.stringContaining('the sign-in of this recording is masked (--redact)') },
    });
  });
});
