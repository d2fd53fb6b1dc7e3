/** The circuits that a vector expects: `"DCD": 1` at the end, or `"falls after bye"` among the octets. */
import type { Observation } from './observation.ts';
import { latin1 } from './observation.ts';
import { isRecord, quoted, UnknownKeyError } from './vector.ts';

type Circuit = 'dcd' | 'dsr' | 'ri';

const CIRCUITS: ReadonlyMap<string, Circuit> = new Map([
  ['DCD', 'dcd'],
  ['DSR', 'dsr'],
  ['RI', 'ri'],
]);
/** `falls after bye`, `rises before CONNECT`, `drops for 1 s`, `stays on`, ... */
const PHRASE =
  /^(falls|drops|goes low|goes off|rises|goes high|goes on|pulses|stays (?:on|high|up|1)|stays (?:off|low|down|0))(?: (?:for )?([\d.]+) ?(s|ms))?(?: (after|before) (.+))?$/s;
const RISES = ['rises', 'goes high', 'goes on', 'pulses'];
const LEVELS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [1, true],
  [0, false],
  [true, true],
  [false, false],
  ['on', true],
  ['off', false],
  ['high', true],
  ['low', false],
  ['up', true],
  ['down', false],
]);

export function differenceInLines(expected: unknown, observation: Observation): string | undefined {
  if (!isRecord(expected)) {
    throw new UnknownKeyError('expect', 'lines');
  }
  for (const [name, wanted] of Object.entries(expected)) {
    const circuit = CIRCUITS.get(name.toUpperCase());
    if (circuit === undefined) {
      throw new UnknownKeyError('lines', name);
    }
    const difference = differenceInCircuit(circuit, wanted, observation);
    if (difference !== undefined) {
      return `${name} ${difference}`;
    }
  }
  return undefined;
}

interface Change {
  readonly at: number;
  readonly isOn: boolean;
  /** What had gone to the DTE before. */
  readonly textBefore: string;
}

function differenceInCircuit(
  circuit: Circuit,
  wanted: unknown,
  observation: Observation,
): string | undefined {
  const changes = changesOf(circuit, observation);
  const isOn = changes.at(-1)?.isOn ?? false;
  const level = LEVELS.get(wanted);
  if (level !== undefined) {
    return level === isOn ? undefined : `is ${isOn ? 'on' : 'off'}, expected ${quoted(wanted)}`;
  }
  const [, verb, duration, unit, relation, text] = PHRASE.exec(String(wanted)) ?? [];
  if (verb === undefined) {
    throw new UnknownKeyError('lines', String(wanted));
  }
  const lasts = duration === undefined ? undefined : Number(duration) * (unit === 's' ? 1000 : 1);
  return isAsSaid(changes, observation.output, { verb, lasts, relation, text })
    ? undefined
    : `expected ${quoted(wanted)}, came ${quoted(changes)}`;
}

interface Saying {
  readonly verb: string;
  /** How many ms the new level lasts. */
  readonly lasts: number | undefined;
  readonly relation: string | undefined;
  readonly text: string | undefined;
}

function isAsSaid(changes: readonly Change[], output: string, saying: Saying): boolean {
  const { verb, lasts, relation, text } = saying;
  if (verb.startsWith('stays')) {
    const level = /on|high|up|1/.test(verb);
    return changes.every(({ isOn }) => isOn === level);
  }
  return changes.slice(1).some((change, index) => {
    const next = changes[index + 2];
    const isBefore = text === undefined || !change.textBefore.includes(text);
    const isPlaced =
      text === undefined || (relation === 'after' ? !isBefore : isBefore && output.includes(text));
    const lastsAsLong = lasts === undefined || (next !== undefined && next.at - change.at === lasts);
    return change.isOn === RISES.includes(verb) && isPlaced && lastsAsLong;
  });
}

/** The state at the start, and every change since. */
function changesOf(circuit: Circuit, { recorded, bench }: Observation): readonly Change[] {
  const changes: Change[] = [{ at: 0, isOn: bench.circuitsAtStart[circuit], textBefore: '' }];
  let textBefore = '';
  for (const { at, action } of recorded) {
    if (action.type === 'to-dte') {
      textBefore += latin1(action.bytes);
    } else if (action.type === 'signals' && action.signals[circuit] !== changes.at(-1)?.isOn) {
      changes.push({ at, isOn: action.signals[circuit], textBefore });
    }
  }
  return changes;
}
