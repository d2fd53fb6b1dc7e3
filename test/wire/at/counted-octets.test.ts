/** Answers with counted octets, and prompts, through the parser of the device: every cut gives the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ms } from '../../../src/base/units.ts';
import { CountedOctets, MOST_COUNTED_OCTETS } from '../../../src/wire/at/counted-octets.ts';
import type { AtResponseEvent } from '../../../src/wire/at/event.ts';
import { AtResponseParser } from '../../../src/wire/at/response.ts';

const READ = { countedBy: '+QIRD' } as const;

const answer = (payload: Uint8Array): Buffer =>
  Buffer.concat([
    Buffer.from(`\r\n+QIRD: ${payload.length}\r\n`),
    payload,
    Buffer.from('\r\n\r\nOK\r\n\r\n+QIURC: "recv",0\r\n'),
  ]);

/** Reads chunks after `AT+QIRD=0,1500` was written. */
function read(chunks: readonly Uint8Array[], shape: { countedBy?: string } = READ): AtResponseEvent[] {
  const parser = new AtResponseParser();
  parser.expect('AT+QIRD=0,1500', shape);
  return chunks.flatMap((chunk, index) => [...parser.push(chunk, ms(index))]);
}

function cut(octets: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [...new Set(places.map((place) => place % (octets.length + 1)))].sort((a, b) => a - b);
  return [0, ...sorted].map((from, index) => octets.subarray(from, sorted[index] ?? octets.length));
}

const said = (payload: Uint8Array): AtResponseEvent[] => [
  { type: 'info', line: `+QIRD: ${payload.length}` },
  { type: 'octets', bytes: payload },
  { type: 'final', result: 'OK' },
  { type: 'urc', line: '+QIURC: "recv",0' },
];

const plain = (events: readonly AtResponseEvent[]) =>
  events.map((event) => (event.type === 'octets' ? { ...event, bytes: [...event.bytes] } : event));

describe('counted octets', () => {
  it.each([
    'OK',
    '\r\nOK\r\n',
    '\n\n',
    '\r\n+QIRD: 3\r\n',
    '\r\nRDY\r\n',
    '\r\nNO CARRIER\r\n',
    '"',
    '\0\x11\x13\x1a\x1b~',
    '> ',
  ])('%j is no line', (text) => {
    const payload = Buffer.from(text, 'latin1');
    expect(plain(read([answer(payload)]))).toEqual(plain(said(payload)));
  });

  it('are the same however the reads are cut', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (payload, places) => {
          expect(plain(read(cut(answer(payload), places)))).toEqual(plain(said(payload)));
        },
      ),
    );
  });

  it('are the same octet by octet', () => {
    const payload = Buffer.from('\n\r\nOK\r\n\0\xff', 'latin1');
    const octets = answer(payload);
    expect(plain(read([...octets].map((octet) => Uint8Array.of(octet))))).toEqual(plain(said(payload)));
  });

  it('nothing to read is an answer without octets', () => {
    expect(read([Buffer.from('\r\n+QIRD: 0\r\n\r\nOK\r\n')])).toEqual([
      { type: 'info', line: '+QIRD: 0' },
      { type: 'final', result: 'OK' },
    ]);
  });

  it('three numbers are no count, nor is one of another name or beyond the bound', () => {
    const counted = new CountedOctets();
    for (const line of [
      '+QIRD: 9,5,4',
      '+CSQ: 5',
      `+QIRD: ${MOST_COUNTED_OCTETS + 1}`,
      '+QIRD: -1',
      '+QIRD: 99999999',
    ]) {
      counted.announce(line, '+QIRD');
      expect(counted.isOpen).toBe(false);
    }
  });

  it('a command that asked for none has none', () => {
    expect(read([Buffer.from('\r\n+QIRD: 2\r\nOK\r\n')], {})).toEqual([
      { type: 'info', line: '+QIRD: 2' },
      { type: 'final', result: 'OK' },
    ]);
  });

  it('what is missing of a command that was given up does not eat the answer to the next', () => {
    const parser = new AtResponseParser();
    parser.expect('AT+QIRD=0,1500', READ);
    expect([...parser.push(Buffer.from('\r\n+QIRD: 100\r\nhalf'), ms(0))]).toEqual([
      { type: 'info', line: '+QIRD: 100' },
    ]);
    parser.abandon();
    parser.expect('AT');
    expect([...parser.push(Buffer.from('\r\nOK\r\n'), ms(1))]).toEqual([{ type: 'final', result: 'OK' }]);
  });

  it('a prompt asks for what belongs to AT+QISEND, and SEND OK ends it', () => {
    const parser = new AtResponseParser();
    parser.expect('AT+QISEND=0,5', {
      asksForText: true,
      finals: { 'SEND OK': 'OK', 'SEND FAIL': 'ERROR' },
    });
    expect([...parser.push(Buffer.from('\r\n> '), ms(0))]).toEqual([{ type: 'prompt' }]);
    expect([...parser.push(Buffer.from('\r\nSEND OK\r\n'), ms(1))]).toEqual([
      { type: 'final', result: 'OK' },
    ]);
  });

  it('a connection that opens while another is asked for is unsolicited', () => {
    const parser = new AtResponseParser();
    parser.expect('AT+QIOPEN=1,1,"TCP","10.0.0.9",25,0,0');
    expect([...parser.push(Buffer.from('\r\n+QIOPEN: 0,0\r\n\r\nOK\r\n'), ms(0))]).toEqual([
      { type: 'urc', line: '+QIOPEN: 0,0' },
      { type: 'final', result: 'OK' },
    ]);
  });
});
