/** The outbox on a region that holds anything: it comes up, shows what it has, and goes on. */
import assert from 'node:assert/strict';
import { inspectOutbox, outboxText } from '../../../src/firmware/flash/inspect-flash.ts';
import { NorFlash } from '../../../src/firmware/flash/nor-flash.ts';
import { scanSector } from '../../../src/wire/record-log.ts';
import { CutFlash, OutboxUnderTest, outboxLayout } from '../../firmware/outbox/given.ts';
import { type FuzzTarget, pick } from '../target.ts';

const layout = outboxLayout(5);
/** Each append may reclaim every sector twice, each with some dozen fragments. */
const MOST_OPERATIONS = 5000;

function region(mails: number): Uint8Array {
  const flash = new NorFlash({ layout });
  const outbox = new OutboxUnderTest(flash);
  for (let number = 0; number < mails; number += 1) {
    outbox.queue(number, 60);
    if (number % 3 > 0) outbox.answer(outbox.state.entries[0]?.mail.messageId ?? '', number % 3);
  }
  return Uint8Array.from(flash.read(0, layout.size));
}

export const outboxRegion: FuzzTarget = {
  name: 'outbox-region',
  corpus: [region(1), region(4), region(30)],
  dictionary: ['K21O', 'M', 'S', 'E', 'D', 'K', '\xff\xff\xff\xff', '\0\0\0\0'],
  cpuMs: 1000,
  attempt({ octets, random }) {
    scanSector(octets, pick(random, [1, 8, 32]));
    const bytes = new Uint8Array(layout.size).fill(0xff);
    bytes.set(octets.subarray(0, layout.size));
    const flash = new CutFlash(new NorFlash({ layout, bytes }), MOST_OPERATIONS);
    const { waiting, damaged } = inspectOutbox(flash);
    const held = waiting.reduce((sum, each) => sum + each.bytes, 0);
    assert.ok(held <= layout.size, `${held} bytes of mail in a region of ${layout.size}`);
    assert.ok(damaged <= layout.size / 24, `${damaged} damaged mails`);
    outboxText(inspectOutbox(flash));
    const outbox = new OutboxUnderTest(flash);
    outbox.queue(77, 50);
    const again = new OutboxUnderTest(flash);
    assert.ok(
      again.store.entries.some(({ id }) => id === 'id 77'),
      'a mail that was queued is not there',
    );
  },
};
