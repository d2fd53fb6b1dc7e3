/** Lines or modules by name, and what is done to each of them, also to those that come later. */
export class Roster<Thing> {
  readonly #things = new Map<string, Thing>();
  readonly #works = new Set<{
    begin(name: string, thing: Thing): () => void;
    readonly ends: Map<string, () => void>;
  }>();

  /** A thing of the same name takes the place of the one before. */
  put(name: string, thing: Thing): void {
    this.#leave(name);
    this.#things.set(name, thing);
    for (const { begin, ends } of this.#works) {
      ends.set(name, begin(name, thing));
    }
  }

  remove(name: string, thing: Thing): void {
    if (this.#things.get(name) === thing) {
      this.#leave(name);
      this.#things.delete(name);
    }
  }

  /** @param begin does something to a thing and gives back what ends it @returns ends it for all */
  each(begin: (name: string, thing: Thing) => () => void): () => void {
    const work = { begin, ends: new Map<string, () => void>() };
    this.#works.add(work);
    for (const [name, thing] of this.#things) {
      work.ends.set(name, begin(name, thing));
    }
    return () => {
      this.#works.delete(work);
      for (const end of work.ends.values()) {
        end();
      }
    };
  }

  #leave(name: string): void {
    for (const { ends } of this.#works) {
      ends.get(name)?.();
      ends.delete(name);
    }
  }
}
