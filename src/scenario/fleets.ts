/** Devices of a scenario that there are several of (`count`): each becomes a device of its own. */
import type { Place } from '../config/scenario-layers.ts';
import type { Scenario, ScenarioDevice } from '../config/scenario-schema.ts';
import { ScenarioWorldError } from './scenario-world.ts';

export interface Fleets {
  /** Without any `count`. */
  readonly scenario: Scenario;
  /** Devices of a fleet, and what the file calls them all. */
  readonly fleetOf: ReadonlyMap<string, string>;
}

/** As long as a name may be: `nameSchema`. */
const LONGEST_NAME = 32;

/**
 * What the file says of all of them holds for each: events, faults of a line, what is expected of a device.
 * @throws ScenarioWorldError where two devices would have one name
 */
export function withFleets(scenario: Scenario): Fleets {
  const members = new Map(
    Object.entries(scenario.devices).map(([name, { count }]) => [name, namesOf(name, count)] as const),
  );
  const fleetOf = new Map(
    [...members].flatMap(([fleet, names]) =>
      names.flatMap((name) => (name === fleet ? [] : [[name, fleet] as const])),
    ),
  );
  if (fleetOf.size === 0) {
    return { scenario, fleetOf };
  }
  const all = (name: string) => members.get(name) ?? [name];
  const devices = Object.entries(scenario.devices).flatMap(([fleet, device]) =>
    all(fleet).map((name) => [name, fleetOf.has(name) ? unitOf(device, name, fleet) : device] as const),
  );
  const twice = devices.find(([name], index) => devices.findIndex(([other]) => other === name) !== index);
  if (twice !== undefined) {
    throw new ScenarioWorldError(`There are two devices called ${twice[0]}: one of them by its count.`, {
      advice: 'Give one of the two another name.',
    });
  }
  return {
    scenario: {
      ...scenario,
      devices: Object.fromEntries(devices),
      faults: scenario.faults.flatMap((fault) =>
        forEach(fault.line, all).map((line) => ({ ...fault, line })),
      ),
      timeline: scenario.timeline.flatMap((event) => eventsFor(event, all)),
      expect: {
        ...scenario.expect,
        devices: Object.fromEntries(
          Object.entries(scenario.expect.devices).flatMap(([fleet, expected]) =>
            all(fleet).map((name) => [name, expected]),
          ),
        ),
      },
    },
    fleetOf,
  };
}

/** What the file says of all is where each one's failures belong. */
export function placesOf(
  places: Readonly<Record<string, Place>>,
  { fleetOf }: Fleets,
): Readonly<Record<string, Place>> {
  const found = Object.entries(places);
  return Object.fromEntries([
    ...found,
    ...[...fleetOf].flatMap(([name, fleet]) => {
      const path = `expect.devices.${fleet}`;
      return found.flatMap(([at, place]) =>
        at === path || at.startsWith(`${path}.`)
          ? [[`expect.devices.${name}${at.slice(path.length)}`, place] as const]
          : [],
      );
    }),
  ]);
}

type All = (name: string) => readonly string[];

const namesOf = (name: string, count: number | undefined): readonly string[] =>
  count === undefined ? [name] : Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);

const forEach = (name: string | undefined, all: All): readonly (string | undefined)[] =>
  name === undefined ? [undefined] : all(name);

/** Its own name in its settings: mails of two units must not be taken for one that came twice. */
function unitOf({ count: _, ...device }: ScenarioDevice, name: string, fleet: string): ScenarioDevice {
  const { settings } = device;
  if (settings === undefined) {
    return device;
  }
  const number = name.slice(fleet.length);
  const ownName = `${settings.device.name.slice(0, LONGEST_NAME - number.length)}${number}`;
  return { ...device, settings: { ...settings, device: { ...settings.device, name: ownName } } };
}

function eventsFor(event: Scenario['timeline'][number], all: All): Scenario['timeline'] {
  if (event.event === 'fault') {
    return forEach(event.fault.line, all).map((line) => ({ ...event, fault: { ...event.fault, line } }));
  }
  return 'device' in event ? forEach(event.device, all).map((device) => ({ ...event, device })) : [event];
}
