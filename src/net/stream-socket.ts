/**
 * What nodemailer, node:tls and smtp-server ask of a `net.Socket`, whoever keeps the connection below: the TCP of
 * this software, or a module with a stack of its own.
 */
import { Duplex } from 'node:stream';
import { ms } from '../base/units.ts';
import { handOver } from '../base/virtual-time.ts';
import { formatIpv4 } from '../wire/ipv4.ts';
import { IdleTimer } from './idle-timer.ts';
import type { Endpoint } from './tcp-error.ts';

export interface StreamSocketOptions {
  readonly remote: Endpoint;
  /** Dotted decimal. */
  readonly localAddress: string;
  readonly allowHalfOpen: boolean;
}

/** Made when the connection is established. */
export abstract class StreamSocket extends Duplex {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly remoteFamily = 'IPv4';
  readonly localAddress: string;
  readonly connecting = false;
  readonly pending = false;
  bytesRead = 0;
  /** Heirs tell it of every octet that goes in or out, and stop it when they are destroyed. */
  protected readonly idleTimer: IdleTimer = new IdleTimer(() => {
    handOver();
    this.emit('timeout');
  });

  constructor({ remote, localAddress, allowHalfOpen }: StreamSocketOptions) {
    super({ allowHalfOpen });
    this.remoteAddress = formatIpv4(remote.address);
    this.remotePort = remote.port;
    this.localAddress = localAddress;
  }

  get readyState(): 'open' | 'readOnly' | 'writeOnly' | 'closed' {
    if (this.readable) {
      return this.writable ? 'open' : 'readOnly';
    }
    return this.writable ? 'writeOnly' : 'closed';
  }

  /** Emits `timeout` when nothing went in or out for so long; 0 switches it off. As in `net.Socket`. */
  setTimeout(timeoutMs: number, callback?: () => void): this {
    this.idleTimer.set(ms(this.destroyed ? 0 : Math.max(0, timeoutMs)));
    if (callback !== undefined) {
      if (timeoutMs === 0) {
        this.off('timeout', callback);
      } else {
        this.once('timeout', callback);
      }
    }
    return this;
  }

  get timeout(): number {
    return this.idleTimer.timeout;
  }

  /** Without effect: a line that is paid by the octet has no use for keepalives. */
  setKeepAlive(): this {
    return this;
  }

  /** Without effect: Nagle's algorithm is never on, and a module's cannot be switched. */
  setNoDelay(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  /** For whoever keeps the link: nothing passes any more. @param error absent where this side ended it */
  linkDown(error: Error | undefined): void {
    if (!this.destroyed) {
      handOver();
      this.destroy(error);
    }
  }
}
