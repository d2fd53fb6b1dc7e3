/** What is in a flash, without changing anything: for `flash info`. No secret comes out. */
import type { Ms } from '../../base/units.ts';
import { formatInstant } from '../../config/japan-time.ts';
import { readImageLayout } from '../../wire/mcuboot/image-layout.ts';
import type { TrailerState } from '../../wire/mcuboot/trailer.ts';
import { formatImageVersion } from '../../wire/mcuboot/version.ts';
import type { BootConfig } from '../boot/boot-config.ts';
import { bootContext, readArea, trailerOf } from '../boot/boot-context.ts';
import { checkImage, hasNoCandidate } from '../boot/check-image.ts';
import { readSwapStatus, type SwapStatus } from '../boot/swap-status.ts';
import { swapTypeOf } from '../boot/swap-type.ts';
import { releaseOfBody } from '../image/release-body.ts';
import type { VerifyReason } from '../image/verify-reason.ts';
import { RecordLog } from '../outbox/record-log.ts';
import { storedOutbox } from '../outbox/stored-outbox.ts';
import { REGION_NAMES, type RegionName } from './layout.ts';
import type { NorFlash } from './nor-flash.ts';
import type { FlashReader } from './operation.ts';
import { storedSettings } from './settings-partition.ts';

/** What a date can be (ECMAScript: 100 million days). */
const LATEST_INSTANT = 8.64e15;

export interface InspectedSlot {
  readonly isEmpty: boolean;
  /** When the slot holds an image. */
  readonly version?: string;
  readonly imageSize?: number;
  /** Of the release description in it. */
  readonly release?: string;
  /** Why the bootloader would not start it; empty when it would. */
  readonly reasons: readonly VerifyReason[];
  readonly trailer: TrailerState;
}

/** What waits there to be sent. */
export interface InspectedOutbox {
  /** Oldest first. */
  readonly waiting: readonly {
    readonly messageId: string;
    readonly status: string;
    readonly queuedAt: string;
    readonly nextAttemptAt: string;
    readonly attempts: number;
    readonly bytes: number;
  }[];
  /** Mails that had to make room undelivered, in the life of the flash. */
  readonly dropped: number;
  /** Mails that waited and cannot be read any more. */
  readonly damaged: number;
  /** Bytes that can wait at once. */
  readonly capacity: number;
}

export interface InspectedFlash {
  readonly layout: BootConfig['layout'];
  readonly swapMode: BootConfig['swapMode'];
  readonly maxSectors: number;
  readonly downgrade: BootConfig['downgrade'];
  readonly keys: readonly string[];
  readonly slot0: InspectedSlot;
  readonly slot1: InspectedSlot;
  readonly swapStatus: SwapStatus;
  /** What the next boot would be asked to do. */
  readonly nextSwap: string;
  readonly settings?: { readonly schemaVersion: number; readonly generation: number };
  readonly outbox: InspectedOutbox;
  readonly securityCounter: number;
  readonly eraseCounts: Readonly<Record<RegionName, { readonly total: number; readonly most: number }>>;
}

export function inspectFlash(flash: NorFlash, config: BootConfig): InspectedFlash {
  const context = bootContext(flash, config);
  const swapStatus = readSwapStatus(context);
  const slot0 = inspectSlot(flash, config, 'slot0');
  const slot1 = inspectSlot(flash, config, 'slot1');
  const settings = storedSettings(flash);
  return {
    layout: config.layout,
    swapMode: config.swapMode,
    maxSectors: config.maxSectors,
    downgrade: config.downgrade,
    keys: config.keys.map(({ kind }) => kind),
    slot0,
    slot1,
    swapStatus,
    nextSwap: swapStatus.swapType === 'none' ? swapTypeOf(slot0.trailer, slot1.trailer) : swapStatus.swapType,
    ...(settings === undefined
      ? {}
      : { settings: { schemaVersion: settings.schemaVersion, generation: settings.generation } }),
    outbox: inspectOutbox(flash),
    securityCounter: flash.securityCounter,
    eraseCounts: {
      bootloader: wearOf(flash, 'bootloader'),
      slot0: wearOf(flash, 'slot0'),
      slot1: wearOf(flash, 'slot1'),
      scratch: wearOf(flash, 'scratch'),
      settings: wearOf(flash, 'settings'),
      outbox: wearOf(flash, 'outbox'),
    },
  };
}

