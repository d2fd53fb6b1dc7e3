/** What the arguments of the image commands may say. */
import { InvalidArgumentError } from 'commander';
import { type ImageVersion, parseImageVersion } from '../../wire/mcuboot/version.ts';

const NUMBER = /^(0x[0-9a-f]+|0|[1-9]\d*)([kM]?)$/i;
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 * 1024 };

/** A whole number up to 32 bits: `131072`, `0x20000`, `128k`, `1M`. */
export function wholeNumber(text: string): number {
  const [, digits = '', unit = ''] = NUMBER.exec(text) ?? [];
  const value = Number(digits) * (UNITS[unit.toLowerCase()] ?? 1);
  if (digits === '' || value > 0xffff_ffff) {
    throw new InvalidArgumentError('Expected a whole number such as 131072, 0x20000 or 128k.');
  }
  return value;
}

export function byteValue(text: string): number {
  const value = wholeNumber(text);
  if (value > 0xff) throw new InvalidArgumentError('Expected a byte, such as 0xff.');
  return value;
}

export function imageVersion(text: string): ImageVersion {
  const version = parseImageVersion(text);
  if (version === undefined) {
    throw new InvalidArgumentError(
      'Expected MAJOR.MINOR.REVISION+BUILD, such as 2.1.0+7 (255.255.65535+4294967295 at most).',
    );
  }
  return version;
}

export function securityCounter(text: string): number | 'auto' {
  return text === 'auto' ? 'auto' : wholeNumber(text);
}

/** For an option that may be given several times. */
export function collect<Value>(parse: (text: string) => Value): (text: string, before?: Value[]) => Value[] {
  return (text, before = []) => [...before, parse(text)];
}

/** `1:1.0.2+7`, or as imgtool has it `(1, 1.0.2+7)`. */
export function dependency(text: string): { image: number; version: ImageVersion } {
  const [, image = '', versionText = ''] = /^\(?\s*(\d{1,3})\s*[:,]\s*([\d.+]+)\s*\)?$/.exec(text) ?? [];
  const version = parseImageVersion(versionText);
  if (image === '' || Number(image) > 0xff || version === undefined) {
    throw new InvalidArgumentError('Expected IMAGE:VERSION, such as 1:1.0.2+7.');
  }
  return { image: Number(image), version };
}

/** `0x00a0=0x6661726d` (bytes) or `0x01a1=hello` (text). */
export function customTlv(text: string): { type: number; value: Uint8Array } {
  const [, type = '', value = ''] = /^(0x[0-9a-f]{1,4})=(.*)$/is.exec(text) ?? [];
  const low = Number(type) & 0xff;
  const isHex = value.startsWith('0x');
  if (type === '' || low < 0xa0 || low > 0xfe || (isHex && !/^0x([0-9a-f]{2})*$/i.test(value))) {
    throw new InvalidArgumentError('Expected TYPE=TEXT or TYPE=0xHEX, TYPE from 0x??a0 to 0x??fe.');
  }
  return {
    type: Number(type),
    value: isHex ? Buffer.from(value.slice(2), 'hex') : Buffer.from(value, 'utf8'),
  };
}
