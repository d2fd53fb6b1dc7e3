import { decode, encode, type Packet, RECURSION_DESIRED, type RecordType } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerQuery } from '../../src/aunet/name-server.ts';
import { address } from './given.ts';

const records = new Map([['kona.co.jp', address('198.51.100.25')]]);
const answer = (query: Uint8Array) => answerQuery(query, (name) => records.get(name));
const ask = (name: string, type: RecordType = 'A', more: Packet = {}) =>
  answer(
    encode({ type: 'query', id: 0x1234, flags: RECURSION_DESIRED, questions: [{ name, type }], ...more }),
  );
const read = (message: Uint8Array | undefined) => {
  const packet = decode(Buffer.from(message ?? []));
  return { id: packet.id, rcode: Reflect.get(packet, 'rcode'), answers: packet.answers, packet };
};

describe('the name server', () => {
  it('gives the address of a host, under the name as it was asked', () => {
    const reply = ask('Kona.co.JP');
    expect(reply?.outcome).toBe('found');
    const { id, rcode, answers, packet } = read(reply?.message);
    expect({ id, rcode }).toEqual({ id: 0x1234, rcode: 'NOERROR' });
    expect(answers).toMatchObject([{ type: 'A', name: 'Kona.co.JP', data: '198.51.100.25' }]);
    expect([packet.flag_qr, packet.flag_aa, packet.flag_rd, packet.flag_ra]).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  it('says that a name does not exist', () => {
    const reply = ask('nowhere.example');
    expect(reply?.outcome).toBe('no-such-name');
    expect(read(reply?.message)).toMatchObject({ rcode: 'NXDOMAIN', answers: [] });
  });

  it.each(['MX', 'AAAA', 'TXT'] as const)('has no %s records: the answer is empty', (type) => {
    const reply = ask('kona.co.jp', type);
    expect(reply?.outcome).toBe('no-data');
    expect(read(reply?.message)).toMatchObject({ rcode: 'NOERROR', answers: [] });
  });

  it('refuses what is not one question', () => {
    const question = { name: 'kona.co.jp', type: 'A' } as const;
    expect(read(ask('', 'A', { questions: [question, question] })?.message).rcode).toBe('FORMERR');
    expect(read(ask('', 'A', { questions: [] })?.message).rcode).toBe('FORMERR');
    expect(read(ask('kona.co.jp', 'A', { flags: 2 << 11 })?.message).rcode).toBe('NOTIMP');
  });

  it('does not answer an answer, nor a message longer than UDP carries', () => {
    expect(answer(encode({ type: 'response', id: 1, questions: [{ name: 'kona.co.jp', type: 'A' }] }))).toBe(
      undefined,
    );
    expect(answer(new Uint8Array(513))).toBe(undefined);
  });

  it('survives any octets, and answers within what UDP carries', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (octets) => {
        expect(answer(octets)?.message.length ?? 0).toBeLessThanOrEqual(512);
      }),
    );
    const query = encode({ type: 'query', questions: [{ name: 'kona.co.jp', type: 'A' }] });
    fc.assert(
      fc.property(fc.nat(query.length - 1), fc.integer({ min: 0, max: 255 }), (at, octet) => {
        expect(() => answer(query.with(at, octet))).not.toThrow();
      }),
    );
  });
});
