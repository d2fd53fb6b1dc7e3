/**
 * A module at a pty of which nothing is ours but test scripts: `foreign_module.py` for the AT commands, Debian's slirp for
 * PPP and TCP/IP, dnsmasq for names. All in a network namespace of its own, which leads nowhere but to the ports that are
 * given here, through Unix sockets.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pause } from '../../src/base/pause.ts';
import { ms } from '../../src/base/units.ts';
import { withDaemons } from './programs.ts';
import { SLIRP_HOST } from './slirp-peer.ts';

export const foreignModulePrograms = {
  'slirp-fullbolt': 'slirp',
  dnsmasq: 'dnsmasq-base',
  socat: 'socat',
  python3: 'python3',
};

/** How slirp calls the host that it runs on; it answers echoes for it. */
const HOST_OF_SLIRP = '10.0.2.2';
const PATIENCE_MS = 60_000;

export type Make = 'basalt' | 'cedar' | 'willow';
export type ModuleState = 'good' | 'sim-pin' | 'no-sim' | 'no-signal' | 'denied' | 'busy' | 'no-carrier';

export interface ForeignWorld {
  readonly make: Make;
  readonly state?: ModuleState;
  /** Of slirp, for the user kadec. */
  readonly secret: string;
  readonly authentication?: '+chap' | '+pap';
  /** The mail server's name, and its ports by the ports of this machine's loopback. */
  readonly host: string;
  readonly ports: Readonly<Record<number, number>>;
}

export class ForeignModule {
  readonly folder = mkdtempSync(join(tmpdir(), 'kadec21-foreign-'));
  /** What a device opens. */
  readonly line = join(this.folder, 'line');
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  #child: ChildProcess | undefined;
  #said = '';

  private constructor() {}

  static async start(world: ForeignWorld): Promise<ForeignModule> {
    const module = new ForeignModule();
    try {
      await module.#start(world);
    } catch (cause) {
      await module.stop();
      throw cause;
    }
    return module;
  }

  async #start({
    make,
    state = 'good',
    secret,
    authentication = '+chap',
    host,
    ports,
  }: ForeignWorld): Promise<void> {
    const file = (name: string, text: string) =>
      writeFileSync(join(this.folder, name), text, { mode: 0o600 });
    file('.pap-secrets', `kadec * ${secret}\n`);
    file('.chap-secrets', `kadec * ${secret}\n`);
    file('hosts', `127.0.0.1 localhost\n${SLIRP_HOST} slirphost\n`);
    // What it says there, slirp tells by IPCP.
    file('resolv.conf', `nameserver ${SLIRP_HOST}\n`);
    const ways: string[] = [];
    for (const [port, real] of Object.entries(ports)) {
      await this.#publish(join(this.folder, port), real);
      ways.push(`socat TCP-LISTEN:${port},fork,reuseaddr UNIX-CONNECT:"$HOME/${port}" &`);
    }
    const script = `
      ip link set lo up && ip addr add ${SLIRP_HOST}/32 dev lo && hostname slirphost &&
      mount --bind "$HOME/hosts" /etc/hosts && mount --bind "$HOME/resolv.conf" /etc/resolv.conf || exit 1
      dnsmasq -k -C /dev/null -u root --pid-file= --no-resolv --no-hosts --address=/${host}/${HOST_OF_SLIRP} &
      ${ways.join('\n')}
      exec python3 "$0" "$HOME/line" "$@"`;
    const program = fileURLToPath(new URL('foreign_module.py', import.meta.url));
    this.#child = spawn(
      'unshare',
      [
        ...['-n', '-u', '-m', '--kill-child', '-f', '-p', 'sh', '-c', script, program],
        ...[make, state, 'slirp-fullbolt', '-P', authentication],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { ...withDaemons, HOME: this.folder } },
    );
    this.#child.stderr?.on('data', (text) => {
      this.#said += text;
    });
    for (const end = performance.now() + PATIENCE_MS; !existsSync(this.line); ) {
      if (this.#child.exitCode !== null || performance.now() > end) {
        throw new Error(`the foreign module has not begun: ${this.#said}`);
      }
      await pause(ms(50));
    }
  }

  /** A way from a Unix socket, which namespaces share, to a port of loopback. */
  async #publish(path: string, port: number): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (there) => {
      const here = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
      for (const [from, to] of [
        [there, here],
        [here, there],
      ] as const) {
        this.#sockets.add(from);
        from.on('error', () => to.destroy());
        from.pipe(to);
      }
    }).listen(path);
    this.#servers.push(server);
    await once(server, 'listening');
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    }
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    for (const server of this.#servers) {
      server.close();
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
