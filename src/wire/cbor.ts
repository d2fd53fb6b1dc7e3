/**
 * CBOR (RFC 8949), as much as JSON documents with byte strings need: compact and, written by this encoder,
 * always the same bytes for the same value (§4.2: shortest lengths, keys sorted by their encoding). Numbers
 * with a fraction are doubles. No tags, no indefinite lengths, no other simple values.
 */
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

const Major = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, simple: 7 } as const;

const FALSE = 20;
const TRUE = 21;
const NULL = 22;
const DOUBLE = 27;

/** Settings nest five deep; a file made to exhaust the stack nests thousands deep. */
const MAX_DEPTH = 32;

export function encodeCbor(value: CborValue): Uint8Array {
  const parts: Uint8Array[] = [];
  write(value, parts);
  return Buffer.concat(parts);
}

function write(value: CborValue, parts: Uint8Array[]): void {
  if (value === null) parts.push(head(Major.simple, NULL));
  else if (typeof value === 'boolean') parts.push(head(Major.simple, value ? TRUE : FALSE));
  else if (typeof value === 'number') parts.push(encodeNumber(value));
  else if (typeof value === 'string') {
    const text = Buffer.from(value, 'utf8');
    parts.push(head(Major.text, text.length), text);
  } else if (value instanceof Uint8Array) parts.push(head(Major.bytes, value.length), value);
  else if (isList(value)) {
    parts.push(head(Major.array, value.length));
    for (const item of value) write(item, parts);
  } else if (value instanceof Map) {
    parts.push(head(Major.map, value.size));
    for (const [key, item] of value) {
      write(key, parts);
      write(item, parts);
    }
  } else {
    const entries = Object.entries(value).map(([key, item]) => ({ key: encodeCbor(key), item }));
    entries.sort((left, right) => Buffer.compare(left.key, right.key));
    parts.push(head(Major.map, entries.length));
    for (const { key, item } of entries) {
      parts.push(key);
      write(item, parts);
    }
  }
}

function encodeNumber(value: number): Uint8Array {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
    return value >= 0 ? head(Major.unsigned, value) : head(Major.negative, -1 - value);
  }
  const bytes = Buffer.alloc(9);
  bytes[0] = (Major.simple << 5) | DOUBLE;
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

function head(major: number, argument: number): Uint8Array {
  const first = major << 5;
  if (argument < 24) return Uint8Array.of(first | argument);
  if (argument <= 0xff) return Uint8Array.of(first | 24, argument);
  const bytes = Buffer.alloc(argument <= 0xffff ? 3 : argument <= 0xffff_ffff ? 5 : 9);
  bytes[0] = first | (bytes.length === 3 ? 25 : bytes.length === 5 ? 26 : 27);
  if (bytes.length === 3) bytes.writeUInt16BE(argument, 1);
  else if (bytes.length === 5) bytes.writeUInt32BE(argument, 1);
  else bytes.writeBigUInt64BE(BigInt(argument), 1);
  return bytes;
}

const isList = (value: object): value is readonly CborValue[] => Array.isArray(value);

export type CborDecoded =
  | { readonly ok: true; readonly value: CborValue }
  | { readonly ok: false; readonly at: number; readonly message: string };

/** One value that takes all of `bytes`. Maps have text keys, each once. */
export function decodeCbor(bytes: Uint8Array): CborDecoded {
  const reader = new CborReader(bytes);
  const value = reader.value(0);
  if (value instanceof CborFault) return { ok: false, at: value.at, message: value.message };
  if (reader.at !== bytes.length) return { ok: false, at: reader.at, message: 'bytes behind the value' };
  return { ok: true, value };
}

class CborFault {
  readonly at: number;
  readonly message: string;

  constructor(at: number, message: string) {
    this.at = at;
    this.message = message;
  }
}

class CborReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    // Byte strings come out as plain views, also of a Buffer.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  value(depth: number): CborValue | CborFault {
    const start = this.at;
    if (depth > MAX_DEPTH) return new CborFault(start, `nested more than ${MAX_DEPTH} deep`);
    const first = this.#bytes[start];
    if (first === undefined) return new CborFault(start, 'the value is cut short');
    if (first === ((Major.simple << 5) | DOUBLE)) return this.#double(start);
    const argument = this.#argument(first & 0x1f);
    if (argument instanceof CborFault) return argument;
    switch (first >> 5) {
      case Major.unsigned:
        return argument;
      case Major.negative:
        return -1 - argument;
      case Major.bytes:
        return this.#take(argument);
      case Major.text: {
        const text = this.#take(argument);
        return text instanceof CborFault ? text : Buffer.from(text).toString('utf8');
      }
      case Major.array:
        return this.#array(argument, depth);
      case Major.map:
        return this.#map(argument, depth);
      case Major.simple:
        if (argument === NULL) return null;
        if (argument === TRUE || argument === FALSE) return argument === TRUE;
        return new CborFault(start, `simple value ${argument} is not used here`);
      default:
        return new CborFault(start, 'tags are not used here');
    }
  }

  #argument(low: number): number | CborFault {
    const start = this.at;
    if (low < 24) {
      this.at += 1;
      return low;
    }
    const width = { 24: 1, 25: 2, 26: 4, 27: 8 }[low];
    if (width === undefined) return new CborFault(start, `length code ${low} is not used here`);
    if (start + 1 + width > this.#bytes.length) return new CborFault(start, 'the value is cut short');
    this.at += 1 + width;
    if (width === 1) return this.#view.getUint8(start + 1);
    if (width === 2) return this.#view.getUint16(start + 1);
    if (width === 4) return this.#view.getUint32(start + 1);
    const wide = this.#view.getBigUint64(start + 1);
    return wide <= BigInt(Number.MAX_SAFE_INTEGER)
      ? Number(wide)
      : new CborFault(start, 'a number above 2^53 is not used here');
  }

  #double(start: number): number | CborFault {
    if (start + 9 > this.#bytes.length) return new CborFault(start, 'the value is cut short');
    this.at += 9;
    return this.#view.getFloat64(start + 1);
  }

  #take(length: number): Uint8Array | CborFault {
    if (this.at + length > this.#bytes.length) return new CborFault(this.at, 'the value is cut short');
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  #array(length: number, depth: number): CborValue | CborFault {
    const items: CborValue[] = [];
    for (let index = 0; index < length; index += 1) {
      const item = this.value(depth + 1);
      if (item instanceof CborFault) return item;
      items.push(item);
    }
    return items;
  }

  #map(length: number, depth: number): CborValue | CborFault {
    const entries = new Map<string, CborValue>();
    for (let index = 0; index < length; index += 1) {
      const start = this.at;
      const key = this.value(depth + 1);
      if (key instanceof CborFault) return key;
      if (typeof key !== 'string') return new CborFault(start, 'a key that is no text');
      if (entries.has(key)) return new CborFault(start, 'the same key twice');
      const item = this.value(depth + 1);
      if (item instanceof CborFault) return item;
      entries.set(key, item);
    }
    return Object.fromEntries(entries);
  }
}
