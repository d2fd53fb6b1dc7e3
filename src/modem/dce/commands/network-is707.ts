/**
 * The CDMA network as an IS-707 module shows it. The public stand-in for the module of the device is
 * Multi-Tech's CDMA-C1 (S000478) with its predecessor Q24x8 (S000294); page numbers are theirs.
 */
import type { Value } from '../../../wire/at/command-line.ts';
import { type Answer, done, REFUSED } from '../answer.ts';
import { type ExtendedCommand, numberAt, numericParameter, tells } from '../command-set.ts';
import { CALL_END_CAUSES, type ModuleContext } from '../module-context.ts';
import { isService } from '../registration.ts';
import { signalQuality } from './signal-quality.ts';

/** Band class 1 of +CSS is 800 MHz cellular, which is bc0; 0 is a class that the command cannot express. */
const CSS_BAND_CLASS: Readonly<Record<string, number>> = { bc0: 1 };
const NOT_REGISTERED = { band: 'Z', system: '99999' };

export const networkIs707: readonly ExtendedCommand[] = [
  // Some modules know only one of the two forms; hosts try both.
  tells('+CSQ', ['execute', 'read'], signalQuality),
  tells('+CAD', ['execute', 'read'], (module) => done(`+CAD: ${registered(module) === undefined ? 0 : 1}`)),
  tells('+CSS', ['execute', 'read'], servingSystem),
  { ...numericParameter('+CRM', { to: 2 }), set: setRelayMode },
  // The address in use; nothing where there is none, or where PPP passes behind the module's back.
  tells('+CMIP', ['read'], ({ callAddress }) =>
    callAddress === undefined ? done() : done(`+CMIP: ${callAddress}`),
  ),
  numericParameter('+CTA', { to: 255 }),
  numericParameter('+CQD', { to: 255, factory: 10 }),
  numericParameter('+CXT', { to: 1 }),
  numericParameter('+WBND', { to: 4 }),
  numericParameter('$QCMIP', { to: 2 }),
  tells('+CEER', ['execute', 'read'], (module) => done(`+CEER: ${CALL_END_CAUSES[module.lastCause]}`)),
  {
    name: '+WCHD',
    // OK first, then NO CARRIER.
    execute: (module) => {
      if (module.callState === 'connected') {
        module.hangUp();
        module.unsolicitedNoCarrier();
      }
      return done();
    },
  },
];

function registered(module: ModuleContext) {
  const coverage = module.registration.coverage(module.now);
  return isService(coverage) ? coverage : undefined;
}

/** `+CSS: class,band,SID` (page 35 of the user's guide). */
function servingSystem(module: ModuleContext): Answer {
  const coverage = registered(module);
  return coverage === undefined
    ? done(`+CSS: 0,${NOT_REGISTERED.band},${NOT_REGISTERED.system}`)
    : done(`+CSS: ${CSS_BAND_CLASS[coverage.band] ?? 0},A,${coverage.system}`);
}

/** Page 50: settable only while mobile IP ($QCMIP) is off. */
function setRelayMode(module: ModuleContext, values: readonly Value[]): Answer {
  const mode = numberAt(values, 0);
  if (values.length !== 1 || mode === undefined || mode > 2 || module.settings.number('$QCMIP') !== 0) {
    return REFUSED;
  }
  module.settings.extended.set('+CRM', mode);
  return done();
}
