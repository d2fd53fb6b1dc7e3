/** A radio network for tests: covers as told, and answers numbers as the AT vectors do. */
import { EventEmitter } from 'node:events';
import type {
  Call,
  Coverage,
  DialResult,
  RadioAttachment,
  RadioNetwork,
} from '../../../src/modem/dce/radio.ts';

export const HOME: Coverage = { service: 'home', band: 'lte-b18', signalDbm: -73, system: '44050' };

export class TestCall
  extends EventEmitter<{ data: [bytes: Uint8Array]; drain: []; close: [cause?: Error] }>
  implements Call
{
  readonly received: Uint8Array[] = [];
  isHungUp = false;
  /** What `write` says: false plays a network that is slow to take octets. */
  hasRoom = true;

  write(bytes: Uint8Array): boolean {
    this.received.push(bytes);
    return this.hasRoom;
  }

  get text(): string {
    return Buffer.concat(this.received).toString('latin1');
  }

  say(text: string): void {
    this.emit('data', Buffer.from(text, 'latin1'));
  }

  hangUp(): void {
    this.isHungUp = true;
    this.emit('close');
  }
}

export class TestRadio implements RadioNetwork {
  readonly attachments: TestAttachment[] = [];
  readonly calls: TestCall[] = [];
  coverage: Coverage = HOME;
  networkTime: Date | undefined;
  /** Of the last call that was dialled. */
  controlCharacters = 0;

  attach(): RadioAttachment {
    const attachment = new TestAttachment(this);
    this.attachments.push(attachment);
    return attachment;
  }

  get attachment(): TestAttachment {
    const attachment = this.attachments.at(-1);
    if (attachment === undefined) {
      throw new Error('The module has not attached.');
    }
    return attachment;
  }

  get call(): TestCall {
    const call = this.calls.at(-1);
    if (call === undefined) {
      throw new Error('There is no call.');
    }
    return call;
  }

  cover(coverage: Coverage): void {
    this.coverage = coverage;
    this.attachment.emit('coverage', coverage);
  }

  resultOf(number: string): DialResult | 'never' {
    switch (number) {
      case '5550000':
        return { result: 'busy' };
      case '5557777':
        return { result: 'no-carrier' };
      case '5558888':
        return { result: 'no-answer' };
      case '5559999':
        return 'never';
      default: {
        const call = new TestCall();
        this.calls.push(call);
        return { result: 'connected', call, bitRate: 115_200 };
      }
    }
  }
}

class TestAttachment extends EventEmitter<{ coverage: [Coverage]; ring: [] }> implements RadioAttachment {
  readonly #radio: TestRadio;
  isDetached = false;
  givenUp = 0;

  constructor(radio: TestRadio) {
    super();
    this.#radio = radio;
  }

  get coverage(): Coverage {
    return this.#radio.coverage;
  }

  get networkTime(): Date | undefined {
    return this.#radio.networkTime;
  }

  dial(number: string, done: (result: DialResult) => void, controlCharacters = 0): () => void {
    this.#radio.controlCharacters = controlCharacters;
    const timer = setTimeout(() => {
      const result = this.#radio.resultOf(number);
      if (result !== 'never') {
        done(result);
      }
    }, 10);
    return () => {
      this.givenUp += 1;
      clearTimeout(timer);
    };
  }

  detach(): void {
    this.isDetached = true;
  }
}
