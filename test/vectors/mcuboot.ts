/**
 * Runs vectors of imgtool: the options of one `imgtool sign` call, and what it wrote for a key with a known
 * seed. Built here with the same wishes the bytes have to be the same, and what was built has to verify.
 */
import { createHash, createPrivateKey } from 'node:crypto';
import { buildImage, type ImageDependency, type ImageSpec } from '../../src/firmware/image/build-image.ts';
import { classIdentifier, vendorIdentifier } from '../../src/firmware/image/identifier.ts';
import { type HashName, readSigningKey, type SigningKey } from '../../src/firmware/image/keys.ts';
import { padToSlot, slotSegments, type Trailer } from '../../src/firmware/image/slot-image.ts';
import { joinPieces } from '../../src/wire/hex-record/writer.ts';
import { encodeIntelHex } from '../../src/wire/intel-hex.ts';
import { ALIGNMENTS, slotGeometry } from '../../src/wire/mcuboot/slot-limits.ts';
import type { Tlv } from '../../src/wire/mcuboot/tlv.ts';
import { parseImageVersion } from '../../src/wire/mcuboot/version.ts';
import type { Segment } from '../../src/wire/memory-segments.ts';
import type { VectorFamily, VectorResult } from './family.ts';

type Fields = Readonly<Record<string, unknown>>;

const DOCUMENT_KEYS = ['about', 'seedHex', 'publicSpkiHex', 'keyhash', 'vectors'];
const VECTOR_KEYS = [
  'id',
  'bodyLength',
  'version',
  'options',
  'outputLength',
  'sha256',
  'header32',
  'tlvs',
  'last160',
  'text_tail',
  'note',
];

export const mcuboot: VectorFamily = {
  name: 'mcuboot',
  recognises: (document) => isFields(document) && 'seedHex' in document && Array.isArray(document.vectors),
  async *run(document) {
    if (!isFields(document) || !Array.isArray(document.vectors)) return;
    const unknown = Object.keys(document).find((key) => !DOCUMENT_KEYS.includes(key));
    if (unknown !== undefined)
      yield { name: unknown, difference: `unknown part '${unknown}' of the document` };
    const key = keyOfSeed(String(document.seedHex));
    yield* compareKey(key, document);
    for (const vector of document.vectors) {
      if (isFields(vector)) yield runVector(vector, key);
      else yield { name: '?', difference: 'a vector is an object' };
    }
  },
};

function* compareKey(key: SigningKey, document: Fields): Generator<VectorResult> {
  const spki = Buffer.from(key.publicBytes);
  const found = { publicSpkiHex: spki.toString('hex'), keyhash: sha256(spki) };
  for (const [name, value] of Object.entries(found)) {
    if (document[name] === undefined) continue;
    yield document[name] === value ? { name } : { name, difference: `${value}, expected ${document[name]}` };
  }
}

function runVector(vector: Fields, key: SigningKey): VectorResult {
  const name = String(vector.id);
  try {
    const unknown = Object.keys(vector).find((field) => !VECTOR_KEYS.includes(field));
    if (unknown !== undefined) return { name, difference: `this runner does not know '${unknown}'` };
    if (vector.sha256 === undefined) return { name, difference: 'no sha256 expected' };
    const difference = compare(vector, new Wishes(vector, key));
    return difference === undefined ? { name } : { name, difference };
  } catch (failure) {
    return { name, difference: failure instanceof Error ? failure.message : String(failure) };
  }
}

