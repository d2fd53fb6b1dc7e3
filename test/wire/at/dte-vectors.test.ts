import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { atDte } from '../../vectors/at-dte.ts';
import type { VectorResult } from '../../vectors/family.ts';

const load = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../fixtures/vectors/${name}`, import.meta.url), 'utf8'));

async function differing(document: unknown): Promise<VectorResult[]> {
  const results: VectorResult[] = [];
  for await (const result of atDte.run(document)) {
    results.push(result);
  }
  expect(results.length).toBeGreaterThan(0);
  return results.filter(({ difference }) => difference !== undefined);
}

it('reads every answer of the shared vectors, however it is cut', async () => {
  expect(await differing(load('at.json'))).toEqual([]);
});

/** More of the same family, in the same format: what the dialogue adds to the reading. */
const MORE = [
  {
    name: 'no further line while a dial is pending',
    pending: ['ATD5559999', 'AT+CSQ'],
    chunks: [''],
    gapsMs: [20_000],
    expect: { events: [], notSent: ['AT+CSQ', '\n'] },
  },
  {
    name: 'a gap after the final result',
    pending: ['ATZ', 'AT+CSQ'],
    chunks: ['\r\nOK\r\n'],
    gapsMs: [50],
    expect: { events: [{ type: 'final', result: 'OK' }], nextWriteNotBeforeMs: 150 },
  },
  {
    name: 'silence tells a timeout with what had come',
    pending: 'AT+COPS?',
    setup: { timeoutMs: 5000 },
    chunks: ['\r\n+COPS: 0,0'],
    expect: { events: [{ type: 'timeout', command: 'AT+COPS?', partialLines: [], rawTail: '+COPS: 0,0' }] },
  },
  {
    name: 'an answer after the timeout with nothing else pending',
    pending: 'AT+COPS?',
    setup: { timeoutMs: 5000 },
    chunks: ['\r\n+CREG: 1\r\n', '\r\n+COPS: 0\r\n\r\nOK\r\n'],
    gapsMs: [5500, 1000],
    expect: {
      events: [
        { type: 'timeout', command: 'AT+COPS?' },
        { type: 'urc', line: '+CREG: 1' },
        { type: 'stale' },
      ],
    },
  },
  {
    name: 'DCD falls in data state',
    setup: { mode: 'data', DCD: 1 },
    chunks: ['~bye~', { event: 'dcd', value: 0 }, '\r\nNO CARRIER\r\n', { event: 'dcd', value: 1 }],
    gapsMs: [0, 10, 20, 1000],
    expect: { events: [{ type: 'data', bytes: '~bye~' }, { type: 'carrierLost' }], mode: 'command' },
  },
  {
    name: 'a call that is held ends',
    setup: { mode: 'data', escaping: true },
    chunks: ['\r\nOK\r\n', '\r\nNO CARRIER\r\n'],
    gapsMs: [1100, 3000],
    expect: { events: [{ type: 'escaped' }, { type: 'carrierLost' }], mode: 'command' },
  },
  {
    name: 'a call is held',
    setup: { mode: 'data', escaping: true },
    chunks: ['~late~', '\r\nOK\r\n'],
    gapsMs: [100, 1000],
    expect: { events: [{ type: 'data', bytes: '~late~' }, { type: 'escaped' }], mode: 'onlineCommand' },
  },
  {
    name: 'no answer to an escape',
    setup: { mode: 'data', escaping: true },
    chunks: ['~'],
    expect: {
      events: [
        { type: 'data', bytes: '~' },
        { type: 'timeout', command: '+++' },
      ],
      mode: 'data',
      nextWriteNotBeforeMs: 1000,
    },
  },
  {
    name: 'a reset while a command is outstanding',
    pending: ['AT+COPS?', 'AT'],
    chunks: ['\r\nRDY\r\n\r\n+CFUN: 1\r\n'],
    expect: { events: [{ type: 'modemReset' }, { type: 'urc', line: '+CFUN: 1' }] },
  },
  {
    name: 'the port is closed in the middle of an answer',
    pending: 'AT+COPS?',
    chunks: ['\r\n+COPS', { event: 'close' }],
    expect: { events: [{ type: 'portLost' }], mode: 'closed' },
  },
  {
    name: 'an answer that a vendor ends in words of its own',
    pending: { command: 'AT+CIPSEND=2', finals: ['SEND OK'], prompt: true },
    chunks: ['\r\n> ', 'ab\r\nSEND OK\r\n'],
    expect: { events: [{ type: 'prompt' }, { type: 'info', line: 'ab' }, { type: 'final', result: 'OK' }] },
  },
].map((vector) => ({ direction: 'dte', level: 'must', ...vector }));

it('reads what the dialogue adds', async () => {
  expect(await differing(MORE)).toEqual([]);
});

it.each([
  ['an expectation', { expect: { lines: { DCD: 1 } } }, /lines/],
  ['a setting', { setup: { Y: 3 }, expect: { events: [] } }, /Y/],
  ['a kind of event', { chunks: [{ event: 'thunder' }], expect: { events: [] } }, /chunks.0/],
  ['an event of the parser', { expect: { events: [{ type: 'thunder' }] } }, /type/],
  ['a key', { sense: 1, expect: { events: [] } }, /sense/],
  ['a value', { chunks: ['\r\nRING\r\n'], expect: { events: [{ type: 'urc', line: 'X' }] } }, /RING/],
  ['an event too few', { chunks: ['\r\nRING\r\n'], expect: { events: [] } }, /RING/],
  ['a mode', { expect: { mode: 'data' } }, /data/],
  ['a silence', { pending: 'AT', expect: { notSent: 'AT' } }, /was sent/],
])('lets no vector pass that expects what is not so: %s', async (_, vector, difference) => {
  const [result] = await differing([{ name: 'x', direction: 'dte', chunks: [], ...vector }]);
  expect(result?.difference).toMatch(difference);
});
