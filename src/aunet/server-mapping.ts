/**
 * `HOST:PORT=ADDRESS:PORT`: a port of the emulated Internet that a real server answers.
 * The right-hand side is an address that the user writes; names are never resolved, so nothing real is met by chance.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { Kadec21Error } from '../base/errors.ts';
import { type Ipv4Address, parseIpv4 } from '../wire/ipv4.ts';

export interface ServerMapping {
  /** What the device connects to: a name in lower case, or an address. */
  readonly host: { readonly name: string } | { readonly address: Ipv4Address };
  readonly port: number;
  /** What answers in reality. */
  readonly real: { readonly address: string; readonly port: number };
}

export class ServerMappingError extends Kadec21Error {
  readonly code = 'SERVER_MAPPING_INVALID';
  readonly layer = 'usage';

  constructor(text: string, what: string) {
    super(`${JSON.stringify(text)} maps no server: ${what}.`, {
      advice: 'Write HOST:PORT=ADDRESS:PORT, such as mail.example.jp:587=127.0.0.1:2587',
    });
  }
}

/** RFC 1035 §2.3.4 and RFC 1123 §2.1: letters, digits and hyphens, at most 63 a label and 253 in all. */
const HOST_NAME =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** @throws ServerMappingError that says what is wrong with the text */
export function parseServerMapping(text: string): ServerMapping {
  const halves = text.split('=');
  const [emulated, real] = halves;
  if (emulated === undefined || real === undefined || halves.length !== 2) {
    throw new ServerMappingError(text, 'there must be exactly one "="');
  }
  const [host, port] = splitPort(text, emulated);
  const [address, realPort] = splitPort(text, real);
  return {
    host: parseHost(text, host),
    port,
    real: { address: parseAddress(text, address), port: realPort },
  };
}

function splitPort(text: string, end: string): [host: string, port: number] {
  const colon = end.lastIndexOf(':');
  const digits = end.slice(colon + 1);
  const port = Number(digits);
  if (colon === -1 || !/^\d{1,5}$/.test(digits) || port < 1 || port > 65_535) {
    throw new ServerMappingError(text, `${JSON.stringify(end)} does not end in a port, 1 to 65535`);
  }
  return [end.slice(0, colon), port];
}

function parseHost(text: string, host: string): ServerMapping['host'] {
  const address = parseIpv4(host);
  if (address !== undefined) {
    return { address };
  }
  const name = host.toLowerCase().replace(/\.$/, '');
  if (!HOST_NAME.test(name) || /^[\d.]+$/.test(name)) {
    throw new ServerMappingError(text, `${JSON.stringify(host)} is neither a host name nor an IPv4 address`);
  }
  return { name };
}

function parseAddress(text: string, address: string): string {
  // RFC 6761 §6.3: this name always means this machine.
  if (address.toLowerCase() === 'localhost') {
    return '127.0.0.1';
  }
  const bare = /^\[(.*)\]$/.exec(address)?.[1];
  if (isIPv4(address) || (bare !== undefined && isIPv6(bare))) {
    return bare ?? address;
  }
  throw new ServerMappingError(
    text,
    `${JSON.stringify(address)} is no IP address (IPv6 in brackets); names are not resolved`,
  );
}
