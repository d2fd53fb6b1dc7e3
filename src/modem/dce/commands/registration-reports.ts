/** +CREG, +CGREG, +CEREG: registration asked for, or told unasked (27.007 §7.2, §10.1.20, §10.1.22). */
import { done } from '../answer.ts';
import { type ExtendedCommand, numericParameter } from '../command-set.ts';
import type { ModuleContext } from '../module-context.ts';
import { isService } from '../registration.ts';

/**
 * Where the module is, for `<n>` = 2: the radio does not say, so it is the same area and cell everywhere.
 * +CREG and +CGREG call it `<lac>`, +CEREG `<tac>`.
 */
const AREA = '1A2B';
const CELL = '0000C0DE';
/** E-UTRAN (27.007 §7.2). */
const ACCESS_TECHNOLOGY = 7;

const REPORTS = ['+CREG', '+CGREG', '+CEREG'] as const;

export function registrationReport(name: (typeof REPORTS)[number], highest: number): ExtendedCommand {
  return {
    ...numericParameter(name, { to: highest }),
    read: (module) => done(`${name}: ${module.settings.number(name)},${status(name, module)}`),
  };
}

/**
 * Tells the DTE where it asked to be told.
 * @param before the status when this was called last
 * @returns the status now
 */
export function registrationChanged(module: ModuleContext, before: number): number {
  const now = module.registration.status(module.now);
  if (now !== before) {
    for (const name of REPORTS) {
      if (module.settings.number(name) > 0) {
        module.unsolicited(`${name}: ${status(name, module)}`);
      }
    }
  }
  return now;
}

function status(name: string, module: ModuleContext): string {
  const status = module.registration.status(module.now);
  const withPlace = module.settings.number(name) >= 2 && isService(module.registration.coverage(module.now));
  return withPlace ? `${status},"${AREA}","${CELL}",${ACCESS_TECHNOLOGY}` : String(status);
}
