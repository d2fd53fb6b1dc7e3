/** Is there a port, and who is at its other end: control signals, and the bit rate at which it answers. */
import { ms, seconds } from '../../base/units.ts';
import type { Bench } from '../bench.ts';
import { BenchError } from '../bench-error.ts';
import { findBitRate } from '../find-bit-rate.ts';
import { finding, ok, type Station, type StationResult } from '../station.ts';

/** Rates that modules listen at, the usual one first. */
export const COMMON_RATES = [115_200, 9_600, 57_600, 38_400, 19_200, 230_400] as const;

export const port: Station = {
  name: 'port',
  title: 'port and control signals',
  needs: [],
  limit: seconds(15),
  async run(bench: Bench): Promise<StationResult> {
    const line = await bench.options.openLine();
    bench.line = line;
    line.drive({ dtr: true, rts: true });
    const { signals } = line;
    if (signals === 'unknown') {
      return ok('open; this line has no control signals (a pty, or TCP)', { signals: 'none' });
    }
    const { dsr, cts, dcd } = signals;
    const measurement = { dsr, cts, dcd };
    const word = (isOn: boolean) => (isOn ? 'on' : 'off');
    const summary = `open; DSR ${word(dsr)}, CTS ${word(cts)}, DCD ${word(dcd)}`;
    return cts
      ? ok(summary, measurement)
      : finding('warning', 'BENCH_NO_CTS', `${summary}: the module does not let anything be sent`, {
          measurement,
          advice: 'Check that the module has power, and that the cable has RTS and CTS.',
        });
  },
};

export const autobaud: Station = {
  name: 'autobaud',
  title: 'bit rate',
  needs: ['port'],
  limit: seconds(27),
  async run(bench: Bench): Promise<StationResult> {
    const { profile } = bench.options;
    const expected = profile === 'auto' ? undefined : profile.line.baudRate;
    const first = expected === undefined ? [] : [expected];
    const rates = [
      ...new Set([...first, ...(profile === 'auto' ? [] : profile.line.autobaud), ...COMMON_RATES]),
    ];
    const found = await findBitRate(bench.line, rates, (text) => bench.note(text));
    if (found.outcome === 'answers') {
      const { bitRate, afterMs } = found;
      bench.bitRate = bitRate;
      const measurement = { bitRate, answerMs: ms(afterMs) };
      return expected === undefined || bitRate === expected
        ? ok(`answers at ${bitRate} bit/s`, measurement)
        : finding('warning', 'BENCH_OTHER_BIT_RATE', `answers at ${bitRate} bit/s, not at ${expected}`, {
            measurement,
            advice:
              'The firmware sets the rate anew at each start (AT+IPR); store it in the module to spare that.',
          });
    }
    const { code, sentence, advice } = found;
    throw new BenchError(code, sentence, { advice });
  },
};
