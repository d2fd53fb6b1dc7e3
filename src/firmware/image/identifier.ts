/**
 * Vendor and class identifiers (TLVs UUID_VID, UUID_CID): a UUID as it is, or the name-based UUID (RFC 9562
 * §5.5, version 5) of a name, as imgtool makes it.
 */
import { createHash } from 'node:crypto';

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** RFC 9562 §6.6: 6ba7b810-9dad-11d1-80b4-00c04fd430c8. */
const NAMESPACE_DNS = Buffer.from('6ba7b8109dad11d180b400c04fd430c8', 'hex');

/** A UUID, or a domain name. */
export function vendorIdentifier(text: string): Uint8Array {
  return parseUuid(text) ?? nameBasedUuid(NAMESPACE_DNS, text);
}

/** A UUID, or a name within the vendor's. */
export function classIdentifier(text: string, vendorId: Uint8Array): Uint8Array {
  return parseUuid(text) ?? nameBasedUuid(vendorId, text);
}

export function formatUuid(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function parseUuid(text: string): Uint8Array | undefined {
  return UUID.test(text) ? Buffer.from(text.replaceAll('-', ''), 'hex') : undefined;
}

function nameBasedUuid(namespace: Uint8Array, name: string): Uint8Array {
  const uuid = createHash('sha1').update(namespace).update(name, 'utf8').digest().subarray(0, 16);
  uuid[6] = ((uuid[6] ?? 0) & 0x0f) | 0x50;
  uuid[8] = ((uuid[8] ?? 0) & 0x3f) | 0x80;
  return uuid;
}
