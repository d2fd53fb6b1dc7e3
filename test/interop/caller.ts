/** `kadec21 serve` in a process of its own, and a machine with pppd on its line. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { emulatedAuthorityPem } from '../../src/aunet/certificates/authority.ts';
import { command } from '../cli/kadec21.ts';
import { PppdMachine } from './pppd-machine.ts';

const PATIENCE_MS = 90_000;

/** What a recipe of the guide says for pppd, at the machine's port. */
function recipe(): string {
  const guide = readFileSync(fileURLToPath(new URL('../../docs/serve.md', import.meta.url)), 'utf8');
  const [, peer] = /```text\n# \/etc\/ppp\/peers\/kadec21\n(.*?)```/s.exec(guide) ?? [];
  if (peer === undefined) {
    throw new Error('docs/serve.md has no recipe for pppd');
  }
  return peer.replace('/tmp/modem', '/dev/ttyS1');
}

export class Caller {
  readonly folder = mkdtempSync(join(tmpdir(), 'kadec21-caller-'));
  /** What the station has said on stdout and stderr. */
  said = '';
  readonly station: ChildProcess;
  #machine: PppdMachine | undefined;

  private constructor(args: readonly string[]) {
    this.station = spawn(process.execPath, [command, 'serve', '--tcp', '0', '--http', '0', ...args], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.station.stdout, this.station.stderr]) {
      stream?.on('data', (text) => {
        this.said += text;
      });
    }
  }

  /** @param args of `kadec21 serve`, beside the line; files lie in `folder` */
  static async start(...args: readonly string[]): Promise<Caller> {
    const caller = new Caller(args);
    await caller.stationSays(/: ready/);
    const [, line = ''] = /^(\S+): ready/m.exec(caller.said) ?? [];
    const machine = await PppdMachine.start(`tcp:${line}`);
    caller.#machine = machine;
    await machine.put('/tmp/ca.pem', emulatedAuthorityPem);
    return caller;
  }

  get machine(): PppdMachine {
    if (this.#machine === undefined) {
      throw new Error('there is no machine');
    }
    return this.#machine;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Waits until the station has said something, `from` so far on. */
  stationSays(text: string | RegExp, from = 0): Promise<unknown> {
    return this.until(`"${text}"`, () => (this.said.slice(from).search(text) < 0 ? undefined : true));
  }

  /** Waits until a command in the machine succeeds. */
  succeeds(shell: string): Promise<string> {
    return this.until(`an end with 0 of ${shell}`, async () => {
      const { status, text } = await this.machine.run(shell);
      return status === 0 ? text : undefined;
    });
  }

  async until<Value>(
    what: string,
    look: () => Value | undefined | Promise<Value | undefined>,
  ): Promise<Value> {
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end; ) {
      const seen = await look();
      if (seen !== undefined) {
        return seen;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const log = await this.#machine?.run('cat /tmp/pppd.log');
    throw new Error(`${what} has not come:\n${this.said}\n${log?.text ?? ''}`);
  }

  /** A request to the station's HTTP API. */
  async ask(path: string, method = 'GET', body?: object): Promise<unknown> {
    const api = /http:\/\/[^/\s]+/.exec(this.said)?.[0] ?? '';
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${api}${path}`, { method, headers, body: JSON.stringify(body) });
    if (!response.ok) {
      throw new Error(`${method} ${path}: ${response.status}`);
    }
    return response.json();
  }

  /** Calls pppd. @param options what the recipe does not say, or says otherwise */
  async dial(...options: readonly string[]): Promise<void> {
    await this.machine.put('/etc/ppp/peers/kadec21', [recipe(), 'logfd 1', ...options].join('\n'));
    await this.machine.run(
      'rm -f /etc/resolv.conf; pppd call kadec21 > /tmp/pppd.log 2>&1 & echo $! > /tmp/pppd.pid',
    );
  }

  /** Waits until pppd has an address and name servers. */
  isUp(): Promise<string> {
    return this.succeeds('grep -q nameserver /etc/resolv.conf && ifconfig ppp0');
  }

  /** Waits until pppd has ended. @returns what it has logged */
  async hasEnded(): Promise<string> {
    return this.succeeds('! kill -0 $(cat /tmp/pppd.pid) 2> /dev/null && cat /tmp/pppd.log');
  }

  async hangUp(): Promise<void> {
    await this.machine.run('kill $(cat /tmp/pppd.pid)');
    await this.hasEnded();
    // The NO CARRIER of this call is not for the next chat to read, which would give up at it.
    await this.machine.run('stty -F /dev/ttyS1 raw -echo; timeout 2 cat /dev/ttyS1 > /dev/null; true');
  }

  /** curl in the machine, which trusts the emulation's authority. */
  curl(args: string) {
    return this.machine.run(`curl -sS --cacert /tmp/ca.pem --max-time 80 ${args}`);
  }

  async stop(): Promise<void> {
    await this.#machine?.stop();
    if (this.station.exitCode === null) {
      this.station.kill('SIGTERM');
      await once(this.station, 'exit');
    }
    rmSync(this.folder, { recursive: true });
  }
}
