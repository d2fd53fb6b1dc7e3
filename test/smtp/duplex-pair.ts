/** Two ends of one connection in memory: bounded buffers both ways, half-close, reset. A stand-in for TCP. */
import { Duplex } from 'node:stream';
import { handOver } from '../../src/base/virtual-time.ts';

/** About what a TCP connection over a slow line has under way. */
const BUFFER_BYTES = 4096;

class End extends Duplex {
  other: End | undefined;
  /** The reader's leave for the next octets. */
  #go: (() => void) | undefined;

  constructor() {
    super({ readableHighWaterMark: BUFFER_BYTES, writableHighWaterMark: BUFFER_BYTES });
  }

  override _read(): void {
    const go = this.#go;
    this.#go = undefined;
    go?.();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    handOver();
    this.other?.deliver(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    handOver();
    setImmediate(() => {
      handOver();
      this.other?.deliverEnd();
      done();
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    handOver();
    setImmediate(() => {
      handOver();
      if (this.other?.destroyed === false) {
        // A connection that ended both ways closes quietly; one that is cut is reset.
        this.other.destroy(this.other.readableEnded ? undefined : reset());
      }
      done(error);
    });
  }

  deliver(chunk: Uint8Array, done: (error?: Error | null) => void): void {
    setImmediate(() => {
      handOver();
      if (this.destroyed) {
        done(reset());
      } else if (this.push(Buffer.from(chunk))) {
        done();
      } else {
        this.#go = () => {
          handOver();
          done();
        };
      }
    });
  }

  deliverEnd(): void {
    if (!this.destroyed) {
      this.push(null);
    }
  }
}

/** What the end of a connection sees of a RST. */
export function reset(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
}

/** @returns the client's and the server's end */
export function duplexPair(): [client: Duplex, server: Duplex] {
  const client = new End();
  const server = new End();
  client.other = server;
  server.other = client;
  return [client, server];
}
