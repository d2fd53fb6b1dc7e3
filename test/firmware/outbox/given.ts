/** Small flashes and mails that the tests of the stored outbox begin with, and a flash whose power can be cut. */
import { type Ms, ms } from '../../../src/base/units.ts';
import type { FlashLayout, FlashRegion } from '../../../src/firmware/flash/layout.ts';
import { NorFlash } from '../../../src/firmware/flash/nor-flash.ts';
import type { FlashOperation, WritableFlash } from '../../../src/firmware/flash/operation.ts';
import { FlashOutbox } from '../../../src/firmware/outbox/flash-outbox.ts';
import {
  deliveryPolicy,
  type OutboxEvent,
  type OutboxState,
  stepOutbox,
} from '../../../src/firmware/outbox.ts';
import { composeMail } from '../../../src/smtp/compose.ts';
import { settingsWith } from '../unit.ts';

const nowhere: FlashRegion = { offset: 0, size: 0 };

/** A flash that is all outbox. */
export function outboxLayout(sectors: number, sectorSize = 1024, writeSize = 8): FlashLayout {
  const size = sectors * sectorSize;
  return {
    baseAddress: 0,
    size,
    sectorSize,
    writeSize,
    erasedValue: 0xff,
    regions: {
      bootloader: nowhere,
      slot0: nowhere,
      slot1: nowhere,
      scratch: nowhere,
      settings: nowhere,
      outbox: { offset: 0, size },
    },
  };
}

export class PowerLost extends Error {}

export type Tear = 'between' | 'torn';

/** Loses its power at one operation; a write or an erase under way is half done. */
export class CutFlash implements WritableFlash {
  flash: NorFlash;
  /** Operations performed. */
  count = 0;
  readonly #after: number;
  readonly #tear: Tear;

  constructor(flash: NorFlash, after = Number.POSITIVE_INFINITY, tear: Tear = 'between') {
    this.flash = flash;
    this.#after = after;
    this.#tear = tear;
  }

  get layout(): FlashLayout {
    return this.flash.layout;
  }

  get securityCounter(): number {
    return this.flash.securityCounter;
  }

  read(offset: number, length: number): Uint8Array {
    return this.flash.read(offset, length);
  }

  perform(operation: FlashOperation): void {
    if (this.count >= this.#after) {
      if (this.#tear === 'torn') this.#half(operation);
      throw new PowerLost();
    }
    this.count += 1;
    this.flash.perform(operation);
  }

  #half(operation: FlashOperation): void {
    const { layout } = this.flash;
    if (operation.kind === 'write') {
      const units = Math.floor(operation.data.length / layout.writeSize / 2);
      this.flash.perform({ ...operation, data: operation.data.subarray(0, units * layout.writeSize) });
    } else if (operation.kind === 'erase') {
      // Worse than what the bootloader counts on: the end of the sector is erased, its header is still there.
      const bytes = this.flash.read(0, layout.size).slice();
      bytes.fill(0xff, operation.offset + layout.sectorSize / 2, operation.offset + layout.sectorSize);
      this.flash = new NorFlash({ layout, bytes, eraseCounts: this.flash.eraseCounts });
    }
  }
}

const settings = settingsWith();
export const policy = deliveryPolicy(settings.mail);
export const START: Ms = ms(1_222_819_200_000);

export function mail(number: number, textBytes = 200, recipients = ['a@example.jp', 'b@example.jp']) {
  return composeMail({
    from: { address: 'logger@example.jp' },
    to: recipients.map((address) => ({ address })),
    subject: `mail ${number}`,
    text: 'x'.repeat(textBytes),
    date: START,
    messageId: { device: 'unit', record: String(number) },
    charset: 'utf-8',
  });
}

/** A device's outbox as the comms task drives it. */
export class OutboxUnderTest {
  readonly store: FlashOutbox;
  state: OutboxState;
  time = START;

  constructor(flash: WritableFlash) {
    this.store = new FlashOutbox(flash);
    this.state = { entries: this.store.entries };
  }

  step(event: OutboxEvent) {
    const step = stepOutbox(this.state, event, this.time, policy);
    const { ended, dropped } = step;
    this.store.commit({ before: this.state.entries, after: step.state.entries, ended, dropped });
    this.state = step.state;
    return step;
  }

  queue(number: number, textBytes?: number) {
    return this.step({ type: 'queue', id: `id ${number}`, mail: mail(number, textBytes), store: this.store });
  }

  /** The server answers for one mail: for so many recipients at once with yes, for the others later. */
  answer(messageId: string, accepted: number) {
    const entry = this.state.entries.find((each) => each.mail.messageId === messageId);
    const pending = entry?.delivery.pending ?? [];
    const later = { status: 'refused', phase: 'rcpt', reply: { code: 451, text: 'later' } } as const;
    const recipients = new Map(
      pending.map((address, index) => [
        address,
        index < accepted ? ({ status: 'accepted' } as const) : later,
      ]),
    );
    const reply = {
      messageId,
      port: 587,
      phase: 'end-of-data',
      text: '',
      recipients,
      isAmbiguous: false,
      hasTriedAuth: true,
      evidence: [],
      startedAt: this.time,
      endedAt: this.time,
    } as const;
    return this.step({ type: 'results', results: [{ messageId, reply }] });
  }
}
