/** The circuits that a vector expects: `"DCD": 1` at the end, or `"falls after bye"` among the octets. */
import type { Observation } from './observation.ts';
import { latin1 } from './observation.ts';
import { isRecord, quoted, UnknownKeyError } from './vector.ts';

const CIRCUITS = { DCD: 'dcd', DSR: 'dsr', RI: 'ri' } as const;
const PHRASE =
  /^(falls|drops|rises|pulses|stays on|stays off)(?: (?:for )?([\d.]+) ?s)?(?: (after|before) (.+))?$/s;
const LEVELS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [1, true],
  [0, false],
  [true, true],
  [false, false],
  ['on', true],
  ['off', false],
  ['high', true],
  ['low', false],
]);

export function differenceInLines(expected: unknown, observation: Observation): string | undefined {
  if (!isRecord(expected)) {
    throw new UnknownKeyError('expect', 'lines');
  }
  for (const [name, wanted] of Object.entries(expected)) {
    const circuit = CIRCUITS[name.toUpperCase() as keyof typeof CIRCUITS];
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

type Circuit = (typeof CIRCUITS)[keyof typeof CIRCUITS];

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
  const [, verb, duration, relation, text] = PHRASE.exec(String(wanted)) ?? [];
  if (verb === undefined) {
    throw new UnknownKeyError('lines', String(wanted));
  }
  return isAsSaid(changes, observation.output, verb, duration, relation, text)
    ? undefined
    : `expected ${quoted(wanted)}, came ${quoted(changes)}`;
}

function isAsSaid(
  changes: readonly Change[],
  output: string,
  verb: string,
  duration: string | undefined,
  relation: string | undefined,
  text: string | undefined,
): boolean {
  if (verb.startsWith('stays')) {
    const level = verb === 'stays on';
    return changes.every(({ isOn }) => isOn === level);
  }
  const isRise = verb === 'rises' || verb === 'pulses';
  return changes.slice(1).some((change, index) => {
    const next = changes[index + 2];
    const lasts = next === undefined ? Number.POSITIVE_INFINITY : next.at - change.at;
    const isPlaced =
      text === undefined ||
      (relation === 'after'
        ? change.textBefore.includes(text)
        : output.includes(text) && !change.textBefore.includes(text));
    return (
      change.isOn === isRise && isPlaced && (duration === undefined || lasts === Number(duration) * 1000)
    );
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
