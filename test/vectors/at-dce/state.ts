/** The `state` that a vector expects at the end. */
import { commandSetOf } from '../../../src/modem/dce/commands/families.ts';
import type { ModuleContext } from '../../../src/modem/dce/module-context.ts';
import type { V250Server } from '../../../src/modem/dce/v250-server.ts';
import type { Observation } from './observation.ts';
import { isRecord, quoted, UnknownKeyError } from './vector.ts';

export function differenceInState(expected: unknown, { bench }: Observation): string | undefined {
  if (!isRecord(expected)) {
    throw new UnknownKeyError('expect', 'state');
  }
  for (const [key, value] of Object.entries(expected)) {
    const actual = stateOf(bench.server, key);
    if (!isSame(actual, value)) {
      return `${key} is ${quoted(actual)}, expected ${quoted(value)}`;
    }
  }
  return undefined;
}

function stateOf(server: V250Server, key: string): string | number {
  const { settings, contexts, sim, lineSpeed } = server.module;
  const register = /^S(\d{1,3})$/.exec(key)?.[1];
  const context = /^apn(\d+)$/.exec(key)?.[1];
  if (settings.basic.has(key)) {
    return settings.get(key);
  }
  if (register !== undefined && settings.registers.has(Number(register))) {
    return settings.register(Number(register));
  }
  if (context !== undefined) {
    return contexts.get(Number(context))?.apn ?? '';
  }
  switch (key) {
    case 'mode':
      return server.mode;
    case 'call':
      return ['connected', 'voice'].includes(server.callState) ? 'up' : 'down';
    case 'sim':
      return sim.state;
    case 'baud':
    case 'speed':
      return lineSpeed;
    default:
      return parameterOf(server.module, key);
  }
}

/** A parameter with an extended name, as its read form gives it. */
function parameterOf(module: ModuleContext, key: string): string {
  const name = key.startsWith('+') ? key : `+${key}`;
  const answer = commandSetOf('3gpp').extended.get(name)?.read?.(module);
  if (answer?.outcome !== 'done') {
    throw new UnknownKeyError('expect', `state: ${key}`);
  }
  return (answer.information[0] ?? '').replace(`${name}: `, '');
}

/** A number may be compared with the first of several values: `CREG: 1` with `1,5`. */
function isSame(actual: string | number, expected: unknown): boolean {
  if (typeof actual === 'string' && typeof expected === 'number') {
    return Number(actual.split(',')[0]) === expected;
  }
  return actual === expected || String(actual) === `"${expected}"`;
}