function inspectSlot(flash: NorFlash, config: BootConfig, name: 'slot0' | 'slot1'): InspectedSlot {
  const context = bootContext(flash, config);
  const area = context[name];
  const trailer = trailerOf(context, area);
  if (hasNoCandidate(context, area)) return { isEmpty: true, reasons: [], trailer };
  const { reasons } = checkImage(context, area);
  const bytes = readArea(context, area);
  const read = readImageLayout(bytes);
  if (!read.ok) return { isEmpty: false, reasons, trailer };
  const { header, end } = read.layout;
  const release = releaseOfBody(bytes.subarray(header.headerSize, header.headerSize + header.bodySize));
  return {
    isEmpty: false,
    version: formatImageVersion(header.version),
    imageSize: end,
    ...(release === undefined ? {} : { release: release.version }),
    reasons,
    trailer,
  };
}

export function inspectOutbox(flash: FlashReader): InspectedOutbox {
  const log = new RecordLog(flash);
  const { waiting, dropped, damaged, unreadable } = storedOutbox(flash, log);
  return {
    waiting: waiting.map(({ queuedAt, entry: { mail, delivery } }) => ({
      messageId: mail.messageId,
      status: delivery.status,
      queuedAt: instantText(queuedAt),
      nextAttemptAt: instantText(delivery.nextAttemptAt ?? queuedAt),
      attempts: delivery.attempts,
      bytes: mail.raw.length,
    })),
    dropped,
    damaged: damaged + unreadable.length,
    capacity: log.capacity,
  };
}

/** Whatever number is in the flash. */
const instantText = (instant: Ms): string =>
  Math.abs(instant) <= LATEST_INSTANT ? formatInstant(instant) : 'no time';

function wearOf(flash: NorFlash, name: RegionName): { total: number; most: number } {
  const { sectorSize, regions } = flash.layout;
  const { offset, size } = regions[name];
  const counts = flash.eraseCounts.subarray(offset / sectorSize, (offset + size) / sectorSize);
  return { total: counts.reduce((sum, count) => sum + count, 0), most: Math.max(...counts) };
}

/** Rows for people: region, place, contents, erase counts. */
export function flashRows({
  layout,
  slot0,
  slot1,
  settings,
  outbox,
  eraseCounts,
  swapStatus,
}: InspectedFlash): string[][] {
  const contents: Readonly<Record<RegionName, string>> = {
    bootloader: '',
    slot0: slotText(slot0),
    slot1: slotText(slot1),
    scratch: swapStatus.source === 'scratch' ? 'a swap under way' : '',
    settings:
      settings === undefined ? 'none' : `schema ${settings.schemaVersion}, generation ${settings.generation}`,
    outbox: outboxText(outbox),
  };
  return REGION_NAMES.map((name) => {
    const { offset, size } = layout.regions[name];
    const place = `0x${(layout.baseAddress + offset).toString(16).padStart(8, '0')}`;
    return [name, place, `${size / 1024} KiB`, `${eraseCounts[name].most} erases at most`, contents[name]];
  });
}

export function outboxText({ waiting, dropped, damaged }: InspectedOutbox): string {
  const [oldest] = waiting;
  const waits =
    oldest === undefined ? 'nothing waits' : `${waiting.length} waiting, the oldest since ${oldest.queuedAt}`;
  return [waits, counted(dropped, 'dropped'), counted(damaged, 'damaged')].filter(Boolean).join(', ');
}

const counted = (count: number, what: string): string => (count === 0 ? '' : `${count} ${what}`);

/** One row for each mail that waits: Message-ID, status, attempts, next attempt. */
export function outboxRows({ outbox }: InspectedFlash): string[][] {
  return outbox.waiting.map(({ messageId, status, attempts, nextAttemptAt, bytes }) => [
    messageId,
    status,
    `${attempts} attempts`,
    `next ${nextAttemptAt}`,
    `${bytes} bytes`,
  ]);
}

function slotText({ isEmpty, version, release, reasons, trailer }: InspectedSlot): string {
  const state = `magic ${trailer.magic}, image_ok ${trailer.imageOk}, copy_done ${trailer.copyDone}, swap ${trailer.swapType ?? 'unset'}`;
  if (isEmpty) return `empty (${state})`;
  const what = release === undefined ? (version ?? 'no image') : `${version}, release ${release}`;
  const bad = reasons.length === 0 ? '' : `, refused: ${reasons.map(({ code }) => code).join(', ')}`;
  return `${what}${bad} (${state})`;
}
