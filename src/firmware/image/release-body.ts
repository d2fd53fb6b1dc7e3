/**
 * An N2 release as the body of an image: its description as JSON without blanks and with sorted keys, so that
 * how the file was written does not change the image.
 */
import { type Release, releaseSchema } from '../release.ts';

const OPENING_BRACE = 0x7b;
/** A description is some hundred bytes. */
const MAX_RELEASE_BYTES = 64 * 1024;

export function releaseBody(release: Release): Uint8Array {
  return Buffer.from(sortedJson(release), 'utf8');
}

/** The release that an image's body describes; undefined when it is a firmware of another kind. */
export function releaseOfBody(body: Uint8Array): Release | undefined {
  if (body[0] !== OPENING_BRACE || body.length > MAX_RELEASE_BYTES) return undefined;
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
  return releaseSchema.safeParse(document).data;
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
      : inner,
  );
}
