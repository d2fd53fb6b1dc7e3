/**
 * A real server behind a port of the emulated Internet: bytes both ways, each end of a connection ends alike
 * (half-close, reset). While a real connection is open, time follows the wall clock.
 */
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { seconds } from '../base/units.ts';
import { followWallClock, handOver } from '../base/virtual-time.ts';
import type { ServerMapping } from './server-mapping.ts';

/** A server on this machine or next to it answers within that, or it is not there. */
const CONNECT_TIMEOUT = seconds(10);
/** A real connection whose emulated handshake does not come to an end is let go. */
const CLAIM_TIMEOUT = seconds(60);

export type RealConnection =
  | {
      readonly result: 'connected';
      /** Ties an emulated connection to the real one. */
      bridge(emulated: Duplex): void;
      /** Resolves when the real connection is gone. */
      readonly closed: Promise<void>;
    }
  | { readonly result: 'refused' | 'unreachable' | 'timed-out' };

/**
 * Connects to the real server before the emulated connection is answered, so that a refusal stays a refusal.
 * What nobody bridges within a minute is closed again.
 */
export function connectReal({ address, port }: ServerMapping['real']): Promise<RealConnection> {
  const release = followWallClock();
  return new Promise((resolve) => {
    // Half-open: the end of one direction must not end the other.
    const real = connect({ host: address, port, allowHalfOpen: true, noDelay: true });
    const timer = setTimeout(() => fail('timed-out'), CONNECT_TIMEOUT);
    const fail = (result: 'refused' | 'unreachable' | 'timed-out') => {
      clearTimeout(timer);
      real.destroy();
      handOver();
      release();
      resolve({ result });
    };
    const onError = (error: NodeJS.ErrnoException) => fail(resultOf(error));
    real.once('error', onError);
    real.once('connect', () => {
      clearTimeout(timer);
      real.off('error', onError);
      // Until it is bridged an error only shows as the close that follows it.
      real.on('error', () => {});
      const closed = new Promise<void>((done) => {
        real.once('close', () => {
          clearTimeout(claim);
          handOver();
          release();
          done();
        });
      });
      const claim = setTimeout(() => real.destroy(), CLAIM_TIMEOUT);
      resolve({
        result: 'connected',
        bridge(emulated) {
          clearTimeout(claim);
          join(emulated, real);
        },
        closed,
      });
    });
  });
}

function resultOf({ code }: NodeJS.ErrnoException): 'refused' | 'unreachable' | 'timed-out' {
  switch (code) {
    case 'ECONNREFUSED':
    case 'ECONNRESET':
      return 'refused';
    case 'ETIMEDOUT':
      return 'timed-out';
    default:
      return 'unreachable';
  }
}

function join(emulated: Duplex, real: Socket): void {
  // pipe() ends the other side at the end of this one: that is the half-close.
  emulated.pipe(real);
  real.pipe(emulated);
  real.on('data', handOver);
  emulated.on('error', () => {});
  emulated.on('close', () => {
    if (!real.destroyed) {
      // Ended in order both ways, or broken: then the server sees a reset as well.
      if (emulated.readableEnded && emulated.writableFinished) {
        real.destroy();
      } else {
        real.resetAndDestroy();
      }
    }
  });
  real.on('close', (hadError) => {
    if (!emulated.destroyed && (hadError || !real.readableEnded)) {
      emulated.destroy(
        Object.assign(new Error('The real server reset the connection.'), { code: 'ECONNRESET' }),
      );
    }
  });
}
