/** A packet call as effects see it: its octets are counted only where somebody asks. */
import type { RadioBearer } from '../radio-bearer.ts';
import { RadioError } from '../radio-error.ts';
import type { CallUnderWay, LineName } from './effects.ts';

export function callUnderWay(bearer: RadioBearer, line: LineName): CallUnderWay {
  const { module, network } = bearer;
  return {
    line,
    watch(direction, listener) {
      const count = (bytes: Uint8Array) => listener(bytes.length);
      // What the network's end hears comes up, what the module's end hears goes down.
      network.on('data', count);
      if (direction === 'both') {
        module.on('data', count);
      }
      return () => {
        network.off('data', count);
        module.off('data', count);
      };
    },
    onEnd(listener) {
      network.on('close', listener);
    },
    lose(reason) {
      bearer.lose(new RadioError('RADIO_CALL_RELEASED', reason));
    },
  };
}
