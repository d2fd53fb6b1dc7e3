/** What every kind of vector file has in common: `npm run vectors -- FILE...` finds the family and runs it. */
export interface VectorResult {
  readonly name: string;
  /** What was expected and what came, for people; absent when the vector passed. */
  readonly difference?: string;
}

export interface VectorFamily {
  readonly name: string;
  /** Whether this parsed JSON document is of this family. */
  recognises(document: unknown): boolean;
  /** Runs every vector of the document. A vector that says something this runner does not know fails. */
  run(document: unknown): AsyncIterable<VectorResult>;
}
