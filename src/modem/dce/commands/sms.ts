/** Messages: 27.005, as far as programs ask for it when they get to know a module. Nothing is ever received. */
import type { Value } from '../../../wire/at/command-line.ts';
import { type Answer, cmsError, done, REFUSED } from '../answer.ts';
import {
  accepted,
  compoundParameter,
  type ExtendedCommand,
  numberAt,
  numericParameter,
  textAt,
} from '../command-set.ts';
import type { ModuleContext } from '../module-context.ts';
import { isService } from '../registration.ts';

const STORES = ['SM', 'ME'];
const STORE_SIZE = 10;
const CHARACTER_SETS = ['IRA', 'GSM', 'UCS2'];
const SERVICE_CENTRE = '+819000000021';

export const sms: readonly ExtendedCommand[] = [
  numericParameter('+CMGF', { to: 1 }),
  numericParameter('+CSDH', { to: 1 }),
  compoundParameter('+CSMP', [
    [0, 255, 17],
    [0, 255, 167],
    [0, 255, 0],
    [0, 255, 0],
  ]),
  compoundParameter('+CNMI', [
    [0, 3, 0],
    [0, 3, 0],
    [0, 3, 0],
    [0, 2, 0],
    [0, 1, 0],
  ]),
  {
    name: '+CSMS',
    read: () => done('+CSMS: 0,1,1,0'),
    set: (_, values) => (numberAt(values, 0) === 0 ? done('+CSMS: 1,1,0') : cmsError(303)),
    test: '+CSMS: (0)',
  },
  {
    name: '+CSCS',
    read: ({ settings }) => done(`+CSCS: "${settings.text('+CSCS', 'IRA')}"`),
    test: `+CSCS: (${quotedList(CHARACTER_SETS)})`,
    set: ({ settings }, values) => {
      const name = textAt(values, 0)?.toUpperCase();
      if (name === undefined || !CHARACTER_SETS.includes(name)) {
        return REFUSED;
      }
      settings.extended.set('+CSCS', name);
      return done();
    },
  },
  {
    name: '+CSCA',
    read: () => done(`+CSCA: "${SERVICE_CENTRE}",145`),
    set: () => done(),
  },
  {
    name: '+CPMS',
    read: ({ settings }) => {
      const store = `"${settings.text('+CPMS', 'SM')}",0,${STORE_SIZE}`;
      return done(`+CPMS: ${store},${store},${store}`);
    },
    test: `+CPMS: ${[0, 1, 2].map(() => `(${quotedList(STORES)})`).join(',')}`,
    set: ({ settings }, values) => {
      const names = values.map((_, index) => textAt(values, index) ?? '');
      if (names.length > 3 || names.some((name) => !STORES.includes(name))) {
        return cmsError(302);
      }
      settings.extended.set('+CPMS', names[0] ?? 'SM');
      return done(`+CPMS: ${[0, 1, 2].map(() => `0,${STORE_SIZE}`).join(',')}`);
    },
  },
  { name: '+CMGL', execute: () => done(), set: () => done(), test: '+CMGL: (0-4)' },
  { name: '+CMGR', set: () => cmsError(321) },
  { name: '+CMGD', set: () => done(), test: '+CMGD: (),(0-4)' },
  { name: '+CMGS', set: sendMessage },
  accepted('+CNMA'),
  accepted('+CMMS'),
];

/** Text mode: `+CMGS="number"[,type]`; PDU mode: `+CMGS=length` (27.005 §3.5.1, §4.3). */
function sendMessage(module: ModuleContext, values: readonly Value[]): Answer {
  const isTextMode = module.settings.number('+CMGF') === 1;
  const [first] = values;
  const isWellFormed = isTextMode
    ? first?.kind === 'string' && /^\+?\d+$/.test(first.text) && values.length <= 2
    : first?.kind === 'plain' && first.decimal !== undefined && values.length === 1;
  if (!isWellFormed || first === undefined || first.kind === 'omitted') {
    return isTextMode ? cmsError(305) : cmsError(304);
  }
  if (module.sim.state !== 'ready') {
    return module.sim.state === 'absent' ? cmsError(310) : cmsError(311);
  }
  const destination = isTextMode ? first.text : '';
  return { outcome: 'prompt', finish: (text) => send(module, destination, text, isTextMode) };
}

function send(module: ModuleContext, destination: string, text: string, isTextMode: boolean): Answer {
  if (!isTextMode && !/^(?:[0-9A-F]{2})+\s*$/i.test(text)) {
    return cmsError(304);
  }
  if (!isService(module.registration.coverage(module.now))) {
    return cmsError(331);
  }
  module.act({ type: 'message', destination, text });
  module.messagesSent += 1;
  return done(`+CMGS: ${module.messagesSent % 256}`);
}

function quotedList(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(',');
}
