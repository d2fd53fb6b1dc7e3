/**
 * How much of the line a large mail uses: the ideal time of its octets at the bit rate over the time that it
 * takes in virtual time, from the server's 354 to its final reply. Also the octets that a small mail costs.
 */
import type { Trace } from '../../src/base/trace.ts';
import { now } from '../../src/base/virtual-time.ts';
import type { CommsReport } from '../../src/firmware/comms-report.ts';
import { holdCommsSession } from '../../src/firmware/comms-session.ts';
import { deviceParts } from '../../src/firmware/device-parts.ts';
import { inWorld } from '../../src/scenario/world.ts';
import type { Figure } from './figure.ts';
import { mailOf, moduleAt, release, settings, world } from './unit.ts';

const BIT_RATES = [9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600];
const BITS_PER_OCTET = 10;
const LARGE = 64 * 1024;
const SMALL = 1024;

export async function lineUse(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const bitRate of BIT_RATES) {
    const { size, transferMs } = await send(LARGE, bitRate);
    const idealMs = (size * BITS_PER_OCTET * 1000) / bitRate;
    figures.push({
      name: `line-use-${bitRate}`,
      value: idealMs / transferMs,
      unit: 'ratio',
      limit: { kind: 'at least', value: 0.93 },
    });
  }
  const { report } = await send(SMALL, 115_200);
  figures.push({ name: 'line-bytes-1k-mail', value: report.bytesSent + report.bytesReceived, unit: 'byte' });
  return figures;
}

async function send(
  octets: number,
  bitRate: number,
): Promise<{ size: number; transferMs: number; report: CommsReport }> {
  const mail = mailOf(octets, 0);
  let goAheadAt = 0;
  let acceptedAt = 0;
  const trace: Trace = ({ layer, direction, text }) => {
    if (layer === 'smtp' && direction === '<' && text.startsWith('354 ')) {
      goAheadAt = now();
    } else if (layer === 'smtp' && direction === '<' && text.startsWith('250 2.6.0')) {
      acceptedAt = now();
    }
  };
  const profile = moduleAt(bitRate);
  const report = await inWorld(world, ({ connect, random }) => {
    const parts = deviceParts({ settings, random, trace });
    return holdCommsSession({
      settings,
      release,
      mails: [mail],
      openLine: async () => connect(profile),
      parts: { ...parts, modem: (line) => parts.modem(line, profile) },
      random,
      trace,
    });
  });
  if (report.outcome !== 'delivered') {
    throw new Error(`a mail to be measured was not delivered: ${report.blockedBy?.sentence}`);
  }
  return { size: mail.raw.length, transferMs: acceptedAt - goAheadAt, report };
}
