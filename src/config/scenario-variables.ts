/** Variables of a scenario file, and the combinations of its matrix. */
import { MASK } from '../base/trace.ts';
import type { Path } from './scenario-layers.ts';
import type { Scalar } from './scenario-schema.ts';
import { nearest } from './suggestion.ts';

export type Variables = Readonly<Record<string, Scalar>>;

/** More runs of one file are a mistake. */
export const MOST_COMBINATIONS = 2000;

interface Matrix {
  readonly exclude?: readonly Variables[] | undefined;
  readonly [name: string]: readonly unknown[] | undefined;
}

/** Every combination that is not excluded, the last parameter changing fastest; without a matrix one that is empty. */
export function combinations(matrix: Matrix | undefined): Variables[] {
  let all: Record<string, Scalar>[] = [{}];
  for (const [name, values = []] of Object.entries(matrix ?? {})) {
    if (name !== 'exclude') {
      all = all
        .flatMap((before) => values.filter(isScalar).map((value) => ({ ...before, [name]: value })))
        .slice(0, MOST_COMBINATIONS + 1);
    }
  }
  const excluded = matrix?.exclude ?? [];
  return all.filter((one) => !excluded.some((pattern) => covers(pattern, one)));
}

const covers = (pattern: Variables, one: Variables) =>
  Object.entries(pattern).every(([name, value]) => one[name] === value);

const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

export interface UnknownVariable {
  readonly path: Path;
  readonly text: string;
}

const PLACE = /\$?\$\{([^{}]*)\}/g;
const WHOLE = /^\$\{([^{}]*)\}$/;

/**
 * Puts values in the place of `${name}`; a text that is nothing but one becomes what the variable is, a number for
 * instance. `$${` stays as `${`.
 * @param onUnknown called for a name that stands for nothing
 */
export function substitute(
  value: unknown,
  variables: Variables,
  onUnknown: (found: UnknownVariable) => void,
): unknown {
  const look = (name: string, path: Path): Scalar | undefined => {
    if (Object.hasOwn(variables, name)) {
      return variables[name];
    }
    const near = nearest(name, Object.keys(variables));
    const question = near === undefined ? '' : `, did you mean '\${${near}}'?`;
    onUnknown({ path, text: `unknown variable '\${${name}}'${question}` });
    return undefined;
  };
  const visit = (inner: unknown, path: Path): unknown => {
    if (typeof inner === 'string') {
      const [, whole] = WHOLE.exec(inner) ?? [];
      if (whole !== undefined) {
        return look(whole, path) ?? inner;
      }
      return inner.replace(PLACE, (found, name: string) =>
        found.startsWith('$$') ? found.slice(1) : String(look(name, path) ?? found),
      );
    }
    if (Array.isArray(inner)) {
      return inner.map((item, index) => visit(item, [...path, index]));
    }
    if (typeof inner === 'object' && inner !== null) {
      return Object.fromEntries(
        Object.entries(inner).map(([key, item]) => [key, visit(item, [...path, key])]),
      );
    }
    return inner;
  };
  return visit(value, []);
}

/** `[module=existing,date=2008-06-15]`; nothing without parameters. */
export function parameterText(parameters: Variables): string {
  const pairs = Object.entries(parameters).map(
    ([name, value]) => `${name}=${/pass|secret/i.test(name) ? MASK : value}`,
  );
  return pairs.length === 0 ? '' : `[${pairs.join(',')}]`;
}
