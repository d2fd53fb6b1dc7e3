/**
 * A packet call over the air: two ends, an octet stream each way with the latency and the pace of the radio.
 */
import { EventEmitter } from 'node:events';
import { ms } from '../base/units.ts';
import type { Call } from '../modem/dce/radio.ts';
import type { ByteChannel } from '../serial/serial-line.ts';
import { DelayQueue, type LinkQuality } from './delay-queue.ts';

export interface BearerQuality {
  readonly up: LinkQuality;
  readonly down: LinkQuality;
}

/** The network's end of a call. */
export interface NetworkEnd extends ByteChannel {
  /** Ends the call; the module's end closes with this cause. */
  release(cause: Error): void;
}

export interface RadioBearer {
  readonly module: Call;
  readonly network: NetworkEnd;
  /** Loses the call, as when the last cell goes off the air: both ends close with the cause. */
  lose(cause: Error): void;
}

/** @param onLost octets that found the radio's buffer full */
export function createRadioBearer(quality: BearerQuality, onLost: (count: number) => void): RadioBearer {
  const module = new BearerEnd(quality.up, onLost);
  const network = new BearerEnd(quality.down, onLost);
  module.join(network);
  network.join(module);
  return {
    module,
    network,
    lose(cause) {
      module.end(cause);
      network.end(cause);
    },
  };
}

interface BearerEvents {
  data: [bytes: Uint8Array];
  drain: [];
  close: [cause?: Error];
}

class BearerEnd extends EventEmitter<BearerEvents> implements Call, NetworkEnd {
  readonly #queue: DelayQueue;
  readonly #isInstant: boolean;
  readonly #onLost: (count: number) => void;
  #peer: BearerEnd | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOpen = true;
  /** What follows the last octet. */
  #afterLast: () => void = () => {};

  /** @param quality of the way from this end to the other */
  constructor(quality: LinkQuality, onLost: (count: number) => void) {
    super();
    this.#queue = new DelayQueue(quality);
    this.#isInstant = quality.latencyMs === 0 && quality.frameMs === 0 && quality.bitRate === undefined;
    this.#onLost = onLost;
  }

  join(peer: BearerEnd): void {
    this.#peer = peer;
  }

  write(bytes: Uint8Array): boolean {
    const peer = this.#peer;
    if (!this.#isOpen || peer === undefined || bytes.length === 0) {
      return true;
    }
    if (this.#isInstant) {
      // A microtask, so that nobody is called back from inside their own write.
      queueMicrotask(() => peer.receive(bytes));
      return true;
    }
    const fate = this.#queue.push(bytes, ms(Date.now()));
    if (fate === 'lost') {
      this.#onLost(bytes.length);
    }
    this.#proceed();
    return fate === 'taken';
  }

  hangUp(): void {
    this.#leave(undefined);
  }

  release(cause: Error): void {
    this.#leave(cause);
  }

  /** Closes this end now; what it has sent is lost. */
  end(cause?: Error): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#queue.clear();
    this.#close(cause);
  }

  /** Closes this end; the other end closes once what is under way has arrived there. */
  #leave(peerCause: Error | undefined): void {
    if (this.#isOpen) {
      this.#afterLast = () => this.#peer?.end(peerCause);
      this.#close(undefined);
      this.#proceed();
    }
  }

  #close(cause: Error | undefined): void {
    if (this.#isOpen) {
      this.#isOpen = false;
      this.emit('close', cause);
    }
  }

  /** Waits for what arrives next, or ends the way. */
  #proceed(): void {
    const { nextAt } = this.#queue;
    if (nextAt === undefined) {
      queueMicrotask(this.#afterLast);
    } else if (this.#timer === undefined) {
      this.#timer = setTimeout(() => this.#arrive(), nextAt - Date.now());
    }
  }

  #arrive(): void {
    this.#timer = undefined;
    const { arrived, drained } = this.#queue.take(ms(Date.now()));
    for (const bytes of arrived) {
      this.#peer?.receive(bytes);
    }
    this.#proceed();
    if (drained && this.#isOpen) {
      this.emit('drain');
    }
  }

  receive(bytes: Uint8Array): void {
    if (this.#isOpen) {
      this.emit('data', bytes);
    }
  }
}
