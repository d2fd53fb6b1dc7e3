import { describe, expect, it } from 'vitest';
import { atDce } from '../../vectors/at-dce.ts';

/** What the runner says of one vector; undefined when it passes. */
async function differenceOf(vector: object): Promise<string | undefined> {
  for await (const { difference } of atDce.run([
    { name: 'x', direction: 'dce', chunks: ['AT\r'], ...vector },
  ])) {
    return difference;
  }
  throw new Error('The vector was not run.');
}

describe('the runner of AT vectors', () => {
  it('takes only its own direction', async () => {
    expect(atDce.recognises([{ direction: 'dte' }, { direction: 'dce' }])).toBe(true);
    expect(atDce.recognises([{ vectors: [] }])).toBe(false);
    const results = [];
    for await (const result of atDce.run([{ name: 'x', direction: 'dte' }])) {
      results.push(result);
    }
    expect(results).toEqual([]);
  });

  it.each([
    { expect: { output: 'AT\r\r\nERROR\r\n' } },
    { expect: { outputEndsWith: 'ERROR\r\n' } },
    { expect: { finals: [] } },
    { expect: { finals: ['OK', 'OK'] } },
    { expect: { finalsCount: 2 } },
    { expect: { finalsAnyOf: [['ERROR'], []] } },
    { expect: { finalsEndWith: ['ERROR'] } },
    { expect: { info: ['x'] } },
    { expect: { infoMatches: ['x'] } },
    { expect: { urcs: ['RING'] } },
    { expect: { state: { E: 0 } } },
    { expect: { state: { mode: 'data' } } },
    { expect: { state: { CREG: 1 } } },
    { expect: { lines: { DCD: 1 } } },
    { expect: { lines: { DCD: 'rises' } } },
    { expect: { toPeer: 'x' } },
    { expect: { events: [{ type: 'dial' }] } },
    { expect: { withinMs: 1 } },
    { expect: { afterMs: 10 } },
    { expect: { notEchoed: '\r' }, chunks: ['AT\r', 'AT\r'], gapsMs: [0, 100] },
    { expect: { smsSent: 1 } },
    { expect: { urcPosition: 'before first' }, chunks: [{ event: 'incomingCall' }] },
  ])('finds the difference: $expect', async (vector) => {
    expect(await differenceOf(vector)).toBeTypeOf('string');
  });

  it.each([
    { expect: { output: 'AT\r\r\nOK\r\n', finals: ['OK'], finalsCount: 1, finalsAnyOf: [[], ['OK']] } },
    { expect: { finals: ['0'] }, chunks: ['ATV0\r'] },
    { expect: { infoMatches: '^\\+CSQ: \\d+', state: { CREG: '0,1', IPR: 0 } }, chunks: ['AT+CSQ\r'] },
    {
      expect: { lines: { DCD: 'falls after bye' } },
      setup: { mode: 'data' },
      chunks: [{ event: 'peerClose', afterData: 'bye' }],
    },
    { expect: { lines: { DCD: 'rises before CONNECT' }, state: { call: 'up' } }, chunks: ['ATD5551234\r'] },
    { expect: { urcs: ['NO CARRIER'] }, setup: { mode: 'online-command' }, chunks: [{ event: 'peerClose' }] },
    {
      expect: { finals: ['OK'] },
      setup: { mode: 'data', E: 0 },
      chunks: [{ event: 'slaveClose' }, { event: 'slaveOpen' }, 'AT\r'],
    },
    {
      expect: { finals: ['NO CARRIER'], afterMs: 2000, withinMs: 2100 },
      setup: { S7: 2 },
      chunks: ['ATD5559999\r'],
    },
  ])('lets pass what is right: $expect', async (vector) => {
    expect(await differenceOf(vector)).toBeUndefined();
  });

  it.each([
    { expect: { sound: 'beep' } },
    { expect: { finalsBackwards: [] } },
    { expect: { state: { colour: 1 } } },
    { expect: { lines: { XYZ: 1 } } },
    { expect: { lines: { DCD: 'dances' } } },
    { expect: { urcPosition: 'anywhere' } },
    { expect: {}, setup: { weather: 'rain' } },
    { expect: {}, setup: { mode: 'sleep' } },
    { expect: {}, chunks: [{ event: 'explosion' }] },
    { expect: {}, moon: 'full' },
  ])('fails what it does not know: %o', async (vector) => {
    expect(await differenceOf(vector)).toMatch(/^This runner does not know/);
  });

  it('fails a vector without expectations', async () => {
    expect(await differenceOf({})).toMatch(/expects nothing/);
  });
});
