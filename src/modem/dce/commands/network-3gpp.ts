/** Signal and operator of a 3GPP network: 27.007 §8.5, §7.3. */
import type { Value } from '../../../wire/at/command-line.ts';
import { type Answer, cmeError, done, REFUSED } from '../answer.ts';
import { accepted, type ExtendedCommand, numberAt, tells, textAt } from '../command-set.ts';
import type { ModuleContext } from '../module-context.ts';
import { isService } from '../registration.ts';
import { signalQuality } from './signal-quality.ts';

const OPERATORS: Readonly<Record<string, readonly [long: string, short: string]>> = {
  '00101': ['Test PLMN 1-1', 'Test'],
  '44050': ['KDDI', 'KDDI'],
  '44051': ['KDDI', 'KDDI'],
  '44054': ['KDDI', 'KDDI'],
};
/** E-UTRAN. */
const ACCESS_TECHNOLOGY = 7;
const E_UTRAN_ONLY = 28;
const UNKNOWN_RSRP = 255;

export const network3gpp: readonly ExtendedCommand[] = [
  { ...tells('+CSQ', ['execute'], signalQuality), test: '+CSQ: (0-31,99),(0-7,99)' },
  { name: '+COPS', read: currentOperator, set: selectOperator, test: operatorsInReach },
  accepted('+CMER'),
  // §8.69: the scales of E-UTRAN; those of the others are unknown here.
  {
    ...tells('+CESQ', ['execute'], extendedSignalQuality),
    test: '+CESQ: (0-63,99),(0-7,99),(0-96,255),(0-49,255),(0-34,255),(0-97,255)',
  },
  {
    // §8.9: signal, service, roaming.
    name: '+CIND',
    read: indicators,
    test: '+CIND: ("signal",(0-5)),("service",(0,1)),("roam",(0,1))',
  },
  {
    // §5.9: E-UTRAN only.
    name: '+WS46',
    read: () => done(`+WS46: ${E_UTRAN_ONLY}`),
    set: (_, values) => (numberAt(values, 0) === E_UTRAN_ONLY ? done() : cmeError(50)),
    test: `+WS46: (${E_UTRAN_ONLY})`,
  },
  tells('+COPN', ['execute'], () =>
    done(...Object.entries(OPERATORS).map(([code, [long]]) => `+COPN: "${code}","${long}"`)),
  ),
  tells('+CPOL', ['read'], () => done()),
];

function currentOperator(module: ModuleContext): Answer {
  const mode = module.settings.number('+COPS');
  const operator = registeredOperator(module);
  if (operator === undefined) {
    return done(`+COPS: ${mode}`);
  }
  const format = module.settings.number('+COPS/format');
  return done(`+COPS: ${mode},${format},"${operator[format] ?? operator[2]}",${ACCESS_TECHNOLOGY}`);
}

/** `<mode>[,<format>[,<oper>[,<AcT>]]]`. */
function selectOperator(module: ModuleContext, values: readonly Value[]): Answer {
  const mode = numberAt(values, 0);
  const format = values.length > 1 ? numberAt(values, 1) : module.settings.number('+COPS/format');
  if (mode === undefined || format === undefined || values.length > 4) {
    return REFUSED;
  }
  if (mode > 4 || format > 2) {
    return cmeError(50);
  }
  if (mode === 1 || mode === 4) {
    const wanted = textAt(values, 2);
    const isInReach = wanted !== undefined && registeredOperator(module)?.includes(wanted) === true;
    if (!isInReach && mode === 1) {
      return cmeError(30);
    }
  }
  module.settings.extended.set('+COPS/format', format);
  if (mode !== 3) {
    module.settings.extended.set('+COPS', mode === 4 ? 0 : mode);
    module.setDeregistered(mode === 2);
  }
  return done();
}

function operatorsInReach(module: ModuleContext): string {
  const operator = registeredOperator(module);
  const list =
    operator === undefined
      ? ''
      : `(2,"${operator[0]}","${operator[1]}","${operator[2]}",${ACCESS_TECHNOLOGY}),`;
  return `+COPS: ${list},(0-4),(0-2)`;
}

function registeredOperator(module: ModuleContext): readonly [string, string, string] | undefined {
  const coverage = module.registration.coverage(module.now);
  if (!isService(coverage)) {
    return undefined;
  }
  const code = coverage.system.replace(/\D/g, '');
  const [long, short] = OPERATORS[code] ?? [coverage.system, coverage.system];
  return [long, short, code];
}

/** `<rxlev>,<ber>,<rscp>,<ecno>,<rsrq>,<rsrp>`; RSRP is 97 from -44 dBm on, 0 below -140 dBm. */
function extendedSignalQuality(module: ModuleContext): Answer {
  const coverage = module.registration.coverage(module.now);
  const rsrp = isService(coverage)
    ? Math.min(Math.max(Math.floor(coverage.signalDbm + 141), 0), 97)
    : UNKNOWN_RSRP;
  return done(`+CESQ: 99,99,255,255,255,${rsrp}`);
}

function indicators(module: ModuleContext): Answer {
  const coverage = module.registration.coverage(module.now);
  if (!isService(coverage)) {
    return done('+CIND: 0,0,0');
  }
  const bars = Math.min(Math.max(Math.ceil((coverage.signalDbm + 113) / 12), 1), 5);
  return done(`+CIND: ${bars},1,${coverage.service === 'roaming' ? 1 : 0}`);
}
