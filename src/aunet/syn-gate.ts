/**
 * A link whose SYNs may wait: a connection to a real server is answered only once that server has answered.
 * Everything else passes unseen, unless packets are to get lost or to come late.
 */
import { EventEmitter } from 'node:events';
import type { Bytes } from '../base/units.ts';
import type { IpLink } from '../net/ip-link.ts';
import type { Endpoint } from '../net/tcp-error.ts';
import { decodeIpv4, ipProtocols, isFragment } from '../wire/ipv4.ts';
import { isMalformed } from '../wire/malformed.ts';
import { decodeTcp, tcpFlags } from '../wire/tcp-segment.ts';
import type { EffectBoard } from './faults/effect-board.ts';
import type { LineName } from './faults/effects.ts';
import { LatePackets } from './faults/late-packets.ts';

/** Connections that wait at a time; a device opens one or two. What is beyond is lost and comes again. */
const MAX_WAITING = 32;

export interface Flow {
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

interface LinkEvents {
  packet: [packet: Uint8Array];
  drain: [];
  down: [cause: Error];
}

export class SynGate extends EventEmitter<LinkEvents> implements IpLink {
  readonly #link: IpLink;
  readonly #mustWait: (flow: Flow) => Promise<void> | undefined;
  readonly #waiting = new Set<string>();
  readonly #effects: EffectBoard;
  readonly #up: LatePackets;
  readonly #down: LatePackets;
  #isDown = false;

  /** @param mustWait gives what a SYN waits for; `undefined`: nothing */
  constructor(
    link: IpLink,
    mustWait: (flow: Flow) => Promise<void> | undefined,
    { effects, line }: { readonly effects: EffectBoard; readonly line: LineName },
  ) {
    super();
    this.#link = link;
    this.#mustWait = mustWait;
    this.#effects = effects;
    this.#up = new LatePackets(
      (packet) => this.#arrives(packet),
      () => effects.packet('up', line),
    );
    this.#down = new LatePackets(
      (packet) => link.send(packet),
      () => effects.packet('down', line),
    );
    link.on('packet', (packet) => {
      if (effects.touchesPackets || this.#up.isHolding) {
        // The octets are only lent to the listener of `packet`.
        this.#up.push(packet.slice());
      } else {
        this.#arrives(packet);
      }
    });
    link.on('drain', () => this.emit('drain'));
    link.on('down', (cause) => {
      this.#isDown = true;
      this.#up.close();
      this.#down.close();
      this.emit('down', cause);
    });
  }

  get mtu(): Bytes {
    return this.#link.mtu;
  }

  get mru(): Bytes | undefined {
    return this.#link.mru;
  }

  get bitRate(): number | undefined {
    return this.#link.bitRate;
  }

  send(packet: Uint8Array): boolean {
    if (this.#effects.touchesPackets || this.#down.isHolding) {
      this.#down.push(packet);
      return true;
    }
    return this.#link.send(packet);
  }

  #arrives(packet: Uint8Array): void {
    const flow = looksLikeSyn(packet) ? flowOf(packet) : undefined;
    if (flow === undefined) {
      this.emit('packet', packet);
      return;
    }
    const key = flowKey(flow);
    if (this.#waiting.has(key) || this.#waiting.size >= MAX_WAITING) {
      return;
    }
    const answer = this.#mustWait(flow);
    if (answer === undefined) {
      this.emit('packet', packet);
      return;
    }
    this.#waiting.add(key);
    // The octets are only lent to the listener of `packet`.
    const kept = packet.slice();
    answer.then(() => {
      this.#waiting.delete(key);
      if (!this.#isDown) {
        this.emit('packet', kept);
      }
    });
  }
}

/** One text per connection. */
export const flowKey = ({ source, destination }: Flow): string =>
  `${source.address}:${source.port}>${destination.address}:${destination.port}`;

/** A look at three octets: nearly every packet is none, and must not be decoded twice. */
function looksLikeSyn(packet: Uint8Array): boolean {
  const headerBytes = ((packet[0] ?? 0) & 0x0f) * 4;
  const flags = packet[headerBytes + 13] ?? 0;
  return packet[9] === ipProtocols.tcp && (flags & (tcpFlags.syn | tcpFlags.ack)) === tcpFlags.syn;
}

function flowOf(octets: Uint8Array): Flow | undefined {
  const packet = decodeIpv4(octets);
  if (isMalformed(packet) || packet.protocol !== ipProtocols.tcp || isFragment(packet)) {
    return undefined;
  }
  const { source, destination, payload } = packet;
  const segment = decodeTcp(payload, source, destination);
  if (isMalformed(segment)) {
    return undefined;
  }
  return {
    source: { address: source, port: segment.sourcePort },
    destination: { address: destination, port: segment.destinationPort },
  };
}
