/** Two link machines joined back to back, with a clock and a wire that the test holds in its hand. */
import { seededRandom } from '../../../src/base/random.ts';
import { type Ms, ms } from '../../../src/base/units.ts';
import { type IpAssignment, IpcpClientPolicy, IpcpServerPolicy } from '../../../src/net/ppp/ipcp-policy.ts';
import {
  type LinkAction,
  type LinkEvent,
  LinkMachine,
  type LinkMachineOptions,
} from '../../../src/net/ppp/link-machine.ts';
import type { PppError } from '../../../src/net/ppp/ppp-error.ts';
import { ipv4Address } from '../../../src/wire/ipv4.ts';
import { describePacket } from '../../../src/wire/ppp/describe.ts';
import type { AuthenticationProtocol } from '../../../src/wire/ppp/lcp-option.ts';

export const serverAddress = ipv4Address(0x0a000001);
export const clientAddress = ipv4Address(0x0a000002);
export const nameServer = ipv4Address(0x0a000035);

export function clientOptions(change: Partial<LinkMachineOptions> = {}): LinkMachineOptions {
  return {
    mru: 1500,
    accm: 0,
    demanded: [],
    offered: ['chap-md5', 'pap'],
    credentials: { user: 'kadec', password: 'tsuchi' },
    secretOf: () => undefined,
    name: 'kadec',
    ipcp: new IpcpClientPolicy(),
    random: seededRandom(11),
    echoInterval: ms(0),
    ...change,
  };
}

export function serverOptions(
  demanded: readonly AuthenticationProtocol[] = ['chap-md5'],
  change: Partial<LinkMachineOptions> = {},
): LinkMachineOptions {
  return {
    mru: 1500,
    accm: 0,
    demanded,
    offered: [],
    credentials: { user: 'nas', password: '' },
    secretOf: (user) => (user === 'kadec' ? 'tsuchi' : undefined),
    name: 'nas',
    ipcp: new IpcpServerPolicy({
      address: serverAddress,
      peerAddress: clientAddress,
      nameServers: [nameServer],
    }),
    random: seededRandom(22),
    echoInterval: ms(0),
    ...change,
  };
}

export interface WireFrame {
  readonly protocol: number;
  readonly payload: Uint8Array;
}

export class End {
  readonly machine: LinkMachine;
  /** What this end has sent and the wire has not yet carried. */
  readonly wire: WireFrame[] = [];
  readonly ups: IpAssignment[] = [];
  readonly downs: PppError[] = [];
  readonly delivered: Uint8Array[] = [];
  readonly lines: string[] = [];

  constructor(options: LinkMachineOptions) {
    this.machine = new LinkMachine(options);
  }

  step(event: LinkEvent, now: Ms): readonly LinkAction[] {
    const actions = this.machine.step(event, now);
    for (const action of actions) {
      switch (action.type) {
        case 'transmit':
          this.wire.push({ protocol: action.protocol, payload: action.packet });
          break;
        case 'up':
          this.ups.push(action.assignment);
          break;
        case 'down':
          this.downs.push(action.cause);
          break;
        case 'deliver':
          this.delivered.push(action.packet);
          break;
        case 'trace':
          this.lines.push(`${action.direction} ${action.text()}`);
          break;
        case 'receiveAccm':
          break;
      }
    }
    return actions;
  }
}

/** Far more than any dialogue here needs; a test that reaches it has found a livelock. */
const MOST_STEPS = 5000;

export class Pair {
  readonly client: End;
  readonly server: End;
  now: Ms = ms(1_000_000);

  constructor(client: LinkMachineOptions, server: LinkMachineOptions) {
    this.client = new End(client);
    this.server = new End(server);
  }

  open(): void {
    this.client.step({ type: 'open' }, this.now);
    this.server.step({ type: 'open' }, this.now);
  }

  get isUp(): boolean {
    return this.client.machine.passesIp && this.server.machine.passesIp;
  }

  get isDown(): boolean {
    return this.client.downs.length > 0 && this.server.downs.length > 0;
  }

  /** Carries the oldest frame of one direction; `isLost`: to nowhere. @returns whether there was one */
  carry(from: 'client' | 'server', isLost = false): boolean {
    const frame = this[from].wire.shift();
    if (frame !== undefined && !isLost) {
      const to = from === 'client' ? this.server : this.client;
      to.step({ type: 'frame', ...frame }, this.now);
    }
    return frame !== undefined;
  }

  /** Lets the time pass to the next deadline. @returns whether there was one */
  tick(): boolean {
    const ends = [this.client, this.server];
    const deadlines = ends.flatMap(({ machine }) => machine.deadline ?? []);
    if (deadlines.length === 0) {
      return false;
    }
    this.now = ms(Math.max(this.now, Math.min(...deadlines)));
    for (const end of ends) {
      end.step({ type: 'timeout' }, this.now);
    }
    return true;
  }

  /**
   * Carries frames and lets time pass until the condition holds, or nothing happens any more.
   * @param choose which direction is next; @param isLost whether the next frame is lost
   */
  run(
    until: () => boolean,
    choose: () => 'client' | 'server' = () => 'client',
    isLost: () => boolean = () => false,
  ): void {
    for (let steps = 0; steps < MOST_STEPS && !until(); steps += 1) {
      const first = choose();
      const second = first === 'client' ? 'server' : 'client';
      const isCarried = this.carry(first, this[first].wire.length > 0 && isLost());
      if (!isCarried && !this.carry(second, this[second].wire.length > 0 && isLost()) && !this.tick()) {
        return;
      }
    }
  }

  toString(): string {
    return [
      ...this.client.lines.map((line) => `client ${line}`),
      ...this.server.lines.map((line) => `server ${line}`),
    ].join('\n');
  }
}

export const describeWire = (frames: readonly WireFrame[]): string[] =>
  frames.map(({ protocol, payload }) => describePacket(protocol, payload));
