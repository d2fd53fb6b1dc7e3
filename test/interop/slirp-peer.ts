/**
 * Debian's `slirp-fullbolt`, a PPP server with a TCP/IP of its own, in a network namespace of its own: it passes
 * on what it gets, and there is nothing but itself to pass it on to.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ByteChannel } from '../../src/serial/serial-line.ts';

const BINARY = 'slirp-fullbolt';
/** An address that is no loopback: slirp takes what its host's name means. */
export const SLIRP_HOST = '10.9.9.1';
/** A TCP server in the namespace, which sends back what it gets. */
export const ECHO_PORT = 7007;

/** @returns why slirp cannot be run here, `undefined` where it can */
export function reasonToSkip(): string | undefined {
  try {
    execFileSync('sh', ['-c', `command -v ${BINARY}`], { stdio: 'ignore' });
  } catch {
    return `${BINARY} is not installed (Debian package slirp)`;
  }
  try {
    execFileSync('unshare', ['-n', '-u', '-m', 'true'], { stdio: 'ignore' });
  } catch {
    return 'no network namespace can be made here (needs root)';
  }
  return undefined;
}

interface ChannelEvents {
  data: [octets: Uint8Array];
  drain: [];
  close: [cause?: Error];
}

export class SlirpPeer extends EventEmitter<ChannelEvents> implements ByteChannel {
  readonly #socket: Socket;
  readonly #child: ChildProcess;
  readonly #directory: string;

  private constructor(socket: Socket, child: ChildProcess, directory: string) {
    super();
    this.#socket = socket;
    this.#child = child;
    this.#directory = directory;
    socket.on('data', (octets) => this.emit('data', octets));
    socket.on('drain', () => this.emit('drain'));
    socket.on('error', () => {});
    child.on('exit', () => this.emit('close', new Error('slirp has ended')));
  }

  /** @param options slirp's own, e.g. `+chap` @param secret of the user kadec */
  static async start(options: readonly string[], secret: string): Promise<SlirpPeer> {
    const directory = mkdtempSync(join(tmpdir(), 'slirp-'));
    const file = (name: string, text: string) => writeFileSync(join(directory, name), text, { mode: 0o600 });
    file('.pap-secrets', `kadec * ${secret}\n`);
    file('.chap-secrets', `kadec * ${secret}\n`);
    file('hosts', `127.0.0.1 localhost\n${SLIRP_HOST} slirphost\n`);
    // slirp reads and writes its terminal through one descriptor: a socket is one, two pipes are not.
    const path = join(directory, 'line');
    const server = createServer().listen(path);
    await once(server, 'listening');
    const theirs = connect(path);
    const [socket] = (await once(server, 'connection')) as [Socket];
    theirs.pause();
    server.close();
    const script = `
      ip link set lo up && ip addr add ${SLIRP_HOST}/32 dev lo && hostname slirphost &&
      mount --bind "$HOME/hosts" /etc/hosts || exit 1
      "$0" "$1" ${ECHO_PORT} </dev/null >/dev/null 2>&1 &
      shift; exec ${BINARY} "$@"`;
    const echoServer = fileURLToPath(new URL('echo-server.mjs', import.meta.url));
    const child = spawn(
      'unshare',
      [
        '-n',
        '-u',
        '-m',
        '--kill-child',
        '-f',
        '-p',
        'sh',
        '-c',
        script,
        process.execPath,
        echoServer,
        '-P',
        ...options,
      ],
      { stdio: [theirs, theirs, 'ignore'], env: { ...process.env, HOME: directory } },
    );
    theirs.destroy();
    return new SlirpPeer(socket, child, directory);
  }

  write(octets: Uint8Array): boolean {
    return this.#socket.write(octets);
  }

  async stop(): Promise<void> {
    this.#socket.destroy();
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exit = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await exit;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
