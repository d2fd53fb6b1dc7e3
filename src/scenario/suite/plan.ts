/** Which cases are run with which seeds, and which of them by this machine. */
import { Kadec21Error } from '../../base/errors.ts';
import { nearest } from '../../config/suggestion.ts';
import type { ScenarioCase } from '../cases.ts';
import type { Shard } from './suite-result.ts';

export interface PlannedRun {
  readonly scenarioCase: ScenarioCase;
  readonly seed: number;
}

export interface Selection {
  /** Exactly these: identifiers, or names of scenarios. */
  readonly only?: readonly string[] | undefined;
  /** Found in the identifier. */
  readonly grep?: RegExp | undefined;
  readonly seed: number;
  /** So many runs of every case, each with the next seed. */
  readonly repeat: number;
  readonly shard?: Shard | undefined;
}

export interface Plan {
  /** Of this shard. */
  readonly runs: readonly PlannedRun[];
  /** Of all shards. */
  readonly planned: number;
}

export class SelectionError extends Kadec21Error {
  readonly code = 'TEST_NOTHING_SELECTED';
  readonly layer = 'usage';
}

/** Seeds are 32 bits wide. */
const SEEDS = 2 ** 32;

/** @throws SelectionError where nothing is left to run: a suite that tests nothing must not be green */
export function planOf(cases: readonly ScenarioCase[], selection: Selection): Plan {
  const { seed, repeat, shard } = selection;
  const selected = cases.filter((one) => isSelected(one, selection));
  refuseUnknown(cases, selection);
  if (selected.length === 0) {
    throw new SelectionError('No scenario is left to run.', {
      advice: `There are ${cases.length}; look at --only and --grep.`,
    });
  }
  // All seeds of a case one after the other would leave the slow cases to the end of a shard: seed by seed.
  const runs = Array.from({ length: repeat }, (_, round) =>
    selected.map((scenarioCase) => ({ scenarioCase, seed: (seed + round) % SEEDS })),
  ).flat();
  const own =
    shard === undefined ? runs : runs.filter((_, position) => position % shard.count === shard.index - 1);
  return { runs: own, planned: runs.length };
}

function isSelected({ id, name }: ScenarioCase, { only, grep }: Selection): boolean {
  const isAskedFor = only === undefined || only.length === 0 || only.includes(id) || only.includes(name);
  return isAskedFor && (grep === undefined || grep.test(id));
}

function refuseUnknown(cases: readonly ScenarioCase[], { only = [] }: Selection): void {
  for (const wanted of only) {
    if (!cases.some(({ id, name }) => id === wanted || name === wanted)) {
      const near = nearest(
        wanted,
        cases.flatMap(({ id, name }) => [name, id]),
      );
      throw new SelectionError(`No scenario is called ${JSON.stringify(wanted)}.`, {
        advice:
          near === undefined ? 'Give the name of a scenario or its identifier.' : `Did you mean "${near}"?`,
      });
    }
  }
}
