/** Faults of PPP, IP, TCP and name service. */
import type { FaultOf } from '../../../config/fault.ts';
import type { SynVerdict } from '../../../net/tcp-host.ts';
import { icmpUnreachableCodes } from '../../../wire/icmp.ts';
import { formatIpv4 } from '../../../wire/ipv4.ts';
import { requireIpv4 } from '../../addresses.ts';
import type { PppFate, SynTarget } from '../effects.ts';
import type { EndFault, FaultParts } from '../fault-parts.ts';
import { strikeInCall } from './radio.ts';

export const pppRefused = ({ how }: FaultOf<'ppp-refused'>, parts: FaultParts): EndFault =>
  onPpp(parts, how === 'terminate' ? 'the session is refused' : 'authentication is refused', {
    fate: 'refuse',
    how,
  });

export const pppSilent = (parts: FaultParts): EndFault =>
  onPpp(parts, 'not a frame is answered', { fate: 'silent' });

/** RFC 5737, TEST-NET-3: nobody of the emulation is there. */
const NOBODY = [requireIpv4('203.0.113.251'), requireIpv4('203.0.113.252')];

export const wrongNameServers = (parts: FaultParts): EndFault =>
  onPpp(parts, 'wrong name servers are told', { fate: 'name-servers', addresses: NOBODY });

function onPpp(parts: FaultParts, text: string, fate: PppFate): EndFault {
  return parts.board.put({
    ppp: (line) => (parts.occurs(line) && parts.strike('ppp', text, line) ? fate : undefined),
  });
}

export const pppTerminate = ({ after }: FaultOf<'ppp-terminate'>, parts: FaultParts): EndFault =>
  parts.board.put({
    session: ({ line, call, terminate }) => {
      if (parts.occurs(line)) {
        const strike = () => {
          if (parts.strike('ppp', 'the network ends the session', line)) {
            terminate();
          }
        };
        if (after === undefined) {
          setTimeout(strike);
        } else {
          strikeInCall(call, after, strike);
        }
      }
    },
  });

export function packetLoss({ rate, direction }: FaultOf<'packet-loss'>, parts: FaultParts): EndFault {
  parts.strike('ip', `packets get lost (${rate * 100} %)`, undefined);
  return parts.board.put({
    packet: (way, line) =>
      (direction === 'both' || direction === way) && parts.isMeant(line) && parts.random.fraction() < rate
        ? 'lost'
        : 0,
  });
}

export function latency({ delay, jitter, direction }: FaultOf<'latency'>, parts: FaultParts): EndFault {
  parts.strike('ip', `packets come ${delay} ms late`, undefined);
  return parts.board.put({
    packet: (way, line) =>
      (direction === 'both' || direction === way) && parts.isMeant(line)
        ? delay + (jitter === 0 ? 0 : parts.random.integer(0, jitter))
        : 0,
  });
}

/** Connections that are remembered: a repeated SYN has the fate of the first. */
const MAX_REMEMBERED = 256;

const unreachableCodes = {
  net: icmpUnreachableCodes.net,
  host: icmpUnreachableCodes.host,
  port: icmpUnreachableCodes.port,
  prohibited: icmpUnreachableCodes.communicationProhibited,
} as const;

export const synDrop = (fault: FaultOf<'syn-drop'>, parts: FaultParts): EndFault =>
  onSyn(fault, parts, 'is not answered', { verdict: 'drop' });

export const synReset = (fault: FaultOf<'syn-reset'>, parts: FaultParts): EndFault =>
  onSyn(fault, parts, 'is reset', { verdict: 'reset' });

export const synUnreachable = (fault: FaultOf<'syn-unreachable'>, parts: FaultParts): EndFault =>
  onSyn(fault, parts, `is unreachable (${fault.code})`, {
    verdict: 'unreachable',
    code: unreachableCodes[fault.code],
  });

interface Target {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

function onSyn(fault: Target, parts: FaultParts, text: string, verdict: SynVerdict): EndFault {
  const known = new Map<string, boolean>();
  return parts.board.put({
    syn(target) {
      if (!isAimedAt(fault, target)) {
        return undefined;
      }
      let isHit = known.get(target.flow);
      if (isHit === undefined) {
        const { host, address, port, line } = target;
        isHit =
          parts.occurs(line) &&
          parts.strike('tcp', `connection to ${host ?? formatIpv4(address)}:${port} ${text}`, line);
        const [oldest] = known.keys();
        if (known.size >= MAX_REMEMBERED && oldest !== undefined) {
          known.delete(oldest);
        }
        known.set(target.flow, isHit);
      }
      return isHit ? verdict : undefined;
    },
  });
}

const isAimedAt = ({ host, port }: Target, target: SynTarget): boolean =>
  (port === undefined || port === target.port) &&
  (host === undefined || host.toLowerCase() === target.host || host === formatIpv4(target.address));

export function dnsFailure({ how, name, address }: FaultOf<'dns-failure'>, parts: FaultParts): EndFault {
  const only = name?.toLowerCase();
  return parts.board.put({
    lookup: (asked, line) =>
      (only === undefined || only === asked) &&
      parts.occurs(line) &&
      parts.strike('carrier', `name ${asked}: ${how}`, line)
        ? how === 'wrong-address'
          ? { fate: how, address: requireIpv4(address) }
          : { fate: how }
        : undefined,
  });
}
