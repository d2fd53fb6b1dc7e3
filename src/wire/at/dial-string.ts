/** The string behind `D`: ITU-T V.250 §6.3.1. */

export interface DialString {
  /** What is dialled: digits, `*`, `#`, `+`, `A` to `D`. */
  readonly number: string;
  /** `T P , W @ !` in the order written. */
  readonly modifiers: string;
  /** `L` stands first: dial the last number again. */
  readonly isRedial: boolean;
}

/** Reads a dial string. What is neither a digit nor a modifier (blanks, hyphens, brackets) is for the eye. */
export function parseDialString(text: string): DialString {
  const upper = text.toUpperCase();
  return {
    number: upper.replace(/[^0-9*#+A-D]/g, ''),
    modifiers: upper.replace(/[^TP,W@!]/g, ''),
    isRedial: /^[ TP]*L/.test(upper),
  };
}
