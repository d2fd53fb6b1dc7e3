/** The `setup` of a vector: what differs from the default state. */
import { commandSetOf } from '../../../src/modem/dce/commands/families.ts';
import { BASIC_PARAMETERS, REGISTERS } from '../../../src/modem/dce/settings.ts';
import type { DceBench } from './bench.ts';
import { isRecord, UnknownKeyError } from './vector.ts';

const REGISTER = /^S(\d{1,3})$/;
const CONTEXT = /^apn(\d+)$/;

export function applySetup(bench: DceBench, setup: unknown): void {
  if (!isRecord(setup)) {
    throw new UnknownKeyError('setup', String(setup));
  }
  applyMode(bench, setup.mode ?? 'command');
  for (const [key, value] of Object.entries(setup)) {
    apply(bench, key, value);
  }
  bench.feed({ type: 'coverage' });
  bench.begin();
}

/** A call is made as a DTE makes it, so that nothing about its state is invented. */
function applyMode(bench: DceBench, mode: unknown): void {
  if (mode === 'command') {
    return;
  }
  bench.write('ATD5551234\r');
  bench.advanceBy(200);
  if (mode === 'data') {
    // The silence before an escape counts from the set-up on.
    bench.write('x');
    return;
  }
  if (!['online-command', 'onlineCommand', 'online'].includes(String(mode))) {
    throw new UnknownKeyError('setup', `mode: ${mode}`);
  }
  bench.advanceBy(1000);
  bench.write('+++');
  bench.advanceBy(1000);
}

function apply(bench: DceBench, key: string, value: unknown): void {
  const { settings } = bench.server.module;
  const register = REGISTER.exec(key)?.[1];
  const context = CONTEXT.exec(key)?.[1];
  if (BASIC_PARAMETERS.has(key)) {
    settings.basic.set(key, Number(value));
  } else if (register !== undefined && REGISTERS.has(Number(register))) {
    settings.registers.set(Number(register), Number(value));
  } else if (context !== undefined) {
    bench.server.module.contexts.set(Number(context), { pdpType: 'IP', apn: String(value), isActive: false });
  } else if (Object.hasOwn(NAMED, key)) {
    NAMED[key]?.(bench, value);
  } else if (commandSetOf('3gpp').extended.get(`+${key}`)?.set !== undefined) {
    settings.extended.set(`+${key}`, typeof value === 'string' ? value : Number(value));
  } else {
    throw new UnknownKeyError('setup', key);
  }
}

const NAMED: Readonly<Record<string, (bench: DceBench, value: unknown) => void>> = {
  mode: () => {},
  dialTone: () => {},
  raiseUrcDuring: (bench, value) => {
    bench.unsolicitedDuring = String(value);
  },
  sim: (bench, value) => {
    const state = SIM_STATES[String(value).toLowerCase()];
    if (state === undefined) {
      throw new UnknownKeyError('setup', `sim: ${value}`);
    }
    bench.sim.state = state;
    bench.server.module.simChanged();
  },
  pin: (bench, value) => {
    bench.sim.pin = String(value);
  },
  CSQ: (bench, value) => {
    const rssi = Number.parseInt(String(Array.isArray(value) ? value[0] : value), 10);
    bench.coverage =
      rssi === 99
        ? { service: 'none' }
        : { service: 'home', band: 'lte-b18', signalDbm: 2 * rssi - 113, system: '44050' };
  },
  CREG: (bench, value) => {
    const [reports, status] = String(value).split(',').map(Number);
    bench.server.module.settings.extended.set('+CREG', reports ?? 0);
    if (status !== undefined) {
      const service = SERVICES[status];
      if (service === undefined) {
        throw new UnknownKeyError('setup', `CREG: ${value}`);
      }
      bench.coverage = service;
    }
  },
  dtr: (bench, value) => bench.happen({ event: 'dtr', value }),
  DTR: (bench, value) => bench.happen({ event: 'dtr', value }),
};

const SIM_STATES: Readonly<Record<string, 'ready' | 'pin' | 'puk' | 'absent'>> = {
  ready: 'ready',
  pin: 'pin',
  'sim pin': 'pin',
  puk: 'puk',
  'sim puk': 'puk',
  absent: 'absent',
  none: 'absent',
};

const FOUND = { band: 'lte-b18', signalDbm: -73, system: '44050' } as const;
const SERVICES: Readonly<Record<number, DceBench['coverage']>> = {
  0: { service: 'none' },
  1: { service: 'home', ...FOUND },
  2: { service: 'searching' },
  5: { service: 'roaming', ...FOUND },
};
