/**
 * CBOR (RFC 8949), as much as JSON documents with byte strings need: compact and, as cborg writes it, always the
 * same bytes for the same value (§4.2: shortest lengths, keys sorted). Numbers with a fraction are doubles. No tags,
 * no indefinite lengths, no undefined.
 */
import { decode, encode } from 'cborg';

export type CborValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly CborValue[]
  | { readonly [key: string]: CborValue }
  /** Keys in the given order, for formats that prescribe one. Written only. */
  | ReadonlyMap<number | string, CborValue>;

export type CborDecoded =
  | { readonly ok: true; readonly value: CborValue }
  | { readonly ok: false; readonly message: string };

export function encodeCbor(value: CborValue): Uint8Array {
  const keepsOrder = value instanceof Map;
  return encode(value, { float64: true, ...(keepsOrder ? { mapSorter: () => 0 } : {}) });
}

/** One value that takes all of `bytes`. Maps have text keys, each once. */
export function decodeCbor(bytes: Uint8Array): CborDecoded {
  try {
    const value: unknown = decode(Uint8Array.from(bytes), {
      strict: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowBigInt: false,
      rejectDuplicateMapKeys: true,
    });
    return isCborValue(value)
      ? { ok: true, value }
      : { ok: false, message: 'a kind of value that is not used here' };
  } catch (failure) {
    return { ok: false, message: failure instanceof Error ? failure.message : String(failure) };
  }
}

function isCborValue(value: unknown): value is CborValue {
  if (Array.isArray(value)) {
    return value.every(isCborValue);
  }
  if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) {
    return Object.values(value).every(isCborValue);
  }
  return (
    value === null || value instanceof Uint8Array || ['boolean', 'number', 'string'].includes(typeof value)
  );
}
