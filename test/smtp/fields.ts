/** Reads an object of a vector file key by key, and will not let one pass that nobody asked for. */
export class UnreadableVectorError extends Error {}

export class Fields {
  readonly #where: string;
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #asked = new Set<string>();

  constructor(value: unknown, where: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new UnreadableVectorError(`${where} should be an object and is ${JSON.stringify(value)}.`);
    }
    this.#object = { ...value };
    this.#where = where;
  }

  get where(): string {
    return this.#where;
  }

  get keys(): string[] {
    return Object.keys(this.#object);
  }

  /** The value under the first of these spellings that is there. */
  any(...spellings: readonly string[]): unknown {
    for (const key of spellings) {
      this.#asked.add(key);
    }
    const key = spellings.find((spelling) => Object.hasOwn(this.#object, spelling));
    return key === undefined ? undefined : this.#object[key];
  }

  has(...spellings: readonly string[]): boolean {
    return spellings.some((key) => Object.hasOwn(this.#object, key));
  }

  text(...spellings: readonly string[]): string | undefined {
    return this.#typed(spellings, 'text', (value): value is string => typeof value === 'string');
  }

  number(...spellings: readonly string[]): number | undefined {
    return this.#typed(spellings, 'a number', (value): value is number => typeof value === 'number');
  }

  flag(...spellings: readonly string[]): boolean | undefined {
    return this.#typed(spellings, 'true or false', (value): value is boolean => typeof value === 'boolean');
  }

  /** A list of texts; one text alone is a list of one. */
  texts(...spellings: readonly string[]): string[] | undefined {
    const value = this.any(...spellings);
    if (value === undefined || value === null) {
      return undefined;
    }
    const list: unknown[] = Array.isArray(value) ? value : [value];
    return list.map((item) => {
      if (typeof item !== 'string') {
        throw new UnreadableVectorError(
          `${this.#where}: ${spellings[0]} should hold texts and holds ${JSON.stringify(item)}.`,
        );
      }
      return item;
    });
  }

  /** To be called last. */
  end(): void {
    const unknown = this.keys.filter((key) => !this.#asked.has(key));
    if (unknown.length > 0) {
      throw new UnreadableVectorError(
        `${this.#where} says ${unknown.map((key) => JSON.stringify(key)).join(', ')}, which this runner does not know.`,
      );
    }
  }

  #typed<T>(
    spellings: readonly string[],
    expected: string,
    is: (value: unknown) => value is T,
  ): T | undefined {
    const value = this.any(...spellings);
    if (value === undefined || value === null) {
      return undefined;
    }
    if (!is(value)) {
      throw new UnreadableVectorError(
        `${this.#where}: ${spellings[0]} should be ${expected} and is ${JSON.stringify(value)}.`,
      );
    }
    return value;
  }
}
