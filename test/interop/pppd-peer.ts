/**
 * Debian's pppd and Linux's PPP, in a machine of their own: `pppd-vm/build.sh DIRECTORY` makes it, the variable
 * KADEC21_PPPD_VM names the directory.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ByteChannel } from '../../src/serial/serial-line.ts';

const QEMU = 'qemu-system-x86_64';
const directory = process.env.KADEC21_PPPD_VM ?? '';
/** The machine's own TCP server, which sends back what it gets. */
export const ECHO_PORT = 7007;

/** @returns why the machine cannot be run here, `undefined` where it can */
export function reasonToSkip(): string | undefined {
  if (!existsSync(join(directory, 'vmlinuz')) || !existsSync(join(directory, 'initrd.gz'))) {
    return 'KADEC21_PPPD_VM names no directory made by test/interop/pppd-vm/build.sh';
  }
  try {
    execFileSync(QEMU, ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return `${QEMU} is not installed`;
  }
}

interface ChannelEvents {
  data: [octets: Uint8Array];
  drain: [];
  close: [cause?: Error];
}

export class PppdPeer extends EventEmitter<ChannelEvents> implements ByteChannel {
  /** What pppd has logged. */
  log = '';
  readonly #socket: Socket;
  readonly #machine: ChildProcess;
  readonly #directory: string;

  private constructor(socket: Socket, machine: ChildProcess, socketDirectory: string) {
    super();
    this.#socket = socket;
    this.#machine = machine;
    this.#directory = socketDirectory;
    socket.on('data', (octets) => this.emit('data', octets));
    socket.on('drain', () => this.emit('drain'));
    socket.on('error', () => {});
    socket.on('close', () => this.emit('close', new Error('the machine has stopped')));
    machine.stdout?.on('data', (text) => {
      this.log += text;
    });
  }

  /** Resolves when pppd is about to begin. */
  static async start(options: string): Promise<PppdPeer> {
    const socketDirectory = mkdtempSync(join(tmpdir(), 'pppd-'));
    const path = join(socketDirectory, 'line');
    const server = createServer().listen(path);
    await once(server, 'listening');
    const connection = once(server, 'connection');
    const machine = spawn(
      QEMU,
      [
        ...['-accel', 'tcg', '-m', '256', '-nographic', '-no-reboot', '-monitor', 'none'],
        ...['-kernel', join(directory, 'vmlinuz'), '-initrd', join(directory, 'initrd.gz')],
        ...['-append', `console=ttyS0 quiet panic=-1 pppd="${options}"`],
        ...['-serial', 'stdio', '-serial', `unix:${path}`],
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const [socket] = (await connection) as [Socket];
    server.close();
    const peer = new PppdPeer(socket, machine, socketDirectory);
    await peer.waitFor('READY');
    return peer;
  }

  /** Resolves when the log has this text; rejects after half a minute. */
  async waitFor(text: string): Promise<void> {
    for (let tries = 0; !this.log.includes(text); tries += 1) {
      if (tries > 600) {
        throw new Error(`pppd has not logged "${text}":\n${this.log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  write(octets: Uint8Array): boolean {
    return this.#socket.write(octets);
  }

  async stop(): Promise<void> {
    this.#socket.destroy();
    if (this.#machine.exitCode === null && this.#machine.signalCode === null) {
      const exit = once(this.#machine, 'exit');
      this.#machine.kill('SIGKILL');
      await exit;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
