/** +CSQ: 27.007 §8.5 and, with the same scale, the CDMA module's manual (Multi-Tech S000478, page 50). */
import { type Answer, done } from '../answer.ts';
import type { ModuleContext } from '../module-context.ts';
import { isService } from '../registration.ts';

const UNKNOWN = 99;

/** `<rssi>` = (dBm + 113) / 2, 31 for -51 dBm and better; the error rate is never known. */
export function signalQuality(module: ModuleContext): Answer {
  const coverage = module.registration.coverage(module.now);
  const rssi = isService(coverage)
    ? Math.min(Math.max(Math.round((coverage.signalDbm + 113) / 2), 0), 31)
    : UNKNOWN;
  return done(`+CSQ: ${rssi},${UNKNOWN}`);
}
