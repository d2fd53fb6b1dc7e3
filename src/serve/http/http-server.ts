/** The shell of the HTTP API: sockets, bounds, headers. What is answered: routes.ts; who may ask: guard.ts. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { LineError } from '../../serial/line-error.ts';
import type { NetworkSide } from '../network-side.ts';
import { EventStreams, MAX_LISTENERS } from './event-stream.ts';
import { type HttpAddress, refusalOf } from './guard.ts';
import { HttpError } from './http-error.ts';
import { openApiDocument } from './openapi.ts';
import { RELOAD_AFTER_S, stationPage } from './page.ts';
import { type Content, type Route, routes } from './routes.ts';

/** Waiters, listeners and some that ask. */
const MAX_CONNECTIONS = 128;
const MAX_HEADER_BYTES = 8 * 1024;
/** A fault is some hundred octets. */
const MAX_BODY_BYTES = 16 * 1024;
const REQUEST_TIMEOUT_MS = 10_000;

const COMMON_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
} as const;

export interface HttpApi {
  /** Where it listens; the port is the real one where 0 was asked for. */
  readonly address: HttpAddress;
  close(): Promise<void>;
}

/** @throws LineError where it cannot listen there */
export async function openHttpApi(
  { host, port }: HttpAddress,
  side: NetworkSide,
  version: string,
): Promise<HttpApi> {
  const streams = new EventStreams(side);
  const desk = new Desk(side, streams, version);
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: REQUEST_TIMEOUT_MS,
    },
    (request, response) => desk.serve(request, response),
  );
  server.maxConnections = MAX_CONNECTIONS;
  const address = await listen(server, host, port);
  desk.address = address;
  return {
    address,
    close: () =>
      new Promise((resolve) => {
        streams.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, host: string, port: number): Promise<HttpAddress> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new LineError('LINE_BUSY', `HTTP cannot be served at ${host}:${port}: ${cause.message}`, { cause }),
      ),
    );
    server.listen(port, host, () => {
      const bound = server.address();
      resolve({ host, port: typeof bound === 'object' && bound !== null ? bound.port : port });
    });
  });
}

/** Takes one request after the other. */
class Desk {
  address: HttpAddress = { host: '', port: 0 };
  readonly #side: NetworkSide;
  readonly #streams: EventStreams;
  readonly #version: string;

  constructor(side: NetworkSide, streams: EventStreams, version: string) {
    this.#side = side;
    this.#streams = streams;
    this.#version = version;
  }

  serve(request: IncomingMessage, response: ServerResponse): void {
    this.#answer(request, response).catch((failure) => {
      if (!response.headersSent) {
        sendError(response, failure);
      } else {
        response.destroy();
      }
      if (!(failure instanceof HttpError)) {
        this.#side.fail(failure);
      }
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host, origin } = request.headers;
    const site = request.headers['sec-fetch-site'];
    const refusal = refusalOf(
      { host, origin, site: typeof site === 'string' ? site : undefined },
      this.address,
    );
    if (refusal !== undefined) {
      throw new HttpError(refusal.status, refusal.code, refusal.message);
    }
    const url = urlOf(request.url);
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
    if (method === 'GET' && this.#serveSpecial(url.pathname, response)) {
      return;
    }
    const { route, path } = find(method, url.pathname);
    checkQuery(url.searchParams, route.query);
    const body = await bodyOf(request);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const content = await route.handle({
      side: this.#side,
      path,
      query: url.searchParams,
      body,
      left: gone.signal,
    });
    send(response, content);
  }

  /** What is no JSON of the table. */
  #serveSpecial(path: string, response: ServerResponse): boolean {
    switch (path) {
      case '/':
        response.writeHead(200, {
          ...COMMON_HEADERS,
          'content-type': 'text/html; charset=utf-8',
          refresh: String(RELOAD_AFTER_S),
        });
        response.end(stationPage(this.#side));
        return true;
      case '/openapi.json':
        send(response, { type: 'json', document: openApiDocument(this.#version) });
        return true;
      case '/events':
        if (!this.#streams.add(response)) {
          throw new HttpError(429, 'TOO_MANY_LISTENERS', `${MAX_LISTENERS} clients listen already.`);
        }
        return true;
      default:
        return false;
    }
  }
}

function urlOf(target = '/'): URL {
  const base = 'http://station';
  if (!URL.canParse(target, base)) {
    throw new HttpError(400, 'BAD_PATH', 'The path cannot be read.');
  }
  return new URL(target, base);
}

/** A word that nobody knows would ask for everything where its writer asked for something. */
function checkQuery(query: URLSearchParams, known: Readonly<Record<string, string>> | undefined): void {
  const unknown = [...query.keys()].find((name) => known !== undefined && !Object.hasOwn(known, name));
  if (known !== undefined && unknown !== undefined) {
    const names = Object.keys(known).join(', ');
    throw new HttpError(400, 'BAD_QUERY', `${unknown.slice(0, 40)}: there is only ${names}.`);
  }
}

/** @throws HttpError: no such path, or not by this method */
function find(method: string, pathname: string): { route: Route; path: Record<string, string> } {
  let isKnownPath = false;
  for (const route of routes) {
    const path = match(route.path, pathname);
    if (path !== undefined && route.method === method) {
      return { route, path };
    }
    isKnownPath ||= path !== undefined;
  }
  throw isKnownPath
    ? new HttpError(405, 'WRONG_METHOD', 'This path is not asked by this method.')
    : new HttpError(404, 'NO_SUCH_PATH', 'There is nothing here; GET /openapi.json tells what there is.');
}

function match(pattern: string, pathname: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = pathname.split('/');
  if (wanted.length !== given.length) {
    return undefined;
  }
  const path: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const text = given[index] ?? '';
    const [, name] = /^\{(\w+)\}$/.exec(part) ?? [];
    if (name !== undefined) {
      path[name] = decoded(text);
    } else if (part !== text) {
      return undefined;
    }
  }
  return path;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new HttpError(400, 'BAD_PATH', 'The path cannot be read.');
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > MAX_BODY_BYTES) {
      throw new HttpError(413, 'TOO_LARGE', `At most ${MAX_BODY_BYTES} octets.`);
    }
    parts.push(part);
  }
  if (length === 0) {
    return undefined;
  }
  // A form of another page cannot say this type without asking first.
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new HttpError(415, 'NOT_JSON', 'Expected content-type: application/json.');
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    throw new HttpError(400, 'NOT_JSON', 'The body is not JSON.');
  }
}

function send(response: ServerResponse, content: Content): void {
  if (content.type === 'json') {
    response.writeHead(content.status ?? 200, {
      ...COMMON_HEADERS,
      'content-type': 'application/json; charset=utf-8',
    });
    response.end(`${JSON.stringify(content.document, null, 2)}\n`);
    return;
  }
  // Never rendered: whatever a mail holds, a browser keeps it as a file.
  response.writeHead(200, {
    ...COMMON_HEADERS,
    'content-type': 'message/rfc822',
    'content-disposition': 'attachment; filename="mail.eml"',
  });
  response.end(content.raw);
}

function sendError(response: ServerResponse, failure: unknown): void {
  const { status, code, message } =
    failure instanceof HttpError
      ? failure
      : { status: 500, code: 'INTERNAL', message: 'Something went wrong in the station; its log tells it.' };
  // What is left of a request that was too long is not read.
  const headers = status === 413 ? { connection: 'close' } : {};
  response.writeHead(status, {
    ...COMMON_HEADERS,
    ...headers,
    'content-type': 'application/json; charset=utf-8',
  });
  response.end(`${JSON.stringify({ error: { code, message } })}\n`);
}
