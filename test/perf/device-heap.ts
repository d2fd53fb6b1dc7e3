/** Heap that one connected device takes: driver, module, both ends of PPP, both IP hosts, radio. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { noTrace } from '../../src/base/trace.ts';
import { deviceParts } from '../../src/firmware/device-parts.ts';
import { inWorld, type World } from '../../src/scenario/world.ts';
import type { Figure } from './figure.ts';
import { moduleAt, settings, world } from './unit.ts';

const DEVICES = 100;
const module = moduleAt(115_200);

export async function deviceHeap(): Promise<Figure[]> {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const octets = await inWorld(world, async (around) => {
    const devices = [await connected(around, 0)];
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let number = 1; number <= DEVICES; number += 1) {
      devices.push(await connected(around, number));
    }
    collectGarbage();
    const after = process.memoryUsage().heapUsed;
    for (const { link, modem } of devices) {
      await link.close();
      await modem.close();
    }
    return (after - before) / DEVICES;
  });
  return [{ name: 'heap-per-device', value: octets / 1024, unit: 'KiB' }];
}

async function connected({ connect, random }: World, number: number) {
  const parts = deviceParts({ settings, random: random.fork(`device ${number}`), trace: noTrace });
  const modem = parts.modem(connect(module), module);
  await modem.start();
  await modem.waitForService();
  const link = parts.link(await modem.dial(module.dial.number));
  const host = link.host(await link.open());
  return { link, modem, host };
}
