import { describe, expect, it } from 'vitest';
import { GreyList } from '../../../src/aunet/faults/grey-list.ts';
import { LatePackets } from '../../../src/aunet/faults/late-packets.ts';
import { Roster } from '../../../src/aunet/faults/roster.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { minutes, ms } from '../../../src/base/units.ts';
import { inVirtualTime } from '../../../src/base/virtual-time.ts';
import { pause } from './faulty-world.ts';

const inTime = (run: () => Promise<void>) => inVirtualTime({ startAt: ms(0), random: seededRandom(1) }, run);

describe('late packets', () => {
  it('come when they are due, and never before the one ahead of them', () =>
    inTime(async () => {
      const fates: (number | 'lost')[] = [100, 0, 'lost', 50, 300];
      const came: string[] = [];
      const packets = new LatePackets(
        ([name]) => came.push(`${name} at ${Date.now()}`),
        () => fates.shift() ?? 0,
      );
      for (let name = 1; name <= 5; name += 1) {
        packets.push(Uint8Array.of(name));
      }
      expect(packets.isHolding).toBe(true);
      await pause(1000);
      expect(came).toEqual(['1 at 100', '2 at 100', '4 at 100', '5 at 300']);
      expect(packets.isHolding).toBe(false);
    }));

  it('are lost beyond 256 KiB', () =>
    inTime(async () => {
      let came = 0;
      const packets = new LatePackets(
        () => {
          came += 1;
        },
        () => 1000,
      );
      for (let count = 0; count < 300; count += 1) {
        packets.push(new Uint8Array(1024));
      }
      await pause(2000);
      expect(came).toBe(256);
    }));

  it('do not come any more once the line is down', () =>
    inTime(async () => {
      let came = 0;
      const packets = new LatePackets(
        () => {
          came += 1;
        },
        () => 10,
      );
      packets.push(Uint8Array.of(1));
      packets.close();
      await pause(100);
      expect(came).toBe(0);
    }));
});

describe('greylisting', () => {
  const mail = { client: '100.64.0.2', from: 'a@b.example', to: 'to:<c@d.example>' };

  it('lets a sender pass that comes again after the wait, also from another address of its network', () => {
    const list = new GreyList(minutes(5));
    expect(list.wait(mail, ms(0))).toBe(minutes(5));
    expect(list.wait({ ...mail, client: '100.64.0.9' }, minutes(3))).toBe(minutes(2));
    expect(list.wait(mail, minutes(5))).toBe(0);
    expect(list.wait({ ...mail, to: 'to:<e@d.example>' }, minutes(5))).toBe(minutes(5));
  });

  it('forgets the oldest when there are too many', () => {
    const list = new GreyList(minutes(5));
    list.wait(mail, ms(0));
    for (let count = 0; count < 4096; count += 1) {
      list.wait({ ...mail, from: `${count}@b.example` }, ms(0));
    }
    expect(list.wait(mail, minutes(6))).toBe(minutes(5));
  });
});

describe('a roster', () => {
  it('does to those that come later what it does to those that are there', () => {
    const roster = new Roster<string>();
    const done: string[] = [];
    roster.put('one', 'a');
    const end = roster.each((name, thing) => {
      done.push(`+${name}${thing}`);
      return () => done.push(`-${name}${thing}`);
    });
    roster.put('two', 'b');
    roster.put('one', 'c');
    roster.remove('two', 'not this one');
    roster.remove('two', 'b');
    end();
    roster.put('three', 'd');
    expect(done).toEqual(['+onea', '+twob', '-onea', '+onec', '-twob', '-onec']);
  });
});
