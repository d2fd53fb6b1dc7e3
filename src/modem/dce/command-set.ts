/** How commands are written down: tables of what each form of a command does. */
import type { Value } from '../../wire/at/command-line.ts';
import { type Answer, cmeError, done, REFUSED } from './answer.ts';
import type { ModuleContext } from './module-context.ts';

export interface ExtendedCommand {
  readonly name: string;
  /** Absent forms are refused, save the test form: it always says that the command exists (V.250 §5.4.3.2). */
  readonly execute?: (module: ModuleContext) => Answer;
  readonly read?: (module: ModuleContext) => Answer;
  readonly set?: (module: ModuleContext, values: readonly Value[]) => Answer;
  /** Information text of the test form. */
  readonly test?: string | ((module: ModuleContext) => string);
}

/** A basic command that acts, as opposed to a parameter. */
export interface BasicCommand {
  readonly name: string;
  /** The highest number it takes; the lowest is 0. */
  readonly highest: number;
  readonly execute: (module: ModuleContext, number: number) => Answer;
}

export interface CommandSet {
  readonly basic: ReadonlyMap<string, BasicCommand>;
  readonly extended: ReadonlyMap<string, ExtendedCommand>;
}

export function commandSet(basic: readonly BasicCommand[], extended: readonly ExtendedCommand[]): CommandSet {
  return {
    basic: new Map(basic.map((command) => [command.name, command])),
    extended: new Map(extended.map((command) => [command.name, command])),
  };
}

/** A parameter with one number: `+CMEE` and its like. */
export function numericParameter(
  name: string,
  options: { readonly from?: number; readonly to: number; readonly factory?: number },
): ExtendedCommand {
  const { from = 0, to, factory = 0 } = options;
  return {
    name,
    test: `${name}: (${from === to ? from : `${from}-${to}`})`,
    read: (module) => done(`${name}: ${module.settings.number(name, factory)}`),
    set: (module, values) => {
      const [value] = values;
      if (values.length !== 1 || value === undefined || value.kind === 'string') {
        return REFUSED;
      }
      const number = value.kind === 'omitted' ? factory : value.decimal;
      if (number === undefined) {
        return REFUSED;
      }
      if (number < from || number > to) {
        return cmeError(50);
      }
      module.settings.extended.set(name, number);
      return done();
    },
  };
}

/**
 * A parameter with several numbers; those left out keep their value (V.250 §5.4.4.2).
 * @param ranges of each number, lowest, highest and factory value
 */
export function compoundParameter(
  name: string,
  ranges: readonly (readonly [from: number, to: number, factory: number])[],
): ExtendedCommand {
  const key = (index: number) => `${name}/${index}`;
  return {
    name,
    test: `${name}: ${ranges.map(([from, to]) => (from === to ? `(${from})` : `(${from}-${to})`)).join(',')}`,
    read: (module) =>
      done(
        `${name}: ${ranges.map(([, , factory], index) => module.settings.number(key(index), factory)).join(',')}`,
      ),
    set: (module, values) => {
      if (values.length > ranges.length || values.some((value) => value.kind === 'string')) {
        return REFUSED;
      }
      const numbers = values.map((value) =>
        value.kind === 'plain' ? (value.decimal ?? Number.NaN) : undefined,
      );
      if (numbers.some(Number.isNaN)) {
        return REFUSED;
      }
      const isWithin = numbers.every((number, index) => {
        const [from, to] = ranges[index] ?? [0, -1];
        return number === undefined || (number >= from && number <= to);
      });
      if (!isWithin) {
        return cmeError(50);
      }
      numbers.forEach((number, index) => {
        if (number !== undefined) {
          module.settings.extended.set(key(index), number);
        }
      });
      return done();
    },
  };
}

/** A command that only tells: as an action (`AT+CGMI`), or as a read-only parameter as well. */
export function tells(
  name: string,
  forms: readonly ('execute' | 'read')[],
  information: (module: ModuleContext) => Answer,
): ExtendedCommand {
  return {
    name,
    ...(forms.includes('execute') ? { execute: information } : {}),
    ...(forms.includes('read') ? { read: information } : {}),
  };
}

/** A command that is taken and does nothing. */
export function accepted(name: string): ExtendedCommand {
  return { name, execute: () => done(), set: () => done() };
}

/** A number among the values of a command, or undefined when it is omitted or none. */
export function numberAt(values: readonly Value[], index: number): number | undefined {
  const value = values[index];
  return value?.kind === 'plain' ? value.decimal : undefined;
}

/** A string among the values of a command, or undefined when it is omitted or has no quotes. */
export function textAt(values: readonly Value[], index: number): string | undefined {
  const value = values[index];
  return value?.kind === 'string' ? value.text : undefined;
}

/** Whether a value is there, and is no string: V.250 §5.4.4.2 makes that an error where a string belongs. */
export function isUnquoted(values: readonly Value[], index: number): boolean {
  return values[index]?.kind === 'plain';
}
