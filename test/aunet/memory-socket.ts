/** A connected pair of streams with what mail libraries use of `net.Socket`: stands in for TCP where TCP is not the subject. */
import { Duplex } from 'node:stream';
import { handOver } from '../../src/base/virtual-time.ts';

export class MemorySocket extends Duplex {
  readonly remoteAddress: string;
  readonly remotePort = 4000;
  readonly localAddress = '203.0.113.25';
  readonly localPort = 587;
  #peer: MemorySocket | undefined;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }

  join(peer: MemorySocket): void {
    this.#peer = peer;
  }

  get readyState(): string {
    return this.destroyed ? 'closed' : 'open';
  }

  setTimeout(): this {
    return this;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    handOver();
    this.#peer?.push(chunk);
    setImmediate(() => {
      handOver();
      done();
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    handOver();
    this.#peer?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    setImmediate(() => {
      handOver();
      if (this.#peer?.destroyed === false) {
        this.#peer.destroy(
          error === null ? undefined : Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
        );
      }
      done(error);
    });
  }
}

export function socketPair(): { client: MemorySocket; server: MemorySocket } {
  const client = new MemorySocket('203.0.113.25');
  const server = new MemorySocket('100.64.0.2');
  client.join(server);
  server.join(client);
  return { client, server };
}
