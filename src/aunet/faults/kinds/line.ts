/** Faults of the serial line and of the module. */
import { type Bytes, bytes } from '../../../base/units.ts';
import type { Depth, FaultOf } from '../../../config/fault.ts';
import type { NoisyLine, NoisyWire } from '../../../serial/noisy-line.ts';
import { type EndFault, type FaultParts, NOTHING_TO_END } from '../fault-parts.ts';

export function lineNoise(fault: FaultOf<'line-noise'>, parts: FaultParts): EndFault {
  const wires = new Set<NoisyWire>(
    fault.direction === 'both' ? ['to-module', 'to-device'] : [fault.direction],
  );
  return onLines(fault.after, parts, (name, line) => {
    parts.strike('line', 'noise', name);
    const random = parts.random.fork(name);
    return line.disturb({
      wires,
      noise: { bitErrors: fault['bit-errors'], lost: fault.lost, doubled: fault.doubled, random },
    });
  });
}

export const moduleSilent = ({ after }: FaultOf<'module-silent'>, parts: FaultParts): EndFault =>
  onLines(after, parts, (name, line) => {
    parts.strike('line', 'the module is silent', name);
    return line.silence();
  });

export function moduleReset({ after }: FaultOf<'module-reset'>, parts: FaultParts): EndFault {
  const reset = (only: string | undefined) =>
    parts.modules.each((name, module) => {
      if (parts.isMeant(name) && (only === undefined || only === name)) {
        module.powerOff();
        module.powerOn();
      }
      return NOTHING_TO_END;
    })();
  if (after === undefined) {
    if (parts.strike('line', 'the module loses its power', undefined)) {
      reset(undefined);
    }
    return NOTHING_TO_END;
  }
  return onLines(after, parts, (name) => {
    // Not from within the delivery of the octets that count.
    const timer = setTimeout(() => {
      if (parts.strike('line', 'the module loses its power', name)) {
        reset(name);
      }
    });
    return () => clearTimeout(timer);
  });
}

export const slowResults = ({ delay }: FaultOf<'slow-results'>, parts: FaultParts): EndFault =>
  parts.modules.each((name, module) =>
    module.delayResults(() =>
      parts.occurs(name) && parts.strike('at', `a result code comes ${delay} ms late`, name) ? delay : 0,
    ),
  );

/** Begins something on each line that is meant, once it has carried so many octets. */
function onLines(
  after: Depth | undefined,
  parts: FaultParts,
  begin: (name: string, line: NoisyLine) => EndFault,
): EndFault {
  const depth: Bytes = after !== undefined && 'bytes' in after ? after.bytes : bytes(0);
  return parts.lines.each((name, line) => {
    if (!parts.isMeant(name)) {
      return NOTHING_TO_END;
    }
    let end = NOTHING_TO_END;
    let rest: number = depth;
    if (rest === 0) {
      return begin(name, line);
    }
    const unwatch = line.watch((octets) => {
      rest -= octets;
      if (rest <= 0) {
        unwatch();
        end = begin(name, line);
      }
    });
    return () => {
      unwatch();
      end();
    };
  });
}
