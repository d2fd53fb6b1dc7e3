/**
 * What an Intel HEX or S-record file holds, and the ways in which it can be wrong.
 */
import type { Segment, SegmentCollector } from '../memory-segments.ts';

export type HexProblem =
  | 'start_code'
  | 'hex_digit'
  | 'length'
  | 'checksum'
  | 'record_type'
  | 'address_overflow'
  | 'overlap'
  | 'data_after_eof'
  | 'missing_eof'
  | 'record_count'
  | 'too_large';

export interface HexFailure {
  readonly problem: HexProblem;
  /** Counted from 1. */
  readonly line: number;
  /** What was found and what was expected; without the line. */
  readonly message: string;
}

export interface HexWarning {
  readonly kind: 'overlap_same';
  readonly line: number;
  readonly message: string;
}

/** Where the program starts: as a segmented (type 03) or a linear address (type 05, S7 to S9). */
export type StartAddress =
  | { readonly kind: 'segment'; readonly cs: number; readonly ip: number }
  | { readonly kind: 'linear'; readonly address: number };

export interface HexContents {
  readonly ok: true;
  /** Sorted, merged, without overlap. */
  readonly segments: readonly Segment[];
  readonly start?: StartAddress;
  /** S0 record of an S-record file. */
  readonly header?: Uint8Array;
  readonly warnings: readonly HexWarning[];
}

export type HexDecoded = HexContents | { readonly ok: false; readonly failure: HexFailure };

/** Ends the reading of a file whose records were all good: merges them, unless they contradict one another. */
export function finishContents(
  collector: SegmentCollector,
  rest: Pick<HexContents, 'start' | 'header'>,
): HexDecoded {
  const collected = collector.finish();
  if (!collected.ok) {
    const { address, line } = collected.overlap;
    return fail('overlap', line, `address ${hexAddress(address)} was given another value before`);
  }
  const twice = collected.sameBytesTwice;
  const warnings: HexWarning[] = [];
  if (twice !== undefined) {
    const message = `address ${hexAddress(twice.address)} was given the same value before`;
    warnings.push({ kind: 'overlap_same', line: twice.line, message });
  }
  return { ok: true, segments: collected.segments, warnings, ...rest };
}

const fail = (problem: HexProblem, line: number, message: string): HexDecoded => ({
  ok: false,
  failure: { problem, line, message },
});

const hexAddress = (address: number): string => `0x${address.toString(16).padStart(8, '0')}`;
