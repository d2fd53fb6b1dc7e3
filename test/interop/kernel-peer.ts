/** Linux's own TCP, behind a TUN device in a network namespace of its own, as an IP link. */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bytes } from '../../src/base/units.ts';
import type { IpLink } from '../../src/net/ip-link.ts';

const script = fileURLToPath(new URL('kernel-peer.py', import.meta.url));

export const kernelPorts = {
  echo: 7,
  digest: 9,
  sleepy: 10,
  send: 19,
  reset: 5,
  call: 6,
  nobody: 4,
} as const;

/** @returns why it cannot be run here, `undefined` where it can */
export function reasonToSkip(): string | undefined {
  if (!existsSync('/dev/net/tun')) {
    return 'there is no /dev/net/tun';
  }
  try {
    execFileSync('unshare', ['-n', 'sh', '-c', 'command -v ip && command -v python3'], { stdio: 'ignore' });
  } catch {
    return 'no network namespace can be made here, or ip or python3 is not installed';
  }
  return undefined;
}

export class KernelPeer
  extends EventEmitter<{ packet: [packet: Uint8Array]; drain: []; down: [cause: Error] }>
  implements IpLink
{
  readonly mtu;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #passes: () => boolean;
  #input: Buffer = Buffer.alloc(0);

  private constructor(child: ChildProcessWithoutNullStreams, mtu: number, passes: () => boolean) {
    super();
    this.mtu = bytes(mtu);
    this.#child = child;
    this.#passes = passes;
    child.stdout.on('data', (octets: Buffer) => this.#read(octets));
    child.stdin.on('drain', () => this.emit('drain'));
    child.stdin.on('error', () => {});
  }

  /** @param passes whether the next packet, either way, is not lost */
  static async start(mtu: number, passes: () => boolean = () => true): Promise<KernelPeer> {
    const child = spawn('unshare', ['-n', 'python3', script, String(mtu)]);
    const peer = new KernelPeer(child, mtu, passes);
    await Promise.race([once(child.stderr, 'data'), once(child, 'exit')]);
    return peer;
  }

  send(packet: Uint8Array): boolean {
    if (!this.#passes()) {
      return true;
    }
    const header = Buffer.alloc(2);
    header.writeUInt16BE(packet.length);
    this.#child.stdin.write(header);
    return this.#child.stdin.write(packet);
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  #read(octets: Buffer): void {
    this.#input = Buffer.concat([this.#input, octets]);
    while (this.#input.length >= 2 && this.#input.length >= 2 + this.#input.readUInt16BE()) {
      const end = 2 + this.#input.readUInt16BE();
      const packet = this.#input.subarray(2, end);
      this.#input = this.#input.subarray(end);
      if (this.#passes()) {
        this.emit('packet', packet);
      }
    }
  }
}
