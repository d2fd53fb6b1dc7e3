/**
 * Who may ask. A page of another site in the user's browser must not: neither by a request across origins nor by a
 * name of its own that it lets point here (DNS rebinding). Pure.
 */
import { isIPv4, isIPv6 } from 'node:net';

/** Where the station listens. */
export interface HttpAddress {
  readonly host: string;
  readonly port: number;
}

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

interface Asked {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** Sec-Fetch-Site; browsers send it, programs do not. */
  readonly site: string | undefined;
}

/** @returns why a request is refused, or `undefined` */
export function refusalOf({ host, origin, site }: Asked, own: HttpAddress): Refusal | undefined {
  if (host === undefined || !isOwnHost(host, own)) {
    return {
      status: 421,
      code: 'WRONG_HOST',
      message: 'The Host header names neither an address nor localhost with the port of this station.',
    };
  }
  const isForeign =
    (origin !== undefined && origin !== `http://${host}`) ||
    (site !== undefined && site !== 'same-origin' && site !== 'none');
  return isForeign
    ? { status: 403, code: 'FOREIGN_ORIGIN', message: 'Pages of other origins may not ask here.' }
    : undefined;
}

/** An address cannot be let point here by anybody; of names only `localhost` and the one that was listened on count. */
function isOwnHost(host: string, own: HttpAddress): boolean {
  const [, name = '', port = '80'] = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/i.exec(host) ?? [];
  const bare = name.toLowerCase().replace(/^\[|\]$/g, '');
  return (
    Number(port) === own.port &&
    (bare === 'localhost' || isIPv4(bare) || isIPv6(bare) || bare === own.host.toLowerCase())
  );
}
