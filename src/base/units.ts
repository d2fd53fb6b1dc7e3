/**
 * Units that the compiler keeps apart. A plain number becomes a quantity in exactly one place: here.
 */
declare const unit: unique symbol;

type Quantity<Unit extends string> = number & { readonly [unit]: Unit };

/** Milliseconds: a duration, or an instant counted from 1970-01-01T00:00:00Z. */
export type Ms = Quantity<'ms'>;

/** A count of octets. */
export type Bytes = Quantity<'byte'>;

export const ms = (value: number): Ms => value as Ms;
export const seconds = (value: number): Ms => ms(value * 1000);
export const minutes = (value: number): Ms => ms(value * 60_000);
export const hours = (value: number): Ms => ms(value * 3_600_000);

export const bytes = (value: number): Bytes => value as Bytes;
export const kibibytes = (value: number): Bytes => bytes(value * 1024);

/** @returns the earliest of the instants that there are */
export function earliest(...instants: readonly (Ms | undefined)[]): Ms | undefined {
  let found: Ms | undefined;
  for (const instant of instants) {
    if (instant !== undefined && (found === undefined || instant < found)) {
      found = instant;
    }
  }
  return found;
}
