/**
 * An offered line whose DTEs are connections, one at a time: TCP or a Unix socket. Octets only, so the connection
 * itself is circuit 108; the end of what the DTE sends (a half-close) counts as its end.
 */
import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { ABSENT, MAX_UNREAD_BYTES, OfferedEnd, PRESENT } from './offered-line.ts';
import type { DceSignals } from './serial-line.ts';

/** What a second DTE reads before it is let go; chat scripts know the word. */
const BUSY = 'BUSY\r\n';
/** A DTE that lost its power says nothing: after this the system begins to ask whether it is still there. */
const KEEP_ALIVE_MS = 30_000;
/** A DTE that has ended its half still gets what is on its way, if it reads. */
const LINGER_MS = 2000;
/** What a DTE may send in one go before the others get their turn: a DTE that floods must not hold them up. */
const LARGE_PIECE_BYTES = 16 * 1024;

export abstract class OfferedConnections extends OfferedEnd {
  readonly #server: Server;
  #socket: Socket | undefined;

  constructor(name: string, server: Server) {
    super(name);
    this.#server = server;
    server.on('connection', (socket) => this.#accept(socket));
    server.on('error', (cause) => void this.lose(cause));
  }

  get isConnected(): boolean {
    return this.#socket !== undefined;
  }

  protected get socket(): Socket | undefined {
    return this.#socket;
  }

  protected abstract onConnected(): void;
  protected abstract onReceived(bytes: Uint8Array): void;

  /** Whether the connection is read now. */
  protected get takesOctets(): boolean {
    return this.driven.cts;
  }

  protected onGone(): void {
    this.see(ABSENT);
  }

  /** Octets for the DTE as they are on the connection; lost when nobody is there or nobody reads. */
  protected send(bytes: Uint8Array): boolean {
    const socket = this.#socket;
    if (socket === undefined || bytes.length === 0) {
      return true;
    }
    if (socket.writableLength + bytes.length > MAX_UNREAD_BYTES) {
      this.droppedBytes += bytes.length;
      return false;
    }
    return socket.write(bytes);
  }

  #accept(socket: Socket): void {
    // What breaks shows as the close that follows.
    socket.on('error', () => {});
    if (this.#socket !== undefined || !this.isOpen) {
      socket.end(BUSY);
      // A second DTE that does not go by itself is not waited for.
      socket.on('finish', () => socket.destroy());
      return;
    }
    this.#socket = socket;
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('data', (bytes) => {
      if (bytes.length >= LARGE_PIECE_BYTES) {
        this.#giveTurnTo(socket);
      }
      this.onReceived(bytes);
    });
    let linger: NodeJS.Timeout | undefined;
    socket.on('end', () => {
      linger = setTimeout(() => socket.destroy(), LINGER_MS);
    });
    socket.on('drain', () => this.emit('drain'));
    socket.on('close', () => {
      clearTimeout(linger);
      this.#socket = undefined;
      this.onGone();
      // Who waits for room must not wait for the next DTE.
      this.emit('drain');
    });
    this.onConnected();
  }

  /** Reads on when the event loop has been round once. */
  #giveTurnTo(socket: Socket): void {
    socket.pause();
    setImmediate(() => {
      if (this.takesOctets) {
        socket.resume();
      }
    });
  }

  protected override async release(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const socket = this.#socket;
    if (socket !== undefined && !socket.closed) {
      socket.destroy();
      await once(socket, 'close');
    }
    await closed;
  }
}

/** Octets as they are. Circuit 106 off holds a DTE up: its connection fills. */
export class OfferedStream extends OfferedConnections {
  write(bytes: Uint8Array): boolean {
    return this.send(bytes);
  }

  protected override onConnected(): void {
    this.onDriven(this.driven);
    this.see(PRESENT);
  }

  protected override onReceived(bytes: Uint8Array): void {
    this.emit('data', bytes);
  }

  protected override onDriven({ cts }: DceSignals): void {
    if (cts) {
      this.socket?.resume();
    } else {
      this.socket?.pause();
    }
  }
}
