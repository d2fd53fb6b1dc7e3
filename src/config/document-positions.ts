/** Where in the text of a YAML document a path is: line and column, both from 1. */
import { type Document, isMap, isNode, isScalar, isSeq, type LineCounter, type Node } from 'yaml';

export interface Position {
  readonly line: number;
  readonly column: number;
}

export class DocumentPositions {
  readonly #document: Pick<Document, 'contents'>;
  readonly #lines: LineCounter;

  constructor(document: Pick<Document, 'contents'>, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  at(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }

  /** Of the value at a path, or of the nearest enclosing one that is there. */
  ofValue(path: readonly PropertyKey[]): Position | undefined {
    let node: unknown = this.#document.contents;
    let offset = startOf(node);
    for (const step of path) {
      node = child(node, step);
      offset = startOf(node) ?? offset;
    }
    return offset === undefined ? undefined : this.at(offset);
  }

  /** Of a key in the mapping at a path. */
  ofKey(path: readonly PropertyKey[], key: string): Position | undefined {
    let node: unknown = this.#document.contents;
    for (const step of path) {
      node = child(node, step);
    }
    const pair = isMap(node) ? node.items.find((item) => nameOf(item.key) === key) : undefined;
    const offset = startOf(pair?.key);
    return offset === undefined ? this.ofValue(path) : this.at(offset);
  }
}

function child(node: unknown, step: PropertyKey): unknown {
  if (isMap(node)) {
    return node.items.find((item) => nameOf(item.key) === String(step))?.value;
  }
  return isSeq(node) && typeof step === 'number' ? node.items[step] : undefined;
}

const nameOf = (key: unknown) => (isScalar(key) ? String(key.value) : undefined);

const startOf = (node: unknown) => (isNode(node) ? (node as Node).range?.[0] : undefined);
