/** Many lines at one station: a device at each, which sends a mail every minute. */
import { minutes } from '../../src/base/units.ts';
import { now } from '../../src/base/virtual-time.ts';
import { atStation, mailOfNow, pause, taskOn, unitCalled } from './given.ts';
import { MemoryOffer } from './memory-offer.ts';

export interface ManyLines {
  /** The Message-IDs of what was queued, and of what arrived, sorted. */
  readonly sent: readonly string[];
  readonly arrived: readonly string[];
  readonly failures: number;
  readonly sessionsUp: number;
  /** Octets in use after a collection, at each fifth of the time; empty without --expose-gc. */
  readonly heap: readonly number[];
}

export function manyLines(lines: number, lengthMinutes: number): Promise<ManyLines> {
  return atStation(async (side) => {
    const sent: string[] = [];
    const heap: number[] = [];
    const offers = Array.from({ length: lines }, (_, index) => {
      const offer = new MemoryOffer();
      side.addLine(`line-${index}`, offer);
      return offer;
    });
    const end = now() + minutes(lengthMinutes);
    const device = async (offer: MemoryOffer, index: number) => {
      const settings = unitCalled(`unit-${index}`);
      const task = taskOn(settings, () => offer.open());
      // They do not wake at the same moment.
      await pause(minutes(index / lines));
      while (now() < end) {
        const begin = now();
        for (const mail of mailOfNow(settings)) {
          const [name, record] = mail.id.split('/');
          sent.push(`<${record}.${name}-${settings.device.id}@north-one.example>`);
          task.queue(mail);
        }
        await task.run();
        await pause(minutes(Math.max(0, 1 - (now() - begin) / minutes(1))));
      }
    };
    const weigh = async () => {
      for (let part = 0; part < 5 && globalThis.gc !== undefined; part += 1) {
        await pause(minutes(lengthMinutes / 5));
        side.mails.clear();
        globalThis.gc();
        heap.push(process.memoryUsage().heapUsed);
      }
    };
    const arrived: string[] = [];
    side.on('happening', (happening) => {
      if (happening.type === 'mail') {
        arrived.push(happening.summary.messageId);
      }
    });
    await Promise.all([...offers.map(device), weigh()]);
    return {
      sent: sent.sort(),
      arrived: arrived.sort(),
      failures: side.failures,
      sessionsUp: side.sessions.up,
      heap,
    };
  });
}
