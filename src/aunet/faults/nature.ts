/** Which faults last, which strike at a moment, and which wait for an occasion. */
import type { Fault } from '../../config/fault.ts';
import type { FaultNature } from './schedule.ts';

export function natureOf({ fault }: Fault): FaultNature {
  switch (fault) {
    case 'no-service':
    case 'weak-signal':
    case 'line-noise':
    case 'module-silent':
    case 'packet-loss':
    case 'latency':
      return 'state';
    case 'lost-call':
    case 'module-reset':
      return 'moment';
    default:
      return 'occasion';
  }
}
