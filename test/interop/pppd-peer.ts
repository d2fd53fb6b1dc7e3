/** Debian's pppd, in a machine of its own, as the other end of a link that the test holds. */
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ByteChannel } from '../../src/serial/serial-line.ts';
import { PppdMachine } from './pppd-machine.ts';

export { reasonToSkip } from './pppd-machine.ts';

/** The machine's own TCP server, which sends back what it gets. */
export const ECHO_PORT = 7007;

interface ChannelEvents {
  data: [octets: Uint8Array];
  drain: [];
  close: [cause?: Error];
}

export class PppdPeer extends EventEmitter<ChannelEvents> implements ByteChannel {
  readonly #socket: Socket;
  readonly #machine: PppdMachine;
  readonly #directory: string;

  private constructor(socket: Socket, machine: PppdMachine, socketDirectory: string) {
    super();
    this.#socket = socket;
    this.#machine = machine;
    this.#directory = socketDirectory;
    socket.on('data', (octets) => this.emit('data', octets));
    socket.on('drain', () => this.emit('drain'));
    socket.on('error', () => {});
    socket.on('close', () => this.emit('close', new Error('the machine has stopped')));
  }

  /** Resolves when pppd is about to begin. */
  static async start(options: string): Promise<PppdPeer> {
    const socketDirectory = mkdtempSync(join(tmpdir(), 'pppd-'));
    const path = join(socketDirectory, 'line');
    const server = createServer().listen(path);
    await once(server, 'listening');
    const connection = once(server, 'connection');
    const machine = await PppdMachine.start(`unix:${path}`, options);
    const [socket] = (await connection) as [Socket];
    server.close();
    return new PppdPeer(socket, machine, socketDirectory);
  }

  /** What pppd has logged. */
  get log(): string {
    return this.#machine.log;
  }

  /** Resolves when the log has this text. */
  async waitFor(text: string): Promise<void> {
    await this.#machine.waitFor(text);
  }

  write(octets: Uint8Array): boolean {
    return this.#socket.write(octets);
  }

  async stop(): Promise<void> {
    this.#socket.destroy();
    await this.#machine.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
