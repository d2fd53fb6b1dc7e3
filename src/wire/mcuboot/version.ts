/**
 * The version of an image, `MAJOR.MINOR.REVISION+BUILD`: 8, 8, 16 and 32 bits (MCUboot, struct image_version).
 */
export interface ImageVersion {
  readonly major: number;
  readonly minor: number;
  readonly revision: number;
  readonly build: number;
}

export const VERSION_BYTES = 8;

const VERSION = /^(0|[1-9]\d*)(?:\.(0|[1-9]\d*)(?:\.(0|[1-9]\d*)(?:\+(0|[1-9]\d*))?)?)?$/;

/** Parts that are left out are 0. Undefined when the text has another form or a part does not fit its field. */
export function parseImageVersion(text: string): ImageVersion | undefined {
  const match = VERSION.exec(text);
  if (match === null) return undefined;
  const [major = 0, minor = 0, revision = 0, build = 0] = match.slice(1).map((part) => Number(part ?? 0));
  const fits = major <= 0xff && minor <= 0xff && revision <= 0xffff && build <= 0xffff_ffff;
  return fits ? { major, minor, revision, build } : undefined;
}

export function formatImageVersion({ major, minor, revision, build }: ImageVersion): string {
  return `${major}.${minor}.${revision}+${build}`;
}

/** Below, equal to or above 0. The build number does not count, as in a bootloader with default settings. */
export function compareImageVersions(left: ImageVersion, right: ImageVersion): number {
  return left.major - right.major || left.minor - right.minor || left.revision - right.revision;
}

export function writeVersion(view: DataView, at: number, version: ImageVersion): void {
  view.setUint8(at, version.major);
  view.setUint8(at + 1, version.minor);
  view.setUint16(at + 2, version.revision, true);
  view.setUint32(at + 4, version.build, true);
}

export function readVersion(view: DataView, at: number): ImageVersion {
  return {
    major: view.getUint8(at),
    minor: view.getUint8(at + 1),
    revision: view.getUint16(at + 2, true),
    build: view.getUint32(at + 4, true),
  };
}
