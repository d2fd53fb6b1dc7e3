/**
 * What a bootloader was built with, as a record at the beginning of its area: how the flash is divided, how it
 * swaps, the public keys it knows. In a real unit this is compiled into the bootloader.
 *
 *     0   4  magic "K21B"
 *     4   4  length of what follows
 *     8      CBOR: layout, swapMode, maxSectors, downgrade, keys (PEM)
 *        4  CRC-32 of everything before
 */
import { crc32 } from 'node:zlib';
import { type CborValue, decodeCbor, encodeCbor } from '../../wire/cbor.ts';
import {
  geometryProblem,
  type SlotGeometry,
  SWAP_MODES,
  type SwapMode,
  slotGeometry,
} from '../../wire/mcuboot/slot-limits.ts';
import { FlashFileError } from '../flash/flash-error.ts';
import { type FlashLayout, type FlashRegion, layoutProblem, REGION_NAMES } from '../flash/layout.ts';
import { type PublicImageKey, readPublicKey } from '../image/keys.ts';

/** MCUBOOT_DOWNGRADE_PREVENTION: what of the image in slot 1 may not be below that of slot 0. */
export const DOWNGRADE_RULES = ['none', 'version', 'counter'] as const;
export type DowngradeRule = (typeof DOWNGRADE_RULES)[number];

export interface BootConfig {
  readonly layout: FlashLayout;
  readonly swapMode: SwapMode;
  /** BOOT_MAX_IMG_SECTORS. */
  readonly maxSectors: number;
  readonly downgrade: DowngradeRule;
  /** Without any, the bootloader checks the digest of an image and no signature. */
  readonly keys: readonly PublicImageKey[];
}

const MAGIC = 0x4231_324b;
const HEAD_BYTES = 8;
const CRC_BYTES = 4;
/** Some RSA keys take a kilobyte each. */
export const MAX_BOOT_CONFIG_BYTES = 16 * 1024;

/** The slots as images have to fit into them. */
export function slotOf({ layout, swapMode, maxSectors }: BootConfig): SlotGeometry {
  return slotGeometry({
    slotSize: layout.regions.slot0.size,
    sectorSize: layout.sectorSize,
    swapMode,
    align: layout.writeSize,
    maxSectors,
  });
}

/** Why no bootloader can be built so; undefined when it can. */
export function bootConfigProblem(config: BootConfig): string | undefined {
  const problem = layoutProblem(config.layout) ?? geometryProblem(slotOf(config));
  if (problem !== undefined) return problem;
  const { regions, sectorSize } = config.layout;
  if (config.swapMode === 'scratch' && regions.scratch.size < sectorSize)
    return 'a scratch area below one sector';
  return encodeBootConfig(config).length > Math.min(MAX_BOOT_CONFIG_BYTES, regions.bootloader.size)
    ? 'more keys than the bootloader has room for'
    : undefined;
}

/** The record, filled up to whole write units. */
export function encodeBootConfig({ layout, swapMode, maxSectors, downgrade, keys }: BootConfig): Uint8Array {
  const { baseAddress, size, sectorSize, writeSize, erasedValue, regions } = layout;
  const body = encodeCbor({
    layout: {
      baseAddress,
      size,
      sectorSize,
      writeSize,
      erasedValue,
      regions: Object.fromEntries(
        REGION_NAMES.map((name) => [name, [regions[name].offset, regions[name].size]]),
      ),
    },
    swapMode,
    maxSectors,
    downgrade,
    keys: keys.map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' }).toString()),
  });
  const length = HEAD_BYTES + body.length + CRC_BYTES;
  const bytes = Buffer.alloc(Math.ceil(length / writeSize) * writeSize, erasedValue);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(body.length, 4);
  bytes.set(body, HEAD_BYTES);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, HEAD_BYTES + body.length)), HEAD_BYTES + body.length);
  return bytes;
}

/**
 * @param given the flash from its first byte on
 * @param source how messages call it
 * @throws FlashFileError FLASH_FILE_INVALID
 */
export function decodeBootConfig(given: Uint8Array, source: string): BootConfig {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  if (bytes.length < HEAD_BYTES + CRC_BYTES || bytes.readUInt32LE(0) !== MAGIC) {
    throw invalid(source, 'the bootloader area does not begin with the settings of a bootloader (K21B)');
  }
  const end = HEAD_BYTES + bytes.readUInt32LE(4);
  if (end + CRC_BYTES > Math.min(bytes.length, MAX_BOOT_CONFIG_BYTES)) {
    throw invalid(source, "the bootloader's settings are cut short");
  }
  if (bytes.readUInt32LE(end) !== crc32(bytes.subarray(0, end))) {
    throw invalid(source, "the CRC-32 of the bootloader's settings does not fit");
  }
  const decoded = decodeCbor(bytes.subarray(HEAD_BYTES, end));
  const config = decoded.ok ? configOf(decoded.value, source) : undefined;
  if (config === undefined) throw invalid(source, "the bootloader's settings are of another form");
  const problem = bootConfigProblem(config);
  if (problem !== undefined) throw invalid(source, problem);
  return config;
}

function configOf(value: CborValue, source: string): BootConfig | undefined {
  const { layout: given, swapMode, maxSectors, downgrade, keys } = fields(value);
  const layout = layoutOf(given);
  const mode = SWAP_MODES.find((known) => known === swapMode);
  const rule = DOWNGRADE_RULES.find((known) => known === downgrade);
  if (layout === undefined || mode === undefined || rule === undefined) return undefined;
  if (typeof maxSectors !== 'number' || !isList(keys)) return undefined;
  const pems = keys.filter((key) => typeof key === 'string');
  return {
    layout,
    swapMode: mode,
    maxSectors,
    downgrade: rule,
    keys: pems.map((pem) => readPublicKey(pem, `a key in ${source}`)),
  };
}

function layoutOf(value: CborValue | undefined): FlashLayout | undefined {
  const { baseAddress, size, sectorSize, writeSize, erasedValue, regions: given } = fields(value);
  const places = fields(given);
  const region = (name: string): FlashRegion => {
    const place = places[name];
    const [offset, regionSize] = isList(place) ? place : [];
    return { offset: numberOf(offset), size: numberOf(regionSize) };
  };
  return {
    baseAddress: numberOf(baseAddress),
    size: numberOf(size),
    sectorSize: numberOf(sectorSize),
    writeSize: numberOf(writeSize),
    erasedValue: numberOf(erasedValue),
    regions: {
      bootloader: region('bootloader'),
      slot0: region('slot0'),
      slot1: region('slot1'),
      scratch: region('scratch'),
      settings: region('settings'),
      outbox: region('outbox'),
    },
  };
}

/** What is no number is none that a layout may have. */
const numberOf = (value: CborValue | undefined): number => (typeof value === 'number' ? value : Number.NaN);

const isList = (value: CborValue | undefined): value is readonly CborValue[] => Array.isArray(value);

function fields(value: CborValue | undefined): { readonly [key: string]: CborValue } {
  const isFields =
    typeof value === 'object' && value !== null && !isList(value) && !(value instanceof Uint8Array);
  return isFields && !(value instanceof Map) ? Object.fromEntries(Object.entries(value)) : {};
}

const invalid = (source: string, why: string): FlashFileError =>
  new FlashFileError('FLASH_FILE_INVALID', `${source} is no flash of the emulation: ${why}.`, {
    advice: 'Make one with: kadec21 flash init FILE',
  });
