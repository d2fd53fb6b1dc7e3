/**
 * Between a subscriber line and the Internet: decides about every SYN (OP25B first), answers names and pings.
 */
import type { Random } from '../base/random.ts';
import { noTrace, type Trace } from '../base/trace.ts';
import { now } from '../base/virtual-time.ts';
import { IpHost } from '../net/ip-host.ts';
import type { IpLink } from '../net/ip-link.ts';
import type { SynVerdict } from '../net/tcp-host.ts';
import type { TcpSocket } from '../net/tcp-socket.ts';
import type { DatagramVerdict, ReceivedDatagram } from '../net/udp-socket.ts';
import { icmpUnreachableCodes } from '../wire/icmp.ts';
import { formatIpv4, type Ipv4Address } from '../wire/ipv4.ts';
import { gatewayAddress, nameServerAddresses } from './addresses.ts';
import type { Report } from './carrier-event.ts';
import type { EffectBoard } from './faults/effect-board.ts';
import type { LineName } from './faults/effects.ts';
import type { Internet } from './internet.ts';
import { connectReal, type RealConnection } from './mapped-host.ts';
import { answerQuery, DNS_PORT } from './name-server.ts';
import { type BlockedBy, isBlocked, type Op25bPolicy } from './op25b.ts';
import { type Flow, flowKey, SynGate } from './syn-gate.ts';

export interface RouterOptions {
  readonly internet: Internet;
  readonly op25b: Op25bPolicy;
  readonly blockedBy: BlockedBy;
  readonly report: Report;
  readonly trace?: Trace | undefined;
  /** What goes wrong on this line. */
  readonly effects: EffectBoard;
  /** Its name, where it has one. */
  readonly line: LineName;
}

/** Blocked connections that are remembered, so that a repeated SYN is not told again. */
const MAX_REMEMBERED = 256;

const blockedVerdicts: Readonly<Record<BlockedBy, SynVerdict>> = {
  drop: { verdict: 'drop' },
  reject: { verdict: 'reset' },
  icmp: { verdict: 'unreachable', code: icmpUnreachableCodes.communicationProhibited },
};
const RESET: SynVerdict = { verdict: 'reset' };
const DROP: SynVerdict = { verdict: 'drop' };
const HOST_UNREACHABLE: SynVerdict = { verdict: 'unreachable', code: icmpUnreachableCodes.host };

/** Routes one subscriber line until the link goes down. */
export function route(link: IpLink, random: Random, options: RouterOptions): IpHost {
  const port = new RouterPort(options);
  return new IpHost({
    link: new SynGate(link, (flow) => port.waitFor(flow), options),
    address: 'any',
    random,
    onSyn: (flow) => port.judge(flow),
    onDatagram: (datagram) => port.answer(datagram),
    onEcho: (destination) => (port.isThere(destination) ? 'reply' : 'unreachable'),
  });
}

class RouterPort {
  readonly #options: RouterOptions;
  readonly #blocked = new Set<string>();
  /** Connections to real servers by flow: waiting for the device's handshake, or in use. */
  readonly #real = new Map<string, RealConnection | 'in use'>();

  constructor(options: RouterOptions) {
    this.#options = options;
  }

  /** What a SYN waits for before `judge` may see it. */
  waitFor(flow: Flow): Promise<void> | undefined {
    const { address, port } = flow.destination;
    const reach = this.#options.internet.reach(address, port, now());
    const key = flowKey(flow);
    if (reach.reach !== 'mapped' || this.#real.has(key) || this.#isCut(flow) || this.#fateOf(flow)) {
      return undefined;
    }
    return connectReal(reach.real).then((connection) => {
      this.#real.set(key, connection);
    });
  }

