import { describe, expect, it } from 'vitest';
import { ms } from '../../../src/base/units.ts';
import { DataTail } from '../../../src/wire/at/data-tail.ts';

describe('the end of a stream that may become the end of data state', () => {
  it('is still known when the buffer that it came in is used again', () => {
    const tail = new DataTail();
    tail.watchFor([{ words: 'NO CARRIER', meaning: 'carrierLost', header: '\r\n', trailer: '\r\n' }]);
    const buffer = Buffer.from('data\r\nNO CARR');
    const given: string[] = [];
    const give = (octets: Uint8Array) => given.push(Buffer.from(octets).toString('latin1'));
    tail.push(buffer, ms(0), give);
    buffer.fill(0);
    tail.push(Buffer.from('IER\r\n'), ms(10), give);
    expect(given).toEqual(['data']);
    expect(tail.flush(give)).toMatchObject({ meaning: 'carrierLost' });
  });
});
