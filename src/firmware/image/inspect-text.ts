/** What an image says about itself, as lines for people. */
import type { CborValue } from '../../wire/cbor.ts';
import { placeInside } from './document.ts';
import type { InspectedImage, InspectedTlv } from './inspect.ts';
import { isDocument } from './settings-record.ts';

/** Longer values are cut; `--json` has them whole. */
const SHOWN_VALUE_CHARACTERS = 32;

export function inspectionLines(image: InspectedImage): string[] {
  const { header, trailer, release, settings } = image;
  const flags = header.flags.length === 0 ? 'none' : header.flags.join(', ');
  return [
    `version       ${image.version}`,
    `image         ${image.imageSize} bytes, ${image.bytesBehind} behind it`,
    `header        ${header.headerSize} bytes, flags ${flags}, load address ${hexNumber(header.loadAddress)}`,
    `body          ${header.bodySize} bytes, sha256 ${image.bodySha256.slice(0, 16)}`,
    ...['protected', 'plain'].flatMap((area) => tlvLines(image.tlvs, area)),
    ...(release === undefined ? [] : ['release', ...leafLines(release)]),
    ...(settings === undefined
      ? []
      : [
          `settings      version ${settings.schemaVersion}, sealed with device key ${settings.deviceKeyId}`,
          ...documentLines(settings.document),
        ]),
    ...(trailer === undefined
      ? []
      : [
          `trailer       magic ${trailer.magic}, image_ok ${trailer.imageOk}, copy_done ${trailer.copyDone}, ` +
            `swap type ${trailer.swapType ?? 'not written'}, cells of ${trailer.maxAlign} bytes`,
        ]),
  ];
}

function tlvLines(tlvs: readonly InspectedTlv[], area: string): string[] {
  const entries = tlvs.filter((tlv) => tlv.area === area);
  if (entries.length === 0) return [];
  return [
    `${area} entries`,
    ...entries.map(({ name, length, value, offset }) => {
      const text = String(value);
      const shown =
        text.length > SHOWN_VALUE_CHARACTERS ? `${text.slice(0, SHOWN_VALUE_CHARACTERS)}...` : text;
      return `  ${hexNumber(offset)}  ${name}  ${length} bytes  ${name === 'settings' ? '(see below)' : shown}`;
    }),
  ];
}

function leafLines(value: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(value).map(([name, inner]) => {
    return `  ${name}: ${typeof inner === 'string' ? inner : JSON.stringify(inner)}`;
  });
}

function documentLines(value: CborValue, place = ''): string[] {
  if (!isDocument(value)) {
    return [`  ${place}: ${typeof value === 'string' ? oneLine(value) : JSON.stringify(value)}`];
  }
  return Object.entries(value).flatMap(([name, inner]) => documentLines(inner, placeInside(place, name)));
}

/** A certificate has many lines; its first says what it is. */
function oneLine(text: string): string {
  const [first = '', ...rest] = text.split('\n');
  return rest.length === 0 ? first : `${first} (${rest.length} more lines)`;
}

const hexNumber = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;
