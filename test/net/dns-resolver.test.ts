import dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { ms } from '../../src/base/units.ts';
import { inVirtualTime } from '../../src/base/virtual-time.ts';
import { readAnswer } from '../../src/net/dns-resolver.ts';
import { IpHost } from '../../src/net/ip-host.ts';
import type { DatagramVerdict } from '../../src/net/udp-socket.ts';
import { formatIpv4, ipv4Address, parseIpv4 } from '../../src/wire/ipv4.ts';
import { memoryLink } from './memory-link.ts';

const first = ipv4Address(0xd2c403b7);
const second = ipv4Address(0xd28d70a3);
const NAME_ERROR = 3;
const SERVER_FAILURE = 2;

type Answers = dnsPacket.Answer[];

/** What a name server says to a query. */
function answer(
  query: Uint8Array,
  answers: Answers,
  responseCode = 0,
  changes: object = {},
): DatagramVerdict {
  const { id = 0, questions = [] } = dnsPacket.decode(Buffer.from(query));
  const payload = dnsPacket.encode({
    type: 'response',
    id,
    flags: responseCode,
    questions,
    answers,
    ...changes,
  });
  return { verdict: 'reply', payload };
}

const silence: DatagramVerdict = { verdict: 'drop' };

/** Resolves a name with name servers that do what `serve` says. */
function resolving(
  name: string,
  serve: (query: Uint8Array, server: string, count: number) => DatagramVerdict,
  nameServers = [first, second],
) {
  return inVirtualTime({ startAt: ms(0), random: seededRandom(1) }, async () => {
    const [here, there] = memoryLink({ delayMs: 10 });
    const asked: string[] = [];
    const host = new IpHost({ link: here, address: ipv4Address(1), random: seededRandom(2), nameServers });
    new IpHost({
      link: there,
      address: 'any',
      random: seededRandom(3),
      onDatagram: ({ destination, payload }) => {
        asked.push(formatIpv4(destination.address));
        return serve(payload, formatIpv4(destination.address), asked.length);
      },
    });
    const result = await host.resolve(name).then(formatIpv4, (error) => error);
    return { result, asked, elapsedMs: Date.now() };
  });
}

