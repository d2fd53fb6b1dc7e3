/**
 * What differs between two images, field by field; settings by path. Secrets are compared sealed: that one has
 * changed is told, what it is never.
 */
import { createHash } from 'node:crypto';
import { MASK } from '../../base/trace.ts';
import { placeInside } from './document.ts';
import type { OpenedImage } from './inspect.ts';
import { SETTINGS_TLV } from './settings-record.ts';

export interface Difference {
  /** `version`, `header.flags`, `body`, `tlv.securityCounter`, `settings.mail.server.port`, ... */
  readonly path: string;
  /** Undefined when the left image has nothing there. */
  readonly left?: string;
  readonly right?: string;
  /** Both sides have a secret here: that it has changed is all that is told. */
  readonly isSecret?: true;
}

export function diffImages(left: OpenedImage, right: OpenedImage): Difference[] {
  const [one, other] = [left.inspected, right.inspected];
  return [
    ...compare('version', one.version, other.version),
    ...compare('header', one.header, other.header),
    ...compareBodies(left, right),
    ...compare('tlv', tlvsByName(left), tlvsByName(right)),
    ...compare('settings', storedSettings(left), storedSettings(right)),
    ...compare('trailer', one.trailer, other.trailer),
  ];
}

function compareBodies(left: OpenedImage, right: OpenedImage): Difference[] {
  if (Buffer.compare(left.body, right.body) === 0) return [];
  const [one, other] = [left.inspected.release, right.inspected.release];
  if (one !== undefined && other !== undefined) return compare('release', one, other);
  return [{ path: 'body', ...side('left', bodyText(left)), ...side('right', bodyText(right)) }];
}

const bodyText = ({ body, inspected }: OpenedImage): string =>
  inspected.release === undefined
    ? `${body.length} bytes, sha256 ${inspected.bodySha256.slice(0, 16)}`
    : `release ${inspected.release.version}`;

/** A settings record that can be read is compared by its contents; of several entries of a type each has its number. */
function tlvsByName({ inspected, settings }: OpenedImage): Record<string, string | number> {
  const named: Record<string, string | number> = {};
  for (const { name, type, value } of inspected.tlvs) {
    if (type === SETTINGS_TLV && settings !== undefined) continue;
    let key = name;
    for (let number = 2; key in named; number += 1) key = `${name} ${number}`;
    named[key] = value;
  }
  return named;
}

function storedSettings({ settings }: OpenedImage): unknown {
  if (settings === undefined) return undefined;
  const { document, schemaVersion, deviceKeyId } = settings;
  return { schemaVersion, deviceKey: Buffer.from(deviceKeyId).toString('hex'), ...document };
}

/** Differences of two values of any shape, down to the leaves. */
function compare(path: string, left: unknown, right: unknown): Difference[] {
  if (isMapping(left) && isMapping(right)) {
    const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
    return names.flatMap((name) => compare(placeInside(path, name), left[name], right[name]));
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    const length = Math.max(left.length, right.length);
    return Array.from({ length }, (_, index) => index).flatMap((index) =>
      compare(placeInside(path, index), left[index], right[index]),
    );
  }
  if (textOf(left) === textOf(right)) return [];
  const isSecret = left instanceof Uint8Array && right instanceof Uint8Array;
  const sides = { ...side('left', shown(left)), ...side('right', shown(right)) };
  return [{ path, ...sides, ...(isSecret ? { isSecret } : {}) }];
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

/** Tells values apart; of a sealed secret only a hash, which nothing prints. */
function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return createHash('sha256').update(value).digest('hex');
  return value === undefined ? 'undefined' : JSON.stringify(withoutSecrets(value));
}

function shown(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value instanceof Uint8Array) return MASK;
  return typeof value === 'string' ? value : JSON.stringify(withoutSecrets(value));
}

function withoutSecrets(value: unknown): unknown {
  if (value instanceof Uint8Array) return MASK;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutSecrets(inner)]));
}

function side<Name extends 'left' | 'right'>(
  name: Name,
  text: string | undefined,
): { [Key in Name]?: string };
function side(name: string, text: string | undefined): object {
  return text === undefined ? {} : { [name]: text };
}
