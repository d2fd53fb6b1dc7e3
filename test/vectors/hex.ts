/**
 * Runs Intel HEX and S-record vectors: texts to read and segments to write.
 * `tools` says what srec_cat, objcopy and a Python library did with the same text; what can be compared with
 * it without them is compared, the rest is for test/interop/hex-tools.test.ts, which runs them.
 */
import type {
  HexContents,
  HexDecoded,
  HexProblem,
  StartAddress,
} from '../../src/wire/hex-record/contents.ts';
import { joinPieces } from '../../src/wire/hex-record/writer.ts';
import { decodeIntelHex, encodeIntelHex, IntelHexDecoder } from '../../src/wire/intel-hex.ts';
import type { Segment } from '../../src/wire/memory-segments.ts';
import { decodeSRecord, encodeSRecord, SRecordDecoder } from '../../src/wire/s-record.ts';
import type { VectorFamily, VectorResult } from './family.ts';

type Vector = Readonly<Record<string, unknown>>;

const READ_KEYS = [
  'id',
  'format',
  'text',
  'segments',
  'start',
  'header',
  'error',
  'warning',
  'note',
  'tools',
];
const WRITE_KEYS = [
  'id',
  'format',
  'segments',
  'record_bytes',
  'width',
  'header',
  'start',
  'text',
  'note',
  'tools',
];
/** Names of refusals in vectors, and what they are called here. */
const REFUSALS: Readonly<Record<string, HexProblem | undefined>> = {
  start_code: 'start_code',
  missing_start_code: 'start_code',
  syntax: 'start_code',
  hex_digit: 'hex_digit',
  bad_digit: 'hex_digit',
  character: 'hex_digit',
  length: 'length',
  checksum: 'checksum',
  record_type: 'record_type',
  address_overflow: 'address_overflow',
  overlap: 'overlap',
  overlap_conflict: 'overlap',
  overlap_different: 'overlap',
  data_after_eof: 'data_after_eof',
  missing_eof: 'missing_eof',
  no_eof: 'missing_eof',
  missing_terminator: 'missing_eof',
  no_terminator: 'missing_eof',
  record_count: 'record_count',
};

const TOOLS = ['srec_cat', 'objcopy', 'intelhex_py'];

export const hex: VectorFamily = {
  name: 'hex',
  recognises: (document) =>
    isObject(document) && (Array.isArray(document.read) || Array.isArray(document.write)),
  async *run(document) {
    if (!isObject(document)) return;
    for (const key of Object.keys(document)) {
      if (!['about', 'read', 'write'].includes(key))
        yield differs(key, `unknown part '${key}' of the document`);
    }
    yield* runEach(document.read, readVector);
    yield* runEach(document.write, writeVector);
  },
};

function* runEach(vectors: unknown, run: (vector: Vector) => string | undefined): Generator<VectorResult> {
  for (const vector of Array.isArray(vectors) ? vectors : []) {
    if (!isObject(vector)) yield differs('?', 'a vector is an object');
    else yield differs(String(vector.id), run(vector));
  }
}

function readVector(vector: Vector): string | undefined {
  const unknown = unknownKey(vector, READ_KEYS) ?? unknownTool(vector.tools);
  if (unknown !== undefined) return unknown;
  if (typeof vector.text !== 'string') return 'no text to read';
  if (vector.segments === undefined && vector.error === undefined)
    return 'neither segments nor error expected';
  const text = Buffer.from(vector.text, 'latin1');
  const decode = { ihex: decodeIntelHex, srec: decodeSRecord }[String(vector.format)];
  if (decode === undefined) return `unknown format '${vector.format}'`;

  const decoded = decode(text);
  const inPieces = readInPieces(String(vector.format), text);
  if (JSON.stringify(comparable(inPieces)) !== JSON.stringify(comparable(decoded))) {
    return 'read byte by byte, the result is another';
  }
  return decoded.ok ? compareContents(decoded, vector) : compareRefusal(decoded, vector);
}

function readInPieces(format: string, text: Uint8Array): HexDecoded {
  const decoder = format === 'ihex' ? new IntelHexDecoder() : new SRecordDecoder();
  for (let at = 0; at < text.length; at += 1) decoder.push(text.subarray(at, at + 1));
  return decoder.finish();
}

function compareRefusal(decoded: HexDecoded & { ok: false }, vector: Vector): string | undefined {
  const { problem, line, message } = decoded.failure;
  if (vector.error === undefined) return `refused: line ${line}: ${message} (${problem})`;
  const expected = REFUSALS[String(vector.error)];
  if (expected === undefined) return `this runner does not know the error '${vector.error}'`;
  if (expected !== problem) return `error is ${problem}, expected ${vector.error}`;
  return line >= 1 ? undefined : 'the error names no line';
}

