import { request } from 'node:http';
import { connect } from 'node:net';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seconds } from '../../src/base/units.ts';
import { type HttpApi, openHttpApi } from '../../src/serve/http/http-server.ts';
import { openApiDocument } from '../../src/serve/http/openapi.ts';
import { NetworkSide } from '../../src/serve/network-side.ts';
import { acceptedMail, moduleCalled } from './given.ts';
import { MemoryOffer } from './memory-offer.ts';

let side: NetworkSide;
let api: HttpApi;
let base = '';

beforeAll(async () => {
  side = new NetworkSide({ seed: 1, module: moduleCalled('3gpp') });
  side.addLine('bench 1', new MemoryOffer());
  api = await openHttpApi({ host: '127.0.0.1', port: 0 }, side, '0.0.0');
  base = `http://127.0.0.1:${api.address.port}`;
});
afterAll(async () => {
  await api.close();
  await side.close();
});
beforeEach(() => {
  side.mails.clear();
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** `fetch` would not send these headers. */
function ask(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(`${base}${path}`, { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part) => {
        text += part;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const get = async (path: string) => JSON.parse((await ask('GET', path)).body);
const post = (path: string, document: unknown) =>
  ask('POST', path, { 'content-type': 'application/json' }, JSON.stringify(document));

describe('every answer', () => {
  const ajv = new Ajv2020({ strict: false });
  const { paths } = openApiDocument('0.0.0') as {
    paths: Record<
      string,
      Record<string, { responses: Record<string, { content: Record<string, { schema?: object }> }> }>
    >;
  };

  /** Checks an answer against the document. */
  function expectAsDocumented(method: string, path: string, { status, body }: Answer): void {
    const schema = paths[path]?.[method]?.responses[String(status)]?.content['application/json']?.schema;
    if (schema === undefined) {
      throw new Error(`${method} ${path} ${status} is not in the document`);
    }
    const error = { $ref: '#/components/schemas/Error' };
    const whole =
      JSON.stringify(schema) === JSON.stringify(error)
        ? openApiDocument('0.0.0').components.schemas.Error
        : schema;
    const validate = ajv.compile(whole);
    validate(JSON.parse(body));
    expect(validate.errors, `${method} ${path}: ${body}`).toBeNull();
  }

  it('is as the OpenAPI document says', async () => {
    const mail = acceptedMail({ subject: '=?utf-8?B?5rC05L2N?=' });
    side.mails.add(mail, 'bench 1');
    const asked: readonly (readonly [string, string, string, unknown?])[] = [
      ['GET', '/status', '/status'],
      ['GET', '/lines', '/lines'],
      ['GET', '/sessions', '/sessions'],
      ['GET', '/mails', '/mails'],
      ['GET', '/mails?wait=nonsense', '/mails'],
      ['GET', '/mails?subjct=alarm', '/mails'],
      ['GET', `/mails/${mail.id}`, '/mails/{id}'],
      ['GET', '/mails/none', '/mails/{id}'],
      ['POST', '/faults', '/faults', { spec: 'busy@times=2' }],
      ['POST', '/faults', '/faults', { fault: 'packet-loss', rate: 0.5 }],
      ['POST', '/faults', '/faults', { spec: 'bussy' }],
      ['POST', '/faults', '/faults', { fault: 'busy', colour: 1 }],
      ['GET', '/faults', '/faults'],
      ['DELETE', '/faults/1', '/faults/{id}'],
      ['DELETE', '/faults/1', '/faults/{id}'],
      ['DELETE', '/faults', '/faults'],
      ['POST', '/lines/bench%201/power-cycle', '/lines/{name}/power-cycle'],
      ['POST', '/lines/none/power-cycle', '/lines/{name}/power-cycle'],
      ['POST', '/lines/bench%201/ring', '/lines/{name}/ring'],
      ['DELETE', '/mails', '/mails'],
    ];
    for (const [method, target, path, document] of asked) {
      const answer = document === undefined ? await ask(method, target) : await post(target, document);
      expectAsDocumented(method.toLowerCase(), path, answer);
    }
  });

  it('has headers that keep browsers from guessing, caching and running anything', async () => {
    const { headers } = await ask('GET', '/');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-store');
  });

  it('is an error document where there is nothing, or not by this method', async () => {
    expect(await ask('GET', '/nothing')).toMatchObject({ status: 404 });
    expect(await ask('PUT', '/mails')).toMatchObject({ status: 405 });
    expect(JSON.parse((await ask('GET', '/nothing')).body).error.code).toBe('NO_SUCH_PATH');
  });
});

describe('mails', () => {
  it('are waited for, and given when there are enough that match', async () => {
    const waiting = get('/mails?wait=10s&count=2&to=Office&subject=%E6%B0%B4%E4%BD%8D');
    side.mails.add(acceptedMail({ subject: 'another' }), undefined);
    side.mails.add(acceptedMail({ subject: '=?utf-8?B?5rC05L2N?= 1' }), undefined);
    side.mails.add(acceptedMail({ subject: '=?utf-8?B?5rC05L2N?= 2' }), undefined);
    const { complete, mails } = await waiting;
    expect(complete).toBe(true);
    expect(mails.map(({ subject }: { subject: string }) => subject)).toEqual(['水位 1', '水位 2']);
  });

  it('are told as far as they came when the time is over', async () => {
    side.mails.add(acceptedMail({ subject: 'one' }), undefined);
    expect(await get('/mails?wait=20ms&count=2')).toMatchObject({
      complete: false,
      mails: [{ subject: 'one' }],
    });
  });

  it('are waited for by so many clients and no more', async () => {
    const clients = Array.from({ length: 32 }, () => new AbortController());
    const waiting = clients.map(({ signal }) => side.mails.wait({}, 1, seconds(60), signal));
    expect(await ask('GET', '/mails?wait=1s')).toMatchObject({ status: 429 });
    for (const client of clients) {
      client.abort();
    }
    await Promise.all(waiting);
    expect(await ask('GET', '/mails?wait=1ms')).toMatchObject({ status: 200 });
    expect(await ask('GET', '/mails?subjct=alarm')).toMatchObject({ status: 400 });
  });

  it('are given as they were sent, for keeping, not for showing', async () => {
    const mail = acceptedMail({ subject: 'x', body: '<script>alert(1)</script>' });
    side.mails.add(mail, undefined);
    const { headers, body } = await ask('GET', `/mails/${mail.id}/raw`);
    expect(headers['content-type']).toBe('message/rfc822');
    expect(headers['content-disposition']).toContain('attachment');
    expect(body).toBe(Buffer.from(mail.raw).toString());
  });

  it('show their subjects on the page as text', async () => {
    side.mails.add(acceptedMail({ subject: '<script>alert("x")</script>' }), undefined);
    const { body } = await ask('GET', '/');
    expect(body).toContain('&lt;script&gt;');
    expect(body).not.toMatch(/<script/i);
  });
});

describe('who is not meant', () => {
  it.each([
    ['a name that points here', { host: 'evil.example' }, 421],
    ['the right address with another port', { host: '127.0.0.1:1' }, 421],
    ['a page of another origin', { origin: 'http://evil.example' }, 403],
    ['a page without an origin', { origin: 'null' }, 403],
    ['a page of another port here', { origin: 'http://127.0.0.1:1' }, 403],
    ['a request that the browser calls foreign', { 'sec-fetch-site': 'cross-site' }, 403],
  ])('is refused: %s', async (_, headers: Record<string, string>, status) => {
    expect((await ask('GET', '/status', headers)).status).toBe(status);
    expect((await ask('DELETE', '/mails', headers)).status).toBe(status);
  });

  it('may come by localhost, by address, from the own page', async () => {
    const port = api.address.port;
    expect((await ask('GET', '/status', { host: `localhost:${port}` })).status).toBe(200);
    expect((await ask('GET', '/status', { origin: base, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });

  it('cannot send a form', async () => {
    const form = { 'content-type': 'text/plain' };
    expect((await ask('POST', '/faults', form, '{"spec":"busy"}')).status).toBe(415);
  });

  it('cannot send much', async () => {
    const json = { 'content-type': 'application/json' };
    expect((await ask('POST', '/faults', json, ' '.repeat(20_000))).status).toBe(413);
    const header = await ask('GET', '/status', { 'x-much': 'a'.repeat(20_000) });
    expect(header.status).toBe(431);
  });

  it('gets no crash for what is no HTTP', async () => {
    const socket = connect(api.address.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(Buffer.alloc(10_000, 0xff));
    await new Promise((resolve) => socket.once('close', resolve).resume());
    expect((await ask('GET', '/%E0%A4%A')).status).toBe(404);
    expect((await ask('GET', '/mails/%E0%A4%A')).status).toBe(400);
  });
});

it('streams what happens', async () => {
  const controller = new AbortController();
  const { body, headers } = await fetch(`${base}/events`, { signal: controller.signal });
  expect(headers.get('content-type')).toBe('text/event-stream');
  side.fail(new Error('for the test'), 'bench 1');
  let text = '';
  for await (const part of body ?? []) {
    text += Buffer.from(part).toString();
    if (text.includes('data: ')) {
      break;
    }
  }
  controller.abort();
  expect(text).toContain('event: failure');
  expect(JSON.parse(/data: (.*)/.exec(text)?.[1] ?? '')).toMatchObject({
    schema: 'kadec21/serve-event/1',
    type: 'failure',
    line: 'bench 1',
  });
});
