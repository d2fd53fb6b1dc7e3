/** What the bootloader found, decided and did: for people, for `--json`, for the firmware that starts. */
import type { SwapMode } from '../../wire/mcuboot/slot-limits.ts';
import type { SwapTypeName, TrailerState } from '../../wire/mcuboot/trailer.ts';
import type { VerifyReport } from '../image/verify.ts';
import type { VerifyReason } from '../image/verify-reason.ts';
import type { StatusSource } from './swap-status.ts';

export type BootAction =
  /** The slots are as they were. */
  | 'none'
  | 'swapped'
  /** A swap that was cut off has been finished. */
  | 'swap-finished'
  /** Overwrite only. */
  | 'copied'
  /** Slot 1 held no image that may run: it has been erased. */
  | 'slot1-erased'
  /** There was no image for what the trailers asked: the trailer of slot 1 has been erased. */
  | 'trailer-erased'
  /** Move mode: the images and the spare sector do not fit. */
  | 'no-room'
  /** The trailer of a swap under way says more bytes than the slots have: nothing has been touched. */
  | 'status-damaged'
  /** Move mode: without an image in slot 0 the slots are left as they are. */
  | 'slot0-empty';

export interface BootReport {
  readonly swapMode: SwapMode;
  /** The trailers before anything was done. */
  readonly found: {
    readonly slot0: TrailerState;
    readonly slot1: TrailerState;
    readonly statusSource: StatusSource;
  };
  /** What was asked for; of a swap that was cut off, what its trailer says. */
  readonly swapType: SwapTypeName;
  readonly action: BootAction;
  /** Why the image in slot 1 was refused. */
  readonly refused?: readonly VerifyReason[];
  /** Of the image in slot 0 that is started, or is not: then `reasons` says why. */
  readonly image: VerifyReport;
  readonly isBootable: boolean;
  /** The image runs on trial: unless it is confirmed, the next boot brings the one before back. */
  readonly isOnTrial: boolean;
  /** What the fuses have counted up to after this boot. */
  readonly securityCounter: number;
}

/** Lines for people. */
export function bootLines(report: BootReport): string[] {
  const lines = [`${ASKED[report.swapType]}; ${DONE[report.action]}`];
  for (const { code, message } of report.refused ?? []) lines.push(`  slot 1 refused: ${code}: ${message}`);
  if (report.isBootable) {
    const { version = '?', signedBy } = report.image;
    const signed = signedBy === undefined ? 'signature not checked' : `signed with ${signedBy.kind}`;
    lines.push(`boots ${version} from slot 0 (${signed})`);
    if (report.isOnTrial)
      lines.push('  on trial: unless it is confirmed, the next boot brings the image before back');
    return lines;
  }
  lines.push('nothing boots');
  for (const { code, message } of report.image.reasons) lines.push(`  slot 0: ${code}: ${message}`);
  return lines;
}

const ASKED: Readonly<Record<SwapTypeName, string>> = {
  none: 'no update asked for',
  test: 'update on trial asked for',
  permanent: 'update for good asked for',
  revert: 'the image on trial was not confirmed',
};

const DONE: Readonly<Record<BootAction, string>> = {
  none: 'the slots are as they were',
  swapped: 'the slots have been swapped',
  'swap-finished': 'the swap that was cut off has been finished',
  copied: 'slot 1 has been copied over slot 0',
  'slot1-erased': 'slot 1 has been erased',
  'trailer-erased': 'slot 1 holds no image for it, its trailer has been erased',
  'no-room': 'no room to swap by moving',
  'status-damaged': 'not finished, as the trailer of the swap under way is damaged',
  'slot0-empty': 'not done, as slot 0 holds no image to move',
};
