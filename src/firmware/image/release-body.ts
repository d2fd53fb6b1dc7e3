/**
 * An N2 release as the body of an image: its description as JSON without blanks and with sorted keys, so that
 * how the file was written does not change the image.
 */
import type { Release } from '../release.ts';

const OPENING_BRACE = 0x7b;
/** A description is some hundred bytes. */
const MAX_RELEASE_BYTES = 64 * 1024;

export function releaseBody(release: Release): Uint8Array {
  return Buffer.from(sortedJson(release), 'utf8');
}

/** A release as an image's body has it: looked at, not checked. */
export interface ReleaseDocument {
  readonly version: string;
  readonly settingsVersions: readonly number[];
  readonly [key: string]: unknown;
}

/**
 * The description that an image's body is; undefined when it is a firmware of another kind. Whether the firmware
 * can run from it is for `releaseSchema` to say, which this does without, so that looking stays quick.
 */
export function releaseOfBody(body: Uint8Array): ReleaseDocument | undefined {
  if (body[0] !== OPENING_BRACE || body.length > MAX_RELEASE_BYTES) return undefined;
  try {
    const document: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return isReleaseDocument(document) ? document : undefined;
  } catch {
    return undefined;
  }
}

function isReleaseDocument(document: unknown): document is ReleaseDocument {
  if (typeof document !== 'object' || document === null) return false;
  if (!('version' in document && 'settingsVersions' in document)) return false;
  const { version, settingsVersions } = document;
  return (
    typeof version === 'string' &&
    Array.isArray(settingsVersions) &&
    settingsVersions.every((known) => typeof known === 'number')
  );
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
      : inner,
  );
}
