/**
 * A pseudo-terminal whose master is this process: read and written without blocking, with no thread and no timer.
 * node-pty opens it (nothing else in Node can), serialport's binding makes the slave raw and waits for octets.
 */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { LinuxPortBinding } from '@serialport/bindings-cpp';
import { LineError } from './line-error.ts';

export type PtyRead = Uint8Array | 'nothing' | 'closed';

/** Of libuv: what a poller waits for. */
const READABLE = 0b001;
const WRITABLE = 0b010;
/** Also comes while octets wait that nobody reads. */
const DISCONNECT = 0b100;

/** What `waitFor` waits for. */
export interface PtyWait {
  readonly toRead: boolean;
  readonly toWrite: boolean;
  readonly forClose: boolean;
}

/** Lines are short and frames below 2 KiB: few reads each. */
const READ_SIZE = 16 * 1024;
const readBuffer = Buffer.allocUnsafe(READ_SIZE);

const require = createRequire(import.meta.url);

/** node-pty's own open() reads from both ends by itself; below it is a function that only opens. */
function openPair(): { master: number; slave: number; pty: string } {
  const { requireBinary } = require('@lydell/node-pty/requireBinary.js');
  const { master, slave, pty } = requireBinary('pty.node').open(80, 24);
  if (typeof master !== 'number' || typeof slave !== 'number' || typeof pty !== 'string') {
    throw new TypeError('node-pty opens a pty in another way than it did.');
  }
  return { master, slave, pty };
}

/** Slaves of all ptys that are open here. */
const openPaths = new Set<string>();

export class PtyMaster {
  /** The slave: `/dev/pts/N`. */
  readonly path: string;
  readonly #fd: number;
  readonly #binding: LinuxPortBinding;
  #isOpen = true;

  private constructor(path: string, fd: number, binding: LinuxPortBinding) {
    this.path = path;
    this.#fd = fd;
    this.#binding = binding;
  }

  /** Whether a path is the slave of a pty of this process. */
  static isOurs(path: string): boolean {
    return openPaths.has(path);
  }

  /** Opens one; its slave is raw, and nobody has it open. @throws LineError */
  static async open(): Promise<PtyMaster> {
    let pair: ReturnType<typeof openPair>;
    try {
      pair = openPair();
      openPaths.add(pair.pty);
    } catch (cause) {
      throw new LineError('LINE_NOT_FOUND', 'This system gives no pseudo-terminal.', {
        cause,
        advice: 'Offer a TCP port instead.',
      });
    }
    // Loaded here: the native binding is of no use to a run without a real line.
    const { LinuxBinding, LinuxPortBinding } = await import('@serialport/bindings-cpp');
    const binding = new LinuxPortBinding(pair.master, { ...SLAVE, path: pair.pty });
    await (await LinuxBinding.open({ ...SLAVE, path: pair.pty })).close();
    // A slave that this process keeps open would hide that the last of the others was closed.
    closeSync(pair.slave);
    return new PtyMaster(pair.pty, pair.master, binding);
  }

  /**
   * Takes away what the last DTE did not read. Its settings stay, as those of a real port do: Linux keeps them for
   * as long as the master is open.
   * @returns false where that DTE claimed the port for itself (TIOCEXCL) and this process may not open it any more:
   * nor may any other, root's apart, for a real port forgets the claim at the last close, but a pty does not
   */
  discardUnread(): boolean {
    try {
      const slave = openSync(this.path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
      try {
        while (readSync(slave, readBuffer, 0, READ_SIZE, null) > 0);
      } catch {
        // EAGAIN: it is empty.
      } finally {
        closeSync(slave);
      }
      return true;
    } catch (cause) {
      return !isCode(cause, 'EBUSY');
    }
  }

  /** @returns what is there, in a buffer that the caller may keep */
  read(): PtyRead {
    try {
      const count = readSync(this.#fd, readBuffer, 0, READ_SIZE, null);
      return count === 0 ? 'closed' : new Uint8Array(readBuffer.subarray(0, count));
    } catch (cause) {
      return isCode(cause, 'EAGAIN') ? 'nothing' : 'closed';
    }
  }

  /** @returns how many octets were taken: fewer than all when the slave does not read */
  write(bytes: Uint8Array): number {
    let taken = 0;
    try {
      while (taken < bytes.length) {
        taken += writeSync(this.#fd, bytes, taken);
      }
    } catch {
      // EAGAIN: it is full. Anything else shows when it is read.
    }
    return taken;
  }

  /** The DTE's speed in bit/s: 0 is how POSIX hangs up (B0). */
  async speed(): Promise<number | undefined> {
    try {
      return (await this.#binding.getBaudRate()).baudRate;
    } catch {
      return undefined;
    }
  }

  /** Calls back once one of these is so; to wait on, ask anew. A new call takes the place of the one before. */
  waitFor({ toRead, toWrite, forClose }: PtyWait): void {
    if (this.#isOpen) {
      this.#binding.poller.poll(
        (toRead ? READABLE : 0) | (toWrite ? WRITABLE : 0) | (forClose ? DISCONNECT : 0),
      );
    }
  }

  /** A disconnect comes with a `readable` or `writable` that was waited for. */
  on(event: 'readable' | 'writable' | 'disconnect', listener: () => void): void {
    this.#binding.poller.on(event, () => {
      if (this.#isOpen) {
        listener();
      }
    });
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    await this.#binding.close();
    openPaths.delete(this.path);
  }
}

/** `hupcl` and `lock` are for ports that are shared with others: nobody else has this one. */
const SLAVE = {
  baudRate: 115_200,
  dataBits: 8,
  parity: 'none',
  stopBits: 1,
  rtscts: false,
  xon: false,
  xoff: false,
  xany: false,
  hupcl: false,
  lock: false,
  vmin: 1,
  vtime: 0,
} as const;

const isCode = (cause: unknown, code: string): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === code;
