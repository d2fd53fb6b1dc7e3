/** Packet contexts: 27.007 §10.1. They are kept and shown; what a context leads to, the carrier decides. */
import type { Value } from '../../../wire/at/command-line.ts';
import { type Answer, cmeError, done, REFUSED } from '../answer.ts';
import {
  compoundParameter,
  type ExtendedCommand,
  isUnquoted,
  numberAt,
  numericParameter,
  textAt,
} from '../command-set.ts';
import type { ModuleContext } from '../module-context.ts';
import { isService } from '../registration.ts';

const HIGHEST_CONTEXT = 16;
const PDP_TYPES = ['IP', 'IPV6', 'IPV4V6', 'PPP'];
/** 0 none, 1 PAP, 2 CHAP. */
const HIGHEST_AUTHENTICATION = 2;

export const packet3gpp: readonly ExtendedCommand[] = [
  {
    name: '+CGDCONT',
    read: ({ contexts }) =>
      done(
        ...[...contexts]
          .sort(([first], [second]) => first - second)
          .map(([cid, { pdpType, apn }]) => `+CGDCONT: ${cid},"${pdpType}","${escapeQuoted(apn)}","",0,0`),
      ),
    set: defineContext,
    test: `+CGDCONT: (1-${HIGHEST_CONTEXT}),"IP",,,(0),(0)`,
  },
  {
    name: '+CGAUTH',
    read: ({ authentications }) =>
      done(
        ...[...authentications].map(
          ([cid, { type, user }]) => `+CGAUTH: ${cid},${type},"${escapeQuoted(user)}"`,
        ),
      ),
    set: authenticate,
    test: `+CGAUTH: (1-${HIGHEST_CONTEXT}),(0-${HIGHEST_AUTHENTICATION})`,
  },
  {
    name: '+CGATT',
    read: (module) => done(`+CGATT: ${isAttached(module) ? 1 : 0}`),
    set: (module, values) => {
      const isWanted = numberAt(values, 0);
      if (values.length !== 1 || (isWanted !== 0 && isWanted !== 1)) {
        return REFUSED;
      }
      module.setDeregistered(isWanted === 0);
      return done();
    },
    test: '+CGATT: (0,1)',
  },
  {
    name: '+CGACT',
    read: (module) =>
      done(...[...module.contexts.keys()].map((cid) => `+CGACT: ${cid},${isActive(module, cid) ? 1 : 0}`)),
    set: activate,
    test: '+CGACT: (0,1)',
  },
  {
    name: '+CGPADDR',
    execute: (module) => done(...[...module.contexts.keys()].map((cid) => addressOf(module, cid))),
    set: (module, values) => {
      const cids = values.map((_, index) => numberAt(values, index));
      return cids.every((cid) => cid !== undefined && module.contexts.has(cid))
        ? done(...cids.map((cid) => addressOf(module, cid ?? 0)))
        : cmeError(50);
    },
    test: ({ contexts }) => `+CGPADDR: (${[...contexts.keys()].join(',')})`,
  },
  {
    // §10.1.12: the same call as by the number.
    name: '+CGDATA',
    execute: (module) => module.dial('*99#', false),
    set: (module, values) => {
      const layer2 = textAt(values, 0) ?? 'PPP';
      const cid = values.length > 1 ? numberAt(values, 1) : 1;
      if (isUnquoted(values, 0) || cid === undefined || values.length > 2) {
        return REFUSED;
      }
      return layer2 === 'PPP' && cid >= 1 && cid <= HIGHEST_CONTEXT
        ? module.dial(`*99***${cid}#`, false)
        : cmeError(50);
    },
    test: '+CGDATA: ("PPP")',
  },
  compoundParameter('+CGEREP', [
    [0, 2, 0],
    [0, 1, 0],
  ]),
  {
    name: '+CGCLASS',
    read: () => done('+CGCLASS: "B"'),
    set: (_, values) => (textAt(values, 0) === 'B' ? done() : cmeError(50)),
    test: '+CGCLASS: ("B")',
  },
  numericParameter('+CGSMS', { to: 3, factory: 1 }),
  numericParameter('+CEMODE', { to: 3, factory: 0 }),
];

/** `<cid>[,<PDP_type>[,<APN>[,...]]]`; the number alone takes the definition back. */
function defineContext(module: ModuleContext, values: readonly Value[]): Answer {
  const cid = numberAt(values, 0);
  const pdpType = textAt(values, 1)?.toUpperCase();
  if (cid === undefined || isUnquoted(values, 1) || isUnquoted(values, 2)) {
    return REFUSED;
  }
  if (cid < 1 || cid > HIGHEST_CONTEXT || (pdpType !== undefined && !PDP_TYPES.includes(pdpType))) {
    return cmeError(50);
  }
  if (pdpType === undefined) {
    module.contexts.delete(cid);
  } else {
    module.contexts.set(cid, { pdpType, apn: textAt(values, 2) ?? '', isActive: false });
  }
  return done();
}

/** `<cid>[,<type>[,<user>[,<password>]]]`; PPP asks the device itself, the module's own stack uses these. */
function authenticate(module: ModuleContext, values: readonly Value[]): Answer {
  const cid = numberAt(values, 0);
  const type = values.length > 1 ? numberAt(values, 1) : 0;
  if (cid === undefined || type === undefined || values.length > 4) {
    return REFUSED;
  }
  if (cid < 1 || cid > HIGHEST_CONTEXT || type > HIGHEST_AUTHENTICATION) {
    return cmeError(50);
  }
  const [user = '', password = ''] = [textAt(values, 2), textAt(values, 3)];
  module.authentications.set(cid, { type, user, password });
  return done();
}

/** `<state>[,<cid>...]`; without numbers all contexts are meant. */
function activate(module: ModuleContext, values: readonly Value[]): Answer {
  const state = numberAt(values, 0);
  if (state !== 0 && state !== 1) {
    return REFUSED;
  }
  const cids =
    values.length > 1
      ? values.slice(1).map((_, index) => numberAt(values, index + 1))
      : [...module.contexts.keys()];
  const known = cids.filter((cid) => cid !== undefined && module.contexts.has(cid));
  if (known.length < cids.length) {
    return cmeError(50);
  }
  if (state === 1 && !isAttached(module)) {
    return cmeError(30);
  }
  for (const [cid, context] of module.contexts) {
    if (cids.includes(cid)) {
      module.contexts.set(cid, { ...context, isActive: state === 1 });
    }
  }
  return done();
}

/** 27.007 §10.2.1: `*99***<cid>#`; a number without a context means the first. */
function dialledContext({ callNumber }: ModuleContext): number | undefined {
  const match = /^\*99(?:\*[^*#]*(?:\*[^*#]*(?:\*(\d*))?)?)?#$/.exec(callNumber ?? '');
  return match === null ? undefined : Number(match[1] || 1);
}

function isActive(module: ModuleContext, cid: number): boolean {
  return module.contexts.get(cid)?.isActive === true || dialledContext(module) === cid;
}

/** §10.1.23: without an address the network has given none, or the context is not active. */
function addressOf(module: ModuleContext, cid: number): string {
  const address =
    module.sockets?.addressOf(cid) ?? (dialledContext(module) === cid ? (module.callAddress ?? '') : '');
  return `+CGPADDR: ${cid},"${address}"`;
}

function isAttached(module: ModuleContext): boolean {
  return isService(module.registration.coverage(module.now));
}

/** V.250 §5.4.2.2. */
function escapeQuoted(text: string): string {
  return text.replace(/["\\]/g, (character) => (character === '"' ? '\\22' : '\\5C'));
}
