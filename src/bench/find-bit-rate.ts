/**
 * Finds the bit rate at which something answers AT with OK, and tells what else is there. Before the driver, because the
 * driver wants a modem; it changes nothing in the module (no AT+IPR).
 */
import { pause } from '../base/pause.ts';
import { type Ms, ms, seconds } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import type { DteLine } from '../serial/serial-line.ts';
import { lend } from './lent-line.ts';

/** Enough for a module that is still starting, and for every rate twice; the whole command ends before 30 s. */
const LIMIT = seconds(16);
/** AT is answered within a few milliseconds or not at all. */
const PROBE_TIME = ms(400);
/** The slowest answer that is waited for. */
const ANSWER_LIMIT = seconds(5);
/** Before anything is said: who talks unasked? */
const LISTEN_TIME = ms(300);
/** After a change of rate the receiver needs a moment of silence. */
const SETTLE_TIME = ms(20);
/** V.250 6.3: silence before and after the escape from a call that nobody ended. */
const GUARD_TIME = ms(1100);
/** What is kept of what came. */
const HEARD_LIMIT = 4096;

export type FoundRate =
  | { readonly outcome: 'answers'; readonly bitRate: number; readonly afterMs: number }
  | {
      readonly outcome: 'no-modem';
      readonly code: 'BENCH_NO_MODEM' | 'BENCH_SLOW_ANSWERS';
      readonly sentence: string;
      readonly advice: string;
    };

export async function findBitRate(
  shared: DteLine,
  rates: readonly number[],
  note: (text: string) => void,
): Promise<FoundRate> {
  const line = lend(shared);
  const heard = new Heard();
  let onHeard = () => {};
  line.on('data', (bytes) => {
    heard.add(bytes);
    onHeard();
  });
  /** Until it says OK, or the time is over. */
  const answersWithin = (limit: Ms) =>
    new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), limit);
      onHeard = () => {
        if (heard.saysOk) {
          clearTimeout(timer);
          resolve(true);
        }
      };
    });
  const said = (text: string) => {
    heard.begin();
    line.write(Buffer.from(text, 'latin1'));
  };
  /** Was it the late answer to an earlier question? One more, with all the time it wants. */
  const surely = async (bitRate: number): Promise<FoundRate> => {
    await pause(ANSWER_LIMIT);
    const askedAt = now();
    said('AT\r');
    await answersWithin(ANSWER_LIMIT);
    const afterMs = now() - askedAt;
    return afterMs > PROBE_TIME ? tooSlow(bitRate, afterMs) : { outcome: 'answers', bitRate, afterMs };
  };
  try {
    const begin = now();
    let isFirst = true;
    heard.atRate(line.baudRate);
    await pause(LISTEN_TIME);
    while (now() - begin < LIMIT) {
      for (const bitRate of rates) {
        line.setBaudRate(bitRate);
        heard.atRate(bitRate);
        await pause(SETTLE_TIME);
        const askedAt = now();
        said('AT\r');
        // Silent because of Q1, or answering in digits: both end with the second line.
        if (await answersWithin(PROBE_TIME)) {
          note(`${bitRate} bit/s: AT is answered with OK`);
          return isFirst ? { outcome: 'answers', bitRate, afterMs: now() - askedAt } : await surely(bitRate);
        }
        isFirst = false;
        said('ATQ0V1\r');
        if (await answersWithin(PROBE_TIME)) {
          note(`${bitRate} bit/s: ATQ0V1 is answered with OK`);
          return await surely(bitRate);
        }
        note(`${bitRate} bit/s: ${heard.inWords}`);
        if (now() - begin >= LIMIT) {
          return heard.verdict(rates);
        }
      }
      line.setBaudRate(rates[0] ?? line.baudRate);
      heard.atRate(line.baudRate);
      note('it may be in a call that nobody ended: +++, ATH');
      await pause(GUARD_TIME);
      said('+++');
      await pause(GUARD_TIME);
      said('ATH\r');
      await pause(PROBE_TIME);
    }
    return heard.verdict(rates);
  } finally {
    await line.close();
    await pause(SETTLE_TIME);
  }
}

const tooSlow = (bitRate: number, afterMs: number): FoundRate => ({
  outcome: 'no-modem',
  code: 'BENCH_SLOW_ANSWERS',
  sentence: `The module answers at ${bitRate} bit/s, but takes ${afterMs < ANSWER_LIMIT ? '' : 'more than '}${afterMs} ms; the driver waits for ${PROBE_TIME} ms.`,
  advice: 'Switch the module off and on; if it stays so slow, look for a newer firmware of it.',
});

/** What came, and what it may be. */
class Heard {
  readonly #byRate = new Map<number, string>();
  #bitRate = 0;
  #sinceSaid = '';

  /** At another rate the same octets read otherwise. */
  atRate(bitRate: number): void {
    this.#bitRate = bitRate;
  }

  begin(): void {
    this.#sinceSaid = '';
  }

  add(bytes: Uint8Array): void {
    const text = Buffer.from(bytes).toString('latin1');
    const before = this.#byRate.get(this.#bitRate) ?? '';
    this.#byRate.set(this.#bitRate, (before + text).slice(-HEARD_LIMIT));
    this.#sinceSaid = (this.#sinceSaid + text).slice(-HEARD_LIMIT);
  }

  get saysOk(): boolean {
    return /(?:^|[\r\n])OK\r/.test(this.#sinceSaid) || /^(?:AT\S*\r)?0\r$/.test(this.#sinceSaid);
  }

  get inWords(): string {
    return this.#sinceSaid === '' ? 'nothing came' : `no OK in ${shown(this.#sinceSaid)}`;
  }

  verdict(rates: readonly number[]): FoundRate {
    const noModem = (sentence: string, advice: string): FoundRate => ({
      outcome: 'no-modem',
      code: 'BENCH_NO_MODEM',
      sentence,
      advice,
    });
    // What reads best was most likely heard at the right rate.
    const [all = ''] = [...this.#byRate.values()].toSorted((one, other) => oddShare(one) - oddShare(other));
    if (all === '') {
      return noModem(
        `Nothing answers at ${rates.join(', ')} bit/s.`,
        'Check that the module has power and that the cable leads to it (crossed or straight).',
      );
    }
    if (/\$(?:G[APLNB]|BD)[A-Z]{3},/.test(all)) {
      return noModem(
        `This is a satellite receiver: it prints NMEA sentences (${shown(all)}).`,
        'Modules with a receiver have several ports: try the next one (ttyUSB1, ttyUSB2).',
      );
    }
    if (/AT/.test(all) && /^(?:(?:ATQ0V1|ATH|AT|\+\+\+)|[\r\n])+$/.test(all)) {
      return noModem(
        'It sends back what it is sent, and nothing else.',
        'Transmit and receive are joined (a loop-back plug, or a terminal that echoes): connect the module.',
      );
    }
    if (oddShare(all) > 0.2) {
      return noModem(
        `Something comes that is no text at any of ${rates.join(', ')} bit/s (${shown(all)}).`,
        'It listens at another bit rate, or is no modem: check its data sheet, and other ports of the same device.',
      );
    }
    return noModem(
      `It sends text, but does not answer AT (${shown(all)}).`,
      'This is no modem, or its console: check which port of the device takes AT commands.',
    );
  }
}

/** How much of it is no text. */
const oddShare = (text: string): number => (text.match(/[^\t\r\n\x20-\x7e]/g)?.length ?? 0) / text.length;

/** A sample in one line. */
const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