  judge(flow: Flow): SynVerdict {
    const { address, port } = flow.destination;
    if (this.#isCut(flow)) {
      this.#reportBlocked(flow);
      return blockedVerdicts[this.#options.blockedBy];
    }
    const fate = this.#fateOf(flow);
    if (fate !== undefined) {
      return fate;
    }
    const reach = this.#options.internet.reach(address, port, now());
    switch (reach.reach) {
      case 'open':
        this.#reportConnection(flow, 'accepted');
        return { verdict: 'accept', onSocket: (socket) => reach.serve(socket) };
      case 'mapped':
        return this.#judgeMapped(flow);
      case 'closed':
        return this.#refuse(flow);
      case 'silent':
        return DROP;
      case 'nobody':
        if (this.#isOwn(address)) {
          return this.#refuse(flow);
        }
        this.#reportConnection(flow, 'unreachable');
        return HOST_UNREACHABLE;
    }
  }

  answer({ destination, payload }: ReceivedDatagram): DatagramVerdict {
    const { internet, report } = this.#options;
    if (!nameServerAddresses.some((address) => address === destination.address)) {
      const code = this.isThere(destination.address) ? icmpUnreachableCodes.port : icmpUnreachableCodes.host;
      return { verdict: 'unreachable', code };
    }
    if (destination.port !== DNS_PORT) {
      return { verdict: 'unreachable', code: icmpUnreachableCodes.port };
    }
    const at = now();
    const answer = answerQuery(
      payload,
      (name) => internet.addressOf(name, at),
      (name) => this.#options.effects.lookup(name, this.#options.line),
    );
    if (answer === undefined) {
      return { verdict: 'drop' };
    }
    const { name = '?', outcome, message } = answer;
    this.#tell(`name ${name}: ${outcome}`);
    report({ type: 'lookup', at, name, outcome });
    return message.length === 0 ? { verdict: 'drop' } : { verdict: 'reply', payload: message };
  }

  /** Whether somebody answers pings at an address. */
  isThere(address: Ipv4Address): boolean {
    return this.#isOwn(address) || this.#options.internet.isOnline(address, now());
  }

  #isOwn(address: Ipv4Address): boolean {
    return address === gatewayAddress || nameServerAddresses.some((own) => own === address);
  }

  #isCut({ destination }: Flow): boolean {
    return isBlocked(this.#options.op25b, destination, now());
  }

  /** What a fault makes of this connection. */
  #fateOf(flow: Flow): SynVerdict | undefined {
    const { effects, line } = this.#options;
    return effects.isQuiet
      ? undefined
      : effects.syn({ line, flow: flowKey(flow), ...this.#destination(flow) });
  }

  #refuse(flow: Flow): SynVerdict {
    this.#reportConnection(flow, 'reset');
    return RESET;
  }

  /** The real server has answered, or the device repeats a SYN of a connection that goes on. */
  #judgeMapped(flow: Flow): SynVerdict {
    const key = flowKey(flow);
    const real = this.#real.get(key);
    if (real === undefined || real === 'in use') {
      return DROP;
    }
    this.#real.delete(key);
    switch (real.result) {
      case 'connected':
        this.#real.set(key, 'in use');
        this.#reportConnection(flow, 'accepted');
        real.closed.then(() => this.#real.delete(key));
        return {
          verdict: 'accept',
          allowHalfOpen: true,
          onSocket: (socket: TcpSocket) => real.bridge(socket),
        };
      case 'refused':
        return this.#refuse(flow);
      case 'unreachable':
        this.#reportConnection(flow, 'unreachable');
        return HOST_UNREACHABLE;
      case 'timed-out':
        return DROP;
    }
  }

  #reportConnection(flow: Flow, verdict: 'accepted' | 'reset' | 'unreachable'): void {
    this.#tell(`${this.#describe(flow)}: ${verdict}`);
    this.#options.report({ type: 'connection', at: now(), verdict, ...this.#destination(flow) });
  }

  #reportBlocked(flow: Flow): void {
    const { blockedBy, op25b, report } = this.#options;
    const key = flowKey(flow);
    if (this.#blocked.has(key)) {
      return;
    }
    if (this.#blocked.size >= MAX_REMEMBERED) {
      this.#blocked.clear();
    }
    this.#blocked.add(key);
    this.#tell(`${this.#describe(flow)}: blocked by OP25B in ${op25b.area} (${blockedBy})`);
    const { area } = op25b;
    report({ type: 'blocked', at: now(), by: 'op25b', how: blockedBy, area, ...this.#destination(flow) });
  }

  #destination({ destination }: Flow) {
    const { address, port } = destination;
    return { address, port, host: this.#options.internet.nameOf(address) };
  }

  #describe(flow: Flow): string {
    const { address, port, host } = this.#destination(flow);
    return `TCP to ${host ?? formatIpv4(address)} port ${port}`;
  }

  #tell(text: string): void {
    (this.#options.trace ?? noTrace)({ layer: 'carrier', direction: '-', text });
  }
}
