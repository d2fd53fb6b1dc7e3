/**
 * Documents that build on one another: what each says, merged, and for every value of the result the file, line and
 * column that it comes from.
 */
import type { DocumentPositions } from './document-positions.ts';
import { formatPath } from './document-problems.ts';

export type Path = readonly PropertyKey[];

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One document, or a part of it, and where its values go in the whole. */
export interface Layer {
  readonly file: string;
  /** The document, with paths of files made absolute. */
  readonly raw: unknown;
  readonly positions: DocumentPositions;
  /** The part of the document that counts. */
  readonly from: Path;
  /** Where that part is in the whole. */
  readonly mount: Path;
}

/** The layers, what builds on others behind them. */
export class Layers {
  readonly #layers: readonly Layer[];

  constructor(layers: readonly Layer[]) {
    this.#layers = layers;
  }

  /** The whole. Mappings merge, everything else replaces; `null` takes a key away. */
  merged(): unknown {
    let whole: unknown = {};
    for (const { raw, from, mount } of this.#layers) {
      const part = valueAt(raw, from);
      const mounted = [...mount].reverse().reduce<unknown>((inner, key) => ({ [key]: inner }), part);
      whole = merge(whole, mounted);
    }
    return whole;
  }

  ofValue(path: Path): Place | undefined {
    // The nearest enclosing value that some document has.
    for (let length = path.length; length >= 0; length -= 1) {
      const shorter = path.slice(0, length);
      const layer = this.#layerOf(shorter);
      const position = layer?.positions.ofValue(innerPath(layer, shorter));
      if (layer !== undefined && position !== undefined) {
        return { file: layer.file, ...position };
      }
    }
    return undefined;
  }

  ofKey(path: Path, key: string): Place | undefined {
    const layer = this.#layerOf([...path, key]);
    const position = layer?.positions.ofKey(innerPath(layer, path), key);
    return layer === undefined || position === undefined
      ? this.ofValue(path)
      : { file: layer.file, ...position };
  }

  /** Where everything below a path is, by formatted path. @param depth so many steps below it */
  below(path: Path, depth = Number.POSITIVE_INFINITY): Record<string, Place> {
    const places: Record<string, Place> = {};
    const visit = (value: unknown, at: Path) => {
      const place = this.ofValue(at);
      if (place !== undefined) {
        places[formatPath(at)] = place;
      }
      if (typeof value === 'object' && value !== null && at.length - path.length < depth) {
        for (const [key, inner] of Object.entries(value)) {
          visit(inner, [...at, Array.isArray(value) ? Number(key) : key]);
        }
      }
    };
    visit(valueAt(this.merged(), path), path);
    return places;
  }

  #layerOf(path: Path): Layer | undefined {
    return this.#layers.findLast(
      (layer) =>
        layer.mount.every((step, index) => index >= path.length || path[index] === step) &&
        valueAt(layer.raw, innerPath(layer, path)) !== undefined,
    );
  }
}

const innerPath = ({ from, mount }: Layer, path: Path): Path => [...from, ...path.slice(mount.length)];

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, step) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, step)
        ? Reflect.get(inner, step)
        : undefined,
    value,
  );
}

export const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What `over` says goes over what `base` says. */
export function merge(base: unknown, over: unknown): unknown {
  if (over === undefined) {
    return base;
  }
  if (!isMapping(base) || !isMapping(over)) {
    return isMapping(over) ? merge({}, over) : over;
  }
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (key === '__proto__') {
      continue;
    }
    if (value === null) {
      delete merged[key];
    } else {
      merged[key] = merge(merged[key], value);
    }
  }
  return merged;
}
