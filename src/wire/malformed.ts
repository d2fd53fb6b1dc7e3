/** What a decoder gives for octets that the standard does not allow: why, for people and counters. */
export interface Malformed {
  readonly malformed: string;
}

/** Tells the two results of a decoder apart. */
export function isMalformed(decoded: object): decoded is Malformed {
  return 'malformed' in decoded;
}
