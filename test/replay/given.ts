/** Sessions of the emulated world, recorded in memory and played again. */
import { type Ms, ms } from '../../src/base/units.ts';
import type { BenchReport } from '../../src/bench/bench-report.ts';
import { parseRecording, type RecordedEvent, type Recording } from '../../src/config/recording.ts';
import type { Speed } from '../../src/replay/pace.ts';
import { runReplay } from '../../src/replay/run-replay.ts';
import type { ReplayVerdict } from '../../src/replay/verdict.ts';
import { inWorld } from '../../src/scenario/world.ts';
import { createMemoryLine } from '../../src/serial/memory-line.ts';
import { recordedDte } from '../../src/serial/recorded-line.ts';
import type { DteLine } from '../../src/serial/serial-line.ts';
import { at, bench, type Given, profileOf } from '../bench/given.ts';

const SPEED: Speed = 'max';
const TIMEOUT: Ms = ms(20_000);

export function parsed(text: string): Recording {
  const recording = parseRecording(text);
  if ('text' in recording) {
    throw new Error(`line ${recording.line}: ${recording.text}`);
  }
  return recording;
}

export const recorder = (
  line: DteLine,
  write: (line: string) => void,
  secrets?: readonly string[],
): DteLine =>
  recordedDte(line, {
    port: 'memory',
    startedAt: '2023-06-01T09:00:00+09:00',
    write,
    ...(secrets === undefined ? {} : { redact: { secrets } }),
  });

/** A bench in front of a module of the emulation. */
export async function recordedBench(given: Given, secrets?: readonly string[]): Promise<Recording> {
  let text = '';
  await bench({
    ...given,
    openLine: async ({ connect }) => {
      return recorder(connect(profileOf(given.module ?? '3gpp')), (line) => (text += line), secrets);
    },
  });
  return parsed(text);
}

export interface Replayed {
  readonly verdict: ReplayVerdict;
  readonly report: BenchReport;
}

/** The same bench in front of the recording. */
export async function replayedBench(recording: Recording, given: Given): Promise<Replayed> {
  let playing: Promise<Result> = Promise.resolve('nobody');
  const report = await bench({
    ...given,
    openLine: async () => {
      const { dte, dce } = createMemoryLine(recording.header.baudRate);
      playing = runReplay(recording, { as: 'module', line: dce }, { speed: SPEED, timeout: TIMEOUT });
      return dte;
    },
  });
  return { report, verdict: ended(await playing) };
}

/** The recording as the device, in front of a module of the emulation. */
export function replayedToModule(recording: Recording, module: string, seed: number): Promise<ReplayVerdict> {
  return inWorld({ at: at('2023-06-01T09:00'), seed }, async ({ connect }) => {
    const line = connect(profileOf(module));
    return ended(await runReplay(recording, { as: 'device', line }, { speed: 'real', timeout: TIMEOUT }));
  });
}

type Result = Awaited<ReturnType<typeof runReplay>>;

function ended(verdict: Result): ReplayVerdict {
  if (typeof verdict === 'string') {
    throw new Error(verdict);
  }
  return verdict;
}

/** The recording with one text of one side put in place of another. */
export function changed(recording: Recording, from: 'dte' | 'dce', before: string, after: string): Recording {
  let count = 0;
  const events = recording.events.map((event): RecordedEvent => {
    if (
      !('from' in event) ||
      event.from !== from ||
      event.text === undefined ||
      !event.text.includes(before)
    ) {
      return event;
    }
    count += 1;
    return { ...event, text: event.text.replace(before, after) };
  });
  if (count === 0) {
    throw new Error(`there is no ${before}`);
  }
  return { ...recording, events };
}
