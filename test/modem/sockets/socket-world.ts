/**
 * A device with the driver's sockets, a module with a stack inside, and behind its radio a network that a test can
 * spoil: hosts that accept, refuse or are silent, and packets that get lost.
 */
import { EventEmitter } from 'node:events';
import { createRadioBearer, type RadioBearer } from '../../../src/aunet/radio-bearer.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { ms } from '../../../src/base/units.ts';
import { inVirtualTime } from '../../../src/base/virtual-time.ts';
import { EmulatedModule } from '../../../src/modem/dce/emulated-module.ts';
import type { Coverage, DialResult, RadioAttachment, RadioNetwork } from '../../../src/modem/dce/radio.ts';
import { Modem } from '../../../src/modem/modem.ts';
import { type ModuleProfile, moduleProfileSchema } from '../../../src/modem/module-profile.ts';
import { lteMSockets } from '../../../src/modem/profiles/3gpp-sockets.ts';
import { SocketStack } from '../../../src/modem/sockets/socket-stack.ts';
import { IpHost } from '../../../src/net/ip-host.ts';
import { PppLink } from '../../../src/net/ppp/ppp-link.ts';
import type { SynVerdict } from '../../../src/net/tcp-host.ts';
import type { TcpSocket } from '../../../src/net/tcp-socket.ts';
import { createMemoryLine } from '../../../src/serial/memory-line.ts';
import { NoisyLine } from '../../../src/serial/noisy-line.ts';
import { pacedDce, pacedDte } from '../../../src/serial/paced-line.ts';
import { ipv4Address } from '../../../src/wire/ipv4.ts';

export const profile: ModuleProfile = moduleProfileSchema.parse({
  ...lteMSockets,
  pace: { registrationMs: 0, bootMs: 1000 },
});

export const server = { address: ipv4Address(0xcb007119), port: 587 };
export const access = { user: 'user', password: 's3cret', authentication: 'chap' } as const;

const HOME: Coverage = { service: 'home', band: 'lte-b18', signalDbm: -73, system: '44050' };

export interface NetworkOptions {
  /** By destination port; absent: every SYN is accepted. */
  readonly onSyn?: (port: number) => 'accept' | 'reset' | 'drop';
  readonly onSocket?: (socket: TcpSocket) => void;
  /** The share of packets that get lost, each way. */
  readonly loss?: number;
  /** What the number gives. */
  readonly dial?: Exclude<DialResult['result'], 'connected'>;
  /** Whether the network takes no PPP at all. */
  readonly isDeaf?: boolean;
  readonly echoes?: boolean;
}

/** The air and what is behind it. */
export class TestNetwork
  extends EventEmitter<{ coverage: [Coverage]; ring: [] }>
  implements RadioNetwork, RadioAttachment
{
  readonly networkTime = undefined;
  coverage: Coverage = HOME;
  bearer: RadioBearer | undefined;
  link: PppLink | undefined;
  readonly sockets: TcpSocket[] = [];
  readonly #options: NetworkOptions;
  readonly #chance = seededRandom(77);
  #dials = 0;

  constructor(options: NetworkOptions) {
    super();
    this.#options = options;
  }

  attach(): RadioAttachment {
    return this;
  }

  detach(): void {
    this.lose();
  }

  lose(): void {
    this.bearer?.lose(new Error('no signal'));
  }

  dial(_number: string, done: (result: DialResult) => void): () => void {
    const timer = setTimeout(() => {
      const { dial, isDeaf } = this.#options;
      if (dial !== undefined) {
        done({ result: dial });
        return;
      }
      const way = { latencyMs: 50, frameMs: 4, bitRate: 300_000 };
      const bearer = createRadioBearer({ up: way, down: way }, () => {});
      this.bearer = bearer;
      if (isDeaf !== true) {
        this.#answer(bearer);
      }
      done({ result: 'connected', call: bearer.module, bitRate: 300_000 });
    }, 10);
    return () => clearTimeout(timer);
  }

  #answer({ network }: RadioBearer): void {
    this.#dials += 1;
    const random = seededRandom(100 + this.#dials);
    const link = new PppLink(network, {
      role: 'server',
      authentication: 'chap-md5',
      secretOf: (user) => (user === access.user ? access.password : undefined),
      address: ipv4Address(0x0a000001),
      peerAddress: ipv4Address(0x0a000102),
      nameServers: [ipv4Address(0x0a000035)],
      random,
    });
    this.link = link;
    link.on('up', () => this.#serve(link));
    link.on('down', (cause) => network.release(cause));
    link.open().catch(() => {});
  }

  #serve(link: PppLink): void {
    const { onSyn, onSocket, loss = 0, echoes = true } = this.#options;
    const passes = () => loss === 0 || this.#chance.fraction() >= loss;
    const lossy = new EventEmitter<{ packet: [packet: Uint8Array]; drain: []; down: [cause: Error] }>();
    link.on('packet', (packet) => passes() && lossy.emit('packet', packet));
    link.on('drain', () => lossy.emit('drain'));
    link.on('down', (cause) => lossy.emit('down', cause));
    new IpHost({
      link: Object.assign(lossy, {
        mtu: link.mtu,
        send: (packet: Uint8Array) => (passes() ? link.send(packet) : true),
      }),
      address: 'any',
      random: seededRandom(5),
      onEcho: () => (echoes ? 'reply' : 'ignore'),
      onSyn: ({ destination }): SynVerdict => {
        const verdict = onSyn?.(destination.port) ?? 'accept';
        return verdict === 'accept'
          ? {
              verdict,
              allowHalfOpen: true,
              onSocket: (socket) => {
                socket.on('error', () => {});
                this.sockets.push(socket);
                onSocket?.(socket);
              },
            }
          : { verdict };
      },
    });
  }
}

export interface SocketWorld {
  readonly network: TestNetwork;
  readonly module: EmulatedModule;
  readonly line: NoisyLine;
  readonly modem: Modem;
  readonly stack: SocketStack;
  readonly trace: string[];
}

/** Runs in virtual time; ends line and module afterwards. */
export function inSocketWorld<T>(
  options: NetworkOptions,
  run: (world: SocketWorld) => Promise<T>,
  used: ModuleProfile = profile,
): Promise<T> {
  return inVirtualTime({ startAt: ms(Date.UTC(2024, 4, 1)), random: seededRandom(1) }, async () => {
    const { dte, dce } = createMemoryLine(used.line.baudRate);
    const network = new TestNetwork(options);
    const line = new NoisyLine(pacedDce(dce));
    const module = new EmulatedModule(line, { profile: used, radio: network, random: seededRandom(9) });
    const trace: string[] = [];
    const modem = new Modem(pacedDte(dte), used, {
      trace: ({ direction, text }) => trace.push(`${direction} ${text}`),
      access,
    });
    const stack = new SocketStack(modem, { access });
    try {
      return await run({ network, module, line, modem, stack, trace });
    } finally {
      await stack.deactivate().catch(() => {});
      await modem.close().catch(() => {});
      module.powerOff();
    }
  });
}