describe('resolve', () => {
  it('asks the first name server for the address', async () => {
    const { result, asked, elapsedMs } = await resolving('mail.example.jp', (query) =>
      answer(query, [{ type: 'A', name: 'MAIL.example.jp', data: '192.0.2.25' }]),
    );
    expect({ result, asked, elapsedMs }).toEqual({
      result: '192.0.2.25',
      asked: [formatIpv4(first)],
      elapsedMs: 20,
    });
  });

  it('takes an address as it is, without asking', async () => {
    const { result, asked } = await resolving('192.0.2.1', () => silence);
    expect({ result, asked }).toEqual({ result: '192.0.2.1', asked: [] });
  });

  it('follows aliases within the answer', async () => {
    const { result } = await resolving('mail.example.jp', (query) =>
      answer(query, [
        { type: 'A', name: 'b.example.jp', data: '192.0.2.9' },
        { type: 'CNAME', name: 'mail.example.jp', data: 'a.example.jp' },
        { type: 'CNAME', name: 'a.example.jp', data: 'b.example.jp' },
      ]),
    );
    expect(result).toBe('192.0.2.9');
  });

  it('does not follow aliases for ever', async () => {
    const { result } = await resolving('a.jp', (query) =>
      answer(query, [
        { type: 'CNAME', name: 'a.jp', data: 'b.jp' },
        { type: 'CNAME', name: 'b.jp', data: 'a.jp' },
      ]),
    );
    expect(result).toMatchObject({ code: 'DNS_NO_ADDRESS', layer: 'dns' });
  });

  it('asks again after 5 s, twice each server, and then gives up', async () => {
    const { result, asked, elapsedMs } = await resolving('mail.example.jp', () => silence);
    expect(result).toMatchObject({ code: 'DNS_NO_ANSWER' });
    expect(result.evidence).toHaveLength(4);
    expect(asked.map((server) => server.split('.')[1])).toEqual(['196', '196', '141', '141']);
    expect(elapsedMs).toBe(20_000);
  });

  it('survives a lost query', async () => {
    const { result, elapsedMs } = await resolving('mail.example.jp', (query, _server, count) =>
      count === 1 ? silence : answer(query, [{ type: 'A', name: 'mail.example.jp', data: '192.0.2.25' }]),
    );
    expect({ result, elapsedMs }).toEqual({ result: '192.0.2.25', elapsedMs: 5020 });
  });

  it('goes to the next server when one fails, or does not listen', async () => {
    for (const refusal of [
      (query: Uint8Array) => answer(query, [], SERVER_FAILURE),
      (): DatagramVerdict => ({ verdict: 'unreachable', code: 3 }),
    ]) {
      const { result, elapsedMs } = await resolving('mail.example.jp', (query, server) =>
        server === formatIpv4(first)
          ? refusal(query)
          : answer(query, [{ type: 'A', name: 'mail.example.jp', data: '192.0.2.25' }]),
      );
      expect({ result, elapsedMs }).toEqual({ result: '192.0.2.25', elapsedMs: 40 });
    }
  });

  it('says so at once when the name does not exist, or has no address', async () => {
    const missing = await resolving('nothing.example.jp', (query) => answer(query, [], NAME_ERROR));
    expect(missing.result).toMatchObject({ code: 'DNS_NO_SUCH_NAME' });
    expect(missing.asked).toHaveLength(1);
    const bare = await resolving('example.jp', (query) => answer(query, []));
    expect(bare.result).toMatchObject({ code: 'DNS_NO_ADDRESS' });
  });

  it('waits for the right answer when a wrong one comes first', async () => {
    const forged: Answers = [{ type: 'A', name: 'mail.example.jp', data: '203.0.113.66' }];
    const { result } = await resolving('mail.example.jp', (query, _server, count) =>
      count === 1 ? answer(query, forged, 0, { id: 1 }) : answer(query, [], NAME_ERROR),
    );
    expect(result).toMatchObject({ code: 'DNS_NO_SUCH_NAME' });
  });

  it('refuses what cannot be a name, and asks nobody', async () => {
    for (const name of [
      '',
      'two words',
      'a..b',
      `${'x'.repeat(64)}.jp`,
      '256.1.1.1',
      '10.0.0.1/24',
      'a\r\nb.jp',
    ]) {
      const { result, asked } = await resolving(name, () => silence);
      expect(result).toMatchObject({ code: 'DNS_BAD_NAME' });
      expect(asked).toEqual([]);
    }
  });

  it('needs a name server', async () => {
    const { result } = await resolving('mail.example.jp', () => silence, []);
    expect(result).toMatchObject({ code: 'DNS_NO_SERVER' });
  });
});

describe('an answer', () => {
  const encoded = dnsPacket.encode({
    type: 'response',
    id: 7,
    questions: [{ type: 'A', name: 'a.jp' }],
    answers: [{ type: 'A', name: 'a.jp', data: '192.0.2.1' }],
  });

  it('counts only for its own id and name', () => {
    expect(readAnswer(encoded, 7, 'A.jp.')).toBe(parseIpv4('192.0.2.1'));
    expect(readAnswer(encoded, 8, 'a.jp')).toBeUndefined();
    expect(readAnswer(encoded, 7, 'b.jp')).toBeUndefined();
  });

  it('never makes the reader throw, whatever its octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(encoded.length), (octets, at) => {
        readAnswer(octets, 7, 'a.jp');
        const damaged = Buffer.from(encoded);
        damaged.set(octets.subarray(0, Math.max(0, damaged.length - at)), at);
        readAnswer(damaged, 7, 'a.jp');
        readAnswer(damaged.subarray(0, at), 7, 'a.jp');
      }),
    );
  });
});
