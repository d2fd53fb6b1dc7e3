/** What all parts of the runner know of a vector. */
export type Vector = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Vector {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A vector asks for something that this runner cannot check: it must not pass unseen. */
export class UnknownKeyError extends Error {
  constructor(part: string, key: string) {
    super(`This runner does not know '${key}' in the ${part} of a vector.`);
  }
}

export const quoted = (value: unknown): string => JSON.stringify(value);
