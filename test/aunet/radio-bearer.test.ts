import { describe, expect, it } from 'vitest';
import type { LinkQuality } from '../../src/aunet/delay-queue.ts';
import { createRadioBearer } from '../../src/aunet/radio-bearer.ts';
import { seededRandom } from '../../src/base/random.ts';
import { ms } from '../../src/base/units.ts';
import { inVirtualTime } from '../../src/base/virtual-time.ts';
import type { ByteChannel } from '../../src/serial/serial-line.ts';

const instant: LinkQuality = { latencyMs: 0, frameMs: 0 };
const cdma: LinkQuality = { latencyMs: 150, frameMs: 20 };

/** Notes what one end sees, with the time since the start. */
function watch(name: string, end: ByteChannel, seen: string[]): void {
  const started = Date.now();
  const note = (what: string) => seen.push(`${Date.now() - started} ${name} ${what}`);
  end.on('data', (bytes) => note(Buffer.from(bytes).toString()));
  end.on('drain', () => note('drain'));
  end.on('close', (cause) => note(`close ${cause?.message ?? ''}`.trim()));
}

const run = (quality: LinkQuality, script: (bearer: ReturnType<typeof createRadioBearer>) => void) =>
  inVirtualTime({ startAt: ms(0), random: seededRandom(1) }, async () => {
    const seen: string[] = [];
    const bearer = createRadioBearer({ up: quality, down: quality }, (count) => seen.push(`lost ${count}`));
    watch('module', bearer.module, seen);
    watch('network', bearer.network, seen);
    script(bearer);
    await new Promise((resolve) => setTimeout(resolve, 60_000));
    return seen;
  });

describe('a packet call over the air', () => {
  it('carries both ways in order, each after its latency', async () => {
    const seen = await run(cdma, ({ module, network }) => {
      module.write(Buffer.from('up1'));
      module.write(Buffer.from('up2'));
      network.write(Buffer.from('down'));
    });
    expect(seen).toEqual(['160 network up1', '160 network up2', '160 module down']);
  });

  it('is instant when no latency is asked for, yet never calls back from inside a write', async () => {
    const seen = await run(instant, ({ module }) => {
      let isWriting = true;
      module.on('close', () => {});
      module.write(Buffer.from('up'));
      isWriting = false;
      expect(isWriting).toBe(false);
    });
    expect(seen).toEqual(['0 network up']);
  });

  it('lets what is under way arrive before a call that one side ended closes at the other', async () => {
    const ended = await run(cdma, ({ module }) => {
      module.write(Buffer.from('bye'));
      module.hangUp();
      module.write(Buffer.from('never'));
    });
    expect(ended).toEqual(['0 module close', '160 network bye', '160 network close']);
    const released = await run(cdma, ({ network }) => {
      network.write(Buffer.from('nak'));
      network.release(new Error('refused'));
    });
    expect(released).toEqual(['0 network close', '160 module nak', '160 module close refused']);
  });

  it('loses everything under way when the cells go off the air', async () => {
    const seen = await run(cdma, (bearer) => {
      bearer.module.write(Buffer.from('lost'));
      bearer.lose(new Error('no cell'));
    });
    expect(seen).toEqual(['0 module close no cell', '0 network close no cell']);
  });

  it('closes each end once, whoever hangs up how often', async () => {
    const seen = await run(instant, (bearer) => {
      bearer.module.hangUp();
      bearer.network.release(new Error('also'));
      bearer.lose(new Error('again'));
      bearer.module.hangUp();
    });
    expect(seen).toEqual(['0 module close', '0 network close']);
  });

  it('asks a fast writer to wait, and to go on once half has arrived', async () => {
    const seen = await run({ latencyMs: 100, frameMs: 0 }, ({ module }) => {
      expect(module.write(new Uint8Array(16 * 1024 - 1).fill(0x41))).toBe(true);
      expect(module.write(Buffer.from('x'))).toBe(false);
      expect(module.write(new Uint8Array(241 * 1024))).toBe(false);
    });
    expect(seen.map((line) => line.slice(0, 13))).toEqual([
      'lost 246784',
      '100 network A',
      '100 network x',
      '100 module dr',
    ]);
  });
});
