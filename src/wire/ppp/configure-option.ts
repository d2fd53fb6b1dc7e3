/** Configuration options: type, length, data. RFC 1661 section 6. What they mean is each protocol's own. */
import { areEqual, concatenate } from './octets.ts';

export interface ConfigureOption {
  readonly type: number;
  /** What follows type and length. */
  readonly data: Uint8Array;
}

export interface ConfigureOptions {
  readonly options: readonly ConfigureOption[];
  /** From the first option whose length is impossible to the end of the packet; empty in a good packet. */
  readonly malformed: Uint8Array;
}

const OPTION_HEADER_SIZE = 2;
export const LONGEST_OPTION_DATA = 255 - OPTION_HEADER_SIZE;

/** Splits the data of a Configure packet. Never throws; what cannot be split is given back as `malformed`. */
export function decodeOptions(data: Uint8Array): ConfigureOptions {
  const options: ConfigureOption[] = [];
  let at = 0;
  while (at < data.length) {
    const type = data[at];
    const length = data[at + 1];
    if (
      type === undefined ||
      length === undefined ||
      length < OPTION_HEADER_SIZE ||
      at + length > data.length
    ) {
      break;
    }
    options.push({ type, data: data.subarray(at + OPTION_HEADER_SIZE, at + length) });
    at += length;
  }
  return { options, malformed: data.subarray(at) };
}

/** @param options each with at most 253 octets of data */
export function encodeOptions(options: readonly ConfigureOption[]): Uint8Array {
  return concatenate(
    ...options.flatMap(({ type, data }) => [Uint8Array.of(type, data.length + OPTION_HEADER_SIZE), data]),
  );
}

export const isSameOption = (one: ConfigureOption, other: ConfigureOption): boolean =>
  one.type === other.type && areEqual(one.data, other.data);
