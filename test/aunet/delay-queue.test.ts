import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DelayQueue, type LinkQuality } from '../../src/aunet/delay-queue.ts';
import { ms } from '../../src/base/units.ts';

const octets = (count: number) => new Uint8Array(count);
const quality = (more: Partial<LinkQuality>): LinkQuality => ({ latencyMs: 0, frameMs: 0, ...more });

describe('one direction of a radio link', () => {
  it('delivers after the latency, not before', () => {
    const queue = new DelayQueue(quality({ latencyMs: 150 }));
    queue.push(octets(10), ms(1000));
    expect(queue.nextAt).toBe(1150);
    expect(queue.take(ms(1149)).arrived).toEqual([]);
    expect(queue.take(ms(1150)).arrived).toEqual([octets(10)]);
    expect(queue.nextAt).toBeUndefined();
  });

  it('delivers at the ends of frames', () => {
    const queue = new DelayQueue(quality({ latencyMs: 150, frameMs: 20 }));
    queue.push(octets(1), ms(1001));
    queue.push(octets(1), ms(1009));
    expect(queue.nextAt).toBe(1160);
    expect(queue.take(ms(1160)).arrived).toHaveLength(2);
  });

  it('carries no more than its bit rate', () => {
    const queue = new DelayQueue(quality({ bitRate: 8000 }));
    queue.push(octets(100), ms(0));
    queue.push(octets(50), ms(0));
    expect(queue.nextAt).toBe(100);
    queue.take(ms(100));
    expect(queue.nextAt).toBe(150);
  });

  it('makes the writer wait when it is full, tells it once to go on, and loses what nobody may store', () => {
    const queue = new DelayQueue(quality({ latencyMs: 10 }));
    expect(queue.push(octets(16 * 1024 - 1), ms(0))).toBe('taken');
    expect(queue.push(octets(1), ms(1))).toBe('full');
    expect(queue.push(octets(240 * 1024), ms(2))).toBe('full');
    expect(queue.push(octets(1), ms(3))).toBe('lost');
    expect(queue.take(ms(11)).drained).toBe(false);
    expect(queue.take(ms(12)).drained).toBe(true);
    expect(queue.take(ms(13)).drained).toBe(false);
  });

  it('keeps every octet and the order, whatever the quality and the times', () => {
    const link = fc.record(
      { latencyMs: fc.nat(500), frameMs: fc.nat(40), bitRate: fc.integer({ min: 1200, max: 200_000 }) },
      { requiredKeys: ['latencyMs', 'frameMs'] },
    );
    const writes = fc.array(fc.record({ pauseMs: fc.nat(100), count: fc.integer({ min: 1, max: 9 }) }));
    fc.assert(
      fc.property(link, writes, (given, sequence) => {
        const queue = new DelayQueue(given);
        let at = 0;
        let octet = 0;
        const arrived: number[] = [];
        let earliest = 0;
        for (const { pauseMs, count } of sequence) {
          at += pauseMs;
          queue.push(
            Uint8Array.from({ length: count }, () => octet++),
            ms(at),
          );
        }
        for (let due = queue.nextAt; due !== undefined; due = queue.nextAt) {
          expect(due).toBeGreaterThanOrEqual(earliest);
          earliest = due;
          arrived.push(...queue.take(due).arrived.flatMap((bytes) => [...bytes]));
        }
        expect(arrived).toEqual(Array.from({ length: octet }, (_, index) => index & 0xff));
      }),
    );
  });
});