function compare(vector: Fields, wishes: Wishes): string | undefined {
  const { spec, slot, trailer, erasedValue } = wishes;
  const image = Buffer.from(buildImage(spec));
  const output =
    wishes.hexAddress === undefined
      ? Buffer.from(padToSlot(image, slot, trailer, erasedValue))
      : hexText(slotSegments(image, slot, trailer, wishes.hexAddress, erasedValue));
  const found: Fields = {
    header32: image.subarray(0, 32).toString('hex'),
    tlvs: tlvBytes(vector, image, output, spec.headerSize + spec.body.length),
    last160: output.subarray(-160).toString('hex'),
    text_tail: output.toString('latin1').trimEnd().split('\n').slice(-tailLength(vector)),
    outputLength: output.length,
    sha256: sha256(output),
    version: wishes.versionText,
    bodyLength: spec.body.length,
  };
  for (const [field, value] of Object.entries(found)) {
    if (vector[field] === undefined || JSON.stringify(vector[field]) === JSON.stringify(value)) continue;
    return `${field} is ${JSON.stringify(value)}, expected ${JSON.stringify(vector[field])}`;
  }
  return undefined;
}

/** The text as imgtool's library (intelhex) writes it: with an extended address from the first record on. */
function hexText(segments: readonly Segment[]): Buffer {
  const last = segments.at(-1);
  const alwaysExtended = last !== undefined && last.address + last.data.length > 0x10000;
  return Buffer.from(joinPieces(encodeIntelHex(segments, { alwaysExtended })));
}

/** Everything behind the body; where the erased value is 0, the vector has some of the padding along. */
function tlvBytes({ tlvs }: Fields, image: Buffer, output: Buffer, start: number): string {
  const length = Math.max(image.length - start, typeof tlvs === 'string' ? tlvs.length / 2 : 0);
  return output.subarray(start, start + length).toString('hex');
}

const tailLength = ({ text_tail }: Fields): number => (Array.isArray(text_tail) ? text_tail.length : 1);

/** What the options of imgtool ask for. An option that is not known throws. */
class Wishes {
  readonly spec: ImageSpec;
  readonly slot;
  readonly trailer: Trailer;
  readonly erasedValue: number;
  readonly hexAddress: number | undefined;
  readonly versionText: string;

  constructor(vector: Fields, key: SigningKey) {
    const given = new Map<string, string[][]>();
    const options = Array.isArray(vector.options) ? vector.options.map(String) : [];
    for (let at = 0; at < options.length; at += 1) {
      const name = LONG_NAMES[options[at] ?? ''] ?? options[at] ?? '';
      const count = OPTION_VALUES[name];
      if (count === undefined) throw new Error(`this runner does not know the option ${options[at]}`);
      given.set(name, [...(given.get(name) ?? []), options.slice(at + 1, at + 1 + count)]);
      at += count;
    }
    const last = (name: string): string | undefined => given.get(name)?.at(-1)?.[0];
    const number = (name: string): number | undefined => optionalNumber(last(name));

    this.erasedValue = number('--erased-val') ?? 0xff;
    this.hexAddress = number('--hex-addr');
    this.versionText = last('--version') ?? '0';
    this.trailer = given.has('--confirm')
      ? 'confirmed'
      : given.has('--pad') || given.has('--test')
        ? 'test'
        : 'none';
    const align = number('--align') ?? 1;
    if (!ALIGNMENTS.includes(align)) throw new Error(`imgtool has no alignment ${align}`);
    const slotSize = number('--slot-size') ?? 0;
    this.slot = slotGeometry({
      slotSize,
      sectorSize: slotSize,
      align,
      swapMode: given.has('--overwrite-only') ? 'overwrite' : 'scratch',
      ...optional('maxAlign', number('--max-align')),
      ...optional('maxSectors', number('--max-sectors')),
    });
    const vendorId = optionalMap(last('--vid'), vendorIdentifier);
    this.spec = {
      body: vectorBody(Number(vector.bodyLength)),
      version: version(this.versionText),
      headerSize: number('--header-size') ?? 32,
      erasedValue: this.erasedValue,
      pure: given.has('--pure'),
      publicKeyFormat: last('--public-key-format') === 'full' ? 'full' : 'hash',
      nonBootable: given.has('--non-bootable'),
      dependencies: dependencies(last('--dependencies') ?? ''),
      protectedTlvs: (given.get('--custom-tlv') ?? []).map(customTlv),
      ...optional('key', given.has('--key') ? key : undefined),
      ...optional('hash', hashName(last('--sha'))),
      ...optional('securityCounter', securityCounter(last('--security-counter'), this.versionText)),
      ...optional('bootRecord', last('--boot-record')),
      ...optional('vendorId', vendorId),
      ...optional(
        'classId',
        optionalMap(last('--cid'), (text) => classIdentifier(text, vendorId ?? new Uint8Array(16))),
      ),
      ...optional('ramLoadAddress', number('--load-addr')),
      ...optional('romFixedAddress', number('--rom-fixed')),
    };
    if (!given.has('--pad-header')) throw new Error('this runner only knows images with --pad-header');
  }
}