function compareContents(decoded: HexContents, vector: Vector): string | undefined {
  if (vector.error !== undefined) return `accepted, expected error ${vector.error}`;
  const segments = decoded.segments.map(asVectorSegment);
  if (JSON.stringify(segments) !== JSON.stringify(vector.segments)) {
    return `segments are ${JSON.stringify(segments)}, expected ${JSON.stringify(vector.segments)}`;
  }
  const warning = decoded.warnings[0]?.kind;
  if (warning !== vector.warning) return `warning is ${warning}, expected ${vector.warning}`;
  if (vector.header !== undefined && Buffer.from(decoded.header ?? []).toString('latin1') !== vector.header) {
    return `header is ${Buffer.from(decoded.header ?? []).toString('latin1')}, expected ${vector.header}`;
  }
  return vector.start === undefined ? undefined : compareStart(decoded.start, vector.start);
}

function compareStart(start: StartAddress | undefined, expected: unknown): string | undefined {
  const wanted = startAddress(expected);
  if (wanted === 'unknown') return `unknown form of start ${JSON.stringify(expected)}`;
  const isSame = JSON.stringify(start ?? null) === JSON.stringify(wanted);
  return isSame ? undefined : `start is ${JSON.stringify(start)}, expected ${JSON.stringify(expected)}`;
}

function writeVector(vector: Vector): string | undefined {
  const unknown = unknownKey(vector, WRITE_KEYS) ?? unknownTool(vector.tools);
  if (unknown !== undefined) return unknown;
  if (!Array.isArray(vector.segments)) return 'no segments to write';
  const segments: Segment[] = vector.segments.map((segment) => ({
    address: Number(segment.address),
    data: Buffer.from(String(segment.hex), 'hex'),
  }));
  const recordBytes = typeof vector.record_bytes === 'number' ? { recordBytes: vector.record_bytes } : {};
  const start = startAddress(vector.start ?? null);
  if (start === 'unknown') return `unknown form of start ${JSON.stringify(vector.start)}`;

  let pieces: Iterable<Uint8Array>;
  if (vector.format === 'ihex') {
    if (vector.width !== undefined || vector.header !== undefined)
      return 'Intel HEX has no width and no header';
    pieces = encodeIntelHex(segments, { ...recordBytes, ...(start === null ? {} : { start }) });
  } else if (vector.format === 'srec') {
    const { width } = vector;
    if (start?.kind === 'segment') return 'an S-record file has no segmented start address';
    pieces = encodeSRecord(segments, {
      ...recordBytes,
      ...(width === 2 || width === 3 || width === 4 ? { width } : {}),
      ...(typeof vector.header === 'string' ? { header: Buffer.from(vector.header, 'latin1') } : {}),
      ...(start === null ? {} : { start: start.address }),
    });
    if (width !== undefined && width !== 2 && width !== 3 && width !== 4) return `unknown width ${width}`;
  } else {
    return `unknown format '${vector.format}'`;
  }
  const text = Buffer.from(joinPieces(pieces)).toString('latin1');
  return text === vector.text
    ? undefined
    : `wrote ${JSON.stringify(text)}, expected ${JSON.stringify(vector.text)}`;
}

/** `{cs, ip}`, `{address}`, `{eip}` or a plain number; null for none. */
function startAddress(value: unknown): StartAddress | null | 'unknown' {
  if (value === null) return null;
  if (typeof value === 'number') return { kind: 'linear', address: value };
  if (!isObject(value)) return 'unknown';
  const keys = Object.keys(value).sort().join();
  if (keys === 'cs,ip') return { kind: 'segment', cs: Number(value.cs), ip: Number(value.ip) };
  if (keys === 'address' || keys === 'eip') return { kind: 'linear', address: Number(value[keys]) };
  return 'unknown';
}

function unknownTool(tools: unknown): string | undefined {
  if (tools === undefined) return undefined;
  if (!isObject(tools)) return "'tools' is an object";
  const unknown = Object.entries(tools).find(
    ([tool, did]) => !TOOLS.includes(tool) || !/^(ok|error)/.test(String(did)),
  );
  return unknown === undefined ? undefined : `unknown outcome of a tool: ${unknown.join(': ')}`;
}

function unknownKey(vector: Vector, known: readonly string[]): string | undefined {
  const unknown = Object.keys(vector).find((key) => !known.includes(key));
  return unknown === undefined ? undefined : `this runner does not know '${unknown}'`;
}

const comparable = (decoded: HexDecoded): unknown =>
  decoded.ok ? { ...decoded, segments: decoded.segments.map(asVectorSegment) } : decoded;

const asVectorSegment = ({ address, data }: Segment): unknown => ({
  address,
  hex: Buffer.from(data).toString('hex'),
});

const differs = (name: string, difference: string | undefined): VectorResult =>
  difference === undefined ? { name } : { name, difference };

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
