/** Faults of the air and of calls. */
import { bytes } from '../../../base/units.ts';
import type { Depth, FaultOf } from '../../../config/fault.ts';
import type { CallUnderWay } from '../effects.ts';
import { type EndFault, type FaultParts, NOTHING_TO_END } from '../fault-parts.ts';

export function noService(parts: FaultParts): EndFault {
  parts.strike('radio', 'no cell is heard', undefined);
  return parts.board.put({
    coverage: (heard, line) => (parts.isMeant(line) ? { service: 'none' } : heard),
  });
}

export function weakSignal({ dbm }: FaultOf<'weak-signal'>, parts: FaultParts): EndFault {
  parts.strike('radio', `cells arrive with ${dbm} dBm`, undefined);
  return parts.board.put({
    coverage: (heard, line) =>
      parts.isMeant(line) && 'signalDbm' in heard
        ? { ...heard, signalDbm: Math.min(heard.signalDbm, dbm) }
        : heard,
  });
}

export const slowRegistration = ({ delay }: FaultOf<'slow-registration'>, parts: FaultParts): EndFault =>
  parts.board.put({
    registrationMs: (line) =>
      parts.occurs(line) && parts.strike('radio', `registration takes ${delay / 1000} s longer`, line)
        ? delay
        : 0,
  });

export const busy = (parts: FaultParts): EndFault =>
  parts.board.put({
    dial: (line) =>
      parts.occurs(line) && parts.strike('radio', 'busy', line) ? { result: 'busy', afterMs: 0 } : undefined,
  });

export const noAnswer = ({ wait }: FaultOf<'no-answer'>, parts: FaultParts): EndFault =>
  parts.board.put({
    dial: (line) =>
      parts.occurs(line) && parts.strike('radio', 'nobody answers', line)
        ? { result: 'no-answer', afterMs: wait }
        : undefined,
  });

/** The device has begun to talk: whoever is lost before that never heard CONNECT. */
const FIRST_OCTET: Depth = { bytes: bytes(1) };

export function noCarrier(fault: FaultOf<'no-carrier'>, parts: FaultParts): EndFault {
  switch (fault.when) {
    case 'dial':
      return parts.board.put({
        dial: (line) =>
          parts.occurs(line) && parts.strike('radio', 'no carrier', line)
            ? { result: 'no-carrier', afterMs: 0 }
            : undefined,
      });
    case 'call':
      return parts.board.put({
        call: (call) => {
          if (parts.occurs(call.line)) {
            strikeInCall(call, fault.after ?? FIRST_OCTET, () => {
              if (parts.strike('radio', 'the network ends the call', call.line)) {
                call.lose('The network ended the call without a word.');
              }
            });
          }
        },
      });
    case 'data':
      return parts.board.put({
        content: ({ client, line }) =>
          parts.occurs(line)
            ? {
                after: fault.after !== undefined && 'bytes' in fault.after ? fault.after.bytes : bytes(1),
                reached() {
                  if (parts.strike('radio', 'the network ends the call in the middle of DATA', line)) {
                    parts.loseCallOf(client, 'The network ended the call without a word.');
                  }
                  return 'go-on';
                },
              }
            : undefined,
      });
  }
}

export function lostCall(parts: FaultParts): EndFault {
  if (parts.strike('radio', 'calls break off', undefined)) {
    parts.loseCalls();
  }
  return NOTHING_TO_END;
}

/** Does something once, so far into a call. */
export function strikeInCall(call: CallUnderWay, depth: Depth, strike: () => void): void {
  if ('time' in depth) {
    const timer = setTimeout(strike, depth.time);
    call.onEnd(() => clearTimeout(timer));
    return;
  }
  let rest: number = depth.bytes;
  const unwatch = call.watch(depth === FIRST_OCTET ? 'up' : 'both', (count) => {
    rest -= count;
    if (rest <= 0) {
      unwatch();
      // Not from within the delivery of the octets that count.
      setTimeout(strike);
    }
  });
}
