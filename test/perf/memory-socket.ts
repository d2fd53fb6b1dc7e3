/** Two ends of a stream in memory that look like sockets: what the yardstick's mail goes through. */
import { Duplex } from 'node:stream';

export function createMemorySockets(): readonly [MemorySocket, MemorySocket] {
  const near = new MemorySocket();
  const far = new MemorySocket();
  near.peer = far;
  far.peer = near;
  return [near, far];
}

export class MemorySocket extends Duplex {
  peer: MemorySocket | undefined;
  readonly remoteAddress = '127.0.0.1';
  readonly remotePort = 40_000;
  #whenRead: (() => void) | undefined;

  get readyState(): string {
    return this.destroyed ? 'closed' : 'open';
  }

  setTimeout(): this {
    return this;
  }

  override _read(): void {
    const proceed = this.#whenRead;
    this.#whenRead = undefined;
    proceed?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    setImmediate(() => this.peer?.receive(chunk, done));
  }

  override _final(done: () => void): void {
    setImmediate(() => {
      this.peer?.push(null);
      done();
    });
  }

  override _destroy(cause: Error | null, done: (cause: Error | null) => void): void {
    setImmediate(() => done(cause));
  }

  receive(chunk: Buffer, done: () => void): void {
    if (this.push(chunk)) {
      done();
    } else {
      this.#whenRead = done;
    }
  }
}
