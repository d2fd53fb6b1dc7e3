/**
 * Everything the DTE can set: basic parameters (`E`, `&C`, ...), S-registers, and parameters with extended
 * names (`+CREG`, ...). V.250 §6, Hayes practice where V.250 has nothing (S2, S8 to S12, `&S`, `&K`).
 */
import type { ModuleProfile } from '../module-profile.ts';

interface Range {
  readonly from: number;
  readonly to: number;
  readonly factory: number;
}

const range = (from: number, to: number, factory: number): Range => ({ from, to, factory });

/**
 * Basic parameters by name. Those without effect in a module without speaker, modulation choice or error
 * correction are kept all the same: every dialler's init string has some of them.
 */
export const BASIC_PARAMETERS: ReadonlyMap<string, Range> = new Map([
  ['E', range(0, 1, 1)],
  ['Q', range(0, 1, 0)],
  ['V', range(0, 1, 1)],
  ['X', range(0, 4, 4)],
  ['B', range(0, 99, 0)],
  ['L', range(0, 3, 1)],
  ['M', range(0, 3, 1)],
  ['N', range(0, 1, 1)],
  ['W', range(0, 2, 0)],
  ['Y', range(0, 1, 0)],
  ['&C', range(0, 2, 1)],
  ['&D', range(0, 2, 2)],
  ['&G', range(0, 2, 0)],
  ['&K', range(0, 6, 3)],
  ['&L', range(0, 1, 0)],
  ['&M', range(0, 4, 0)],
  ['&P', range(0, 3, 0)],
  ['&Q', range(0, 6, 5)],
  ['&R', range(0, 1, 1)],
  ['&S', range(0, 1, 0)],
  ['\\G', range(0, 1, 0)],
  ['\\N', range(0, 7, 3)],
  ['\\Q', range(0, 3, 3)],
  ['\\V', range(0, 9, 1)],
  ['%C', range(0, 3, 3)],
  ['%E', range(0, 3, 2)],
]);

/** S-registers by number. */
export const REGISTERS: ReadonlyMap<number, Range> = new Map([
  [0, range(0, 255, 0)],
  [1, range(0, 255, 0)],
  [2, range(0, 255, 43)],
  [3, range(0, 127, 13)],
  [4, range(0, 127, 10)],
  [5, range(0, 127, 8)],
  [6, range(2, 10, 2)],
  [7, range(1, 255, 50)],
  [8, range(0, 255, 2)],
  [9, range(0, 255, 6)],
  [10, range(1, 255, 14)],
  [11, range(50, 255, 95)],
  [12, range(0, 255, 50)],
  [25, range(0, 255, 5)],
  [30, range(0, 255, 0)],
]);

const FACTORY_PARAMETERS = factoryValues(BASIC_PARAMETERS);
const FACTORY_REGISTERS = factoryValues(REGISTERS);

export type ExtendedValue = number | string;

/** What `AT&W0` and `AT&W1` keep. */
export type StoredProfiles = readonly [Settings, Settings];

export class Settings {
  readonly basic: Map<string, number>;
  readonly registers: Map<number, number>;
  /** By the command's name. What was never set is absent: the command knows its default. */
  readonly extended: Map<string, ExtendedValue>;

  /** @param from is copied */
  constructor(from: Pick<Settings, 'basic' | 'registers' | 'extended'>) {
    this.basic = new Map(from.basic);
    this.registers = new Map(from.registers);
    this.extended = new Map(from.extended);
  }

  /** What `AT&F` brings. */
  static factory(profile: ModuleProfile): Settings {
    const { factory } = profile;
    const settings = new Settings({
      basic: FACTORY_PARAMETERS,
      registers: FACTORY_REGISTERS,
      extended: new Map([['+CMEE', factory.errorReports]]),
    });
    settings.basic.set('E', Number(factory.echo));
    settings.basic.set('V', Number(factory.verbose));
    settings.basic.set('Q', Number(factory.quiet));
    settings.basic.set('X', factory.resultSet);
    settings.basic.set('&C', factory.carrierDetect);
    settings.basic.set('&D', factory.terminalReady);
    for (const [register, value] of Object.entries(factory.registers)) {
      settings.registers.set(Number(register), value);
    }
    return settings;
  }

  /** Makes these settings the same as `others`, in place. */
  become(others: Settings): void {
    for (const [mine, theirs] of [
      [this.basic, others.basic],
      [this.registers, others.registers],
      [this.extended, others.extended],
    ] as const) {
      const target: Map<unknown, unknown> = mine;
      target.clear();
      for (const [name, value] of theirs) {
        target.set(name, value);
      }
    }
  }

  /** A basic parameter; 0 for one that does not exist. */
  get(name: string): number {
    return this.basic.get(name) ?? 0;
  }

  /** @returns false when there is no such parameter or it does not take this value: nothing is changed */
  setBasic(name: string, value: number): boolean {
    return setWithin(BASIC_PARAMETERS, this.basic, name, value);
  }

  /** An S-register; 0 for one that does not exist. */
  register(number: number): number {
    return this.registers.get(number) ?? 0;
  }

  /** @returns false when there is no such register or it does not take this value: nothing is changed */
  setRegister(number: number, value: number): boolean {
    return setWithin(REGISTERS, this.registers, number, value);
  }

  /** A numeric parameter with an extended name. */
  number(name: string, whenAbsent = 0): number {
    const value = this.extended.get(name);
    return typeof value === 'number' ? value : whenAbsent;
  }

  text(name: string, whenAbsent: string): string {
    const value = this.extended.get(name);
    return typeof value === 'string' ? value : whenAbsent;
  }
}

function factoryValues<Name>(ranges: ReadonlyMap<Name, Range>): Map<Name, number> {
  return new Map([...ranges].map(([name, { factory }]) => [name, factory]));
}

function setWithin<Name>(
  ranges: ReadonlyMap<Name, Range>,
  values: Map<Name, number>,
  name: Name,
  value: number,
): boolean {
  const allowed = ranges.get(name);
  if (allowed === undefined || value < allowed.from || value > allowed.to) {
    return false;
  }
  values.set(name, value);
  return true;
}
