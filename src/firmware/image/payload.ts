/**
 * What an image is to hold: the bytes of a firmware (bin, HEX, S-record, UF2, ELF), or the description of an N2
 * release, from which the emulated firmware runs.
 */
import type { StartAddress } from '../../wire/hex-record/contents.ts';
import type { Release } from '../release.ts';
import { releaseByVersion } from '../releases.ts';
import { formatByName } from './file-format.ts';
import { flatten } from './flatten.ts';
import { ImageInputError } from './image-error.ts';
import { readAddressedFile } from './input-file.ts';
import { releaseBody } from './release-body.ts';

export interface Payload {
  readonly body: Uint8Array;
  /** Where the file says that its first byte belongs. */
  readonly base?: number;
  readonly start?: StartAddress;
  readonly release?: Release;
  readonly warnings: readonly string[];
}

/** `release:2.1` stands for a release that comes along with this software. */
const BUILT_IN = /^release:(.+)$/;

/**
 * @param source a path, or `release:VERSION`
 * @throws ImageInputError, UserFileError, FirmwareError FIRMWARE_UNKNOWN_RELEASE
 */
export async function readPayload(source: string, erasedValue: number): Promise<Payload> {
  const builtIn = BUILT_IN.exec(source)?.[1];
  if (builtIn !== undefined) return releasePayload(releaseByVersion(builtIn));
  if (formatByName(source) === 'json') {
    // Loaded when needed: checking documents takes longer to load than everything else here.
    const { loadRelease } = await import('./release-file.ts');
    return releasePayload(await loadRelease(source));
  }
  const { segments, hasAddresses, start, warnings } = readAddressedFile(source);
  const { base, bytes } = flatten(segments, erasedValue, source);
  if (bytes.length === 0) throw new ImageInputError('PAYLOAD_UNUSABLE', `${source} holds no data.`);
  return {
    body: bytes,
    warnings,
    ...(hasAddresses ? { base } : {}),
    ...(start === undefined ? {} : { start }),
  };
}

function releasePayload(release: Release): Payload {
  return { body: releaseBody(release), release, warnings: [] };
}
