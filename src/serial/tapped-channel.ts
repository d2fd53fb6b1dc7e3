/** Lets somebody listen in on a stream of bytes that is no line: a call through the radio. */
import type { ByteChannel } from './serial-line.ts';
import type { LineTap } from './tapped-line.ts';

export class TappedChannel implements ByteChannel {
  readonly #channel: ByteChannel;
  readonly #tap: LineTap;

  constructor(channel: ByteChannel, tap: LineTap) {
    this.#channel = channel;
    this.#tap = tap;
    channel.on('data', (bytes) => tap.received(bytes));
  }

  write(bytes: Uint8Array): boolean {
    this.#tap.sent(bytes);
    return this.#channel.write(bytes);
  }

  on(event: 'data', listener: (bytes: Uint8Array) => void): unknown;
  on(event: 'drain', listener: () => void): unknown;
  on(event: 'close', listener: (cause?: Error) => void): unknown;
  on(event: 'data' & 'drain' & 'close', listener: (...values: never[]) => void): unknown {
    return this.#channel.on(event, listener);
  }

  off(event: 'data' | 'drain' | 'close', listener: (...values: never[]) => void): unknown {
    return this.#channel.off(event, listener);
  }
}