const LONG_NAMES: Readonly<Record<string, string>> = {
  '-k': '--key',
  '-H': '--header-size',
  '-S': '--slot-size',
  '-v': '--version',
  '-s': '--security-counter',
  '-d': '--dependencies',
  '-L': '--load-addr',
  '-F': '--rom-fixed',
  '-R': '--erased-val',
  '-x': '--hex-addr',
  '-M': '--max-sectors',
};

/** How many values each option takes. */
const OPTION_VALUES: Readonly<Record<string, number>> = {
  '--key': 1,
  '--header-size': 1,
  '--pad-header': 0,
  '--align': 1,
  '--max-align': 1,
  '--slot-size': 1,
  '--version': 1,
  '--security-counter': 1,
  '--boot-record': 1,
  '--dependencies': 1,
  '--custom-tlv': 2,
  '--vid': 1,
  '--cid': 1,
  '--pad': 0,
  '--test': 0,
  '--confirm': 0,
  '--overwrite-only': 0,
  '--pure': 0,
  '--public-key-format': 1,
  '--sha': 1,
  '--load-addr': 1,
  '--rom-fixed': 1,
  '--non-bootable': 0,
  '--erased-val': 1,
  '--hex-addr': 1,
  '--max-sectors': 1,
};

function customTlv([type = '', value = '']: string[]): Tlv {
  const bytes = value.startsWith('0x') ? Buffer.from(value.slice(2), 'hex') : Buffer.from(value, 'utf8');
  return { type: Number(type), value: bytes };
}

function dependencies(text: string): ImageDependency[] {
  return [...text.matchAll(/\((\d+),\s*([0-9.+]+)\)/g)].map(([, image, versionText]) => ({
    image: Number(image),
    version: version(versionText ?? ''),
  }));
}

function securityCounter(text: string | undefined, versionText: string): number | undefined {
  if (text !== 'auto') return optionalNumber(text);
  const { major, minor, revision } = version(versionText);
  return major * 2 ** 24 + minor * 2 ** 16 + revision;
}

function hashName(text: string | undefined): HashName | undefined {
  if (text === undefined || text === 'auto') return undefined;
  if (text === '256' || text === '384' || text === '512') return `sha${text}`;
  throw new Error(`this runner does not know the hash ${text}`);
}

function version(text: string) {
  const parsed = parseImageVersion(text);
  if (parsed === undefined) throw new Error(`${text} is no version`);
  return parsed;
}

function optionalNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value)) throw new Error(`${text} is no number`);
  return value;
}

function keyOfSeed(seedHex: string): SigningKey {
  const pkcs8 = Buffer.concat([
    Buffer.from('302e020100300506032b657004220420', 'hex'),
    Buffer.from(seedHex, 'hex'),
  ]);
  const pem = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({
    type: 'pkcs8',
    format: 'pem',
  });
  return readSigningKey(pem.toString(), 'the vectors');
}

/** Body of a vector: byte i is (7 i + 13 (i >> 8) + 5) & 255. */
export function vectorBody(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (7 * i + 13 * (i >> 8) + 5) & 0xff);
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const optionalMap = <In, Out>(value: In | undefined, map: (value: In) => Out): Out | undefined =>
  value === undefined ? undefined : map(value);

/** `{ [name]: value }`, or nothing when the value is undefined. */
function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Key in Name]?: Value };
function optional(name: string, value: unknown): object {
  return value === undefined ? {} : { [name]: value };
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
