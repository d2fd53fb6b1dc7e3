import { expect, it } from 'vitest';
import { maskPasswords, Transcript } from '../../src/modem/transcript.ts';

it.each([
  ['AT+CGAUTH=1,2,"user","pass"', 'AT+CGAUTH=1,2,"user","********"'],
  ['AT+QICSGP=1,1,"apn","us,er","pa,ss",2', 'AT+QICSGP=1,1,"apn","us,er","********",2'],
  ['AT+QICSGP=1,1,"apn","user","cut off', 'AT+QICSGP=1,1,"apn","user","********"'],
  ['AT+CGAUTH=1,2,"us,er","pa,ss"', 'AT+CGAUTH=1,2,"us,er","********"'],
  ['at+cgauth= 1 , 1 ,user,pass;+CSQ', 'at+cgauth= 1 , 1 ,user,"********";+CSQ'],
  ['AT+CGAUTH=1,2,"user","cut off', 'AT+CGAUTH=1,2,"user","********"'],
  ['AT+CPIN="1234"', 'AT+CPIN=********'],
  ['AT+CPIN?', 'AT+CPIN?'],
  ['AT+CSQ', 'AT+CSQ'],
])('shows %s as %s', (line, shown) => {
  expect(maskPasswords(line)).toBe(shown);
});

it('masks words that it was told to hide, wherever they come back', () => {
  const transcript = new Transcript();
  transcript.hide(['s3cret', '']);
  transcript.add('<', 'T+CGAUT=1,1,"u","s3cret"');
  expect(transcript.lines).toEqual(['< T+CGAUT=1,1,"u","********"']);
});

it('keeps the last lines only, each of a readable length', () => {
  const transcript = new Transcript();
  for (let line = 0; line < 100; line += 1) {
    transcript.add('<', `${line} ${'x'.repeat(500)}`);
  }
  expect(transcript.lines).toHaveLength(24);
  expect(transcript.lines.at(-1)).toMatch(/^< 99 x+\.\.\.$/);
});

it('shows control characters in a readable form', () => {
  expect(new Transcript().show('a\r\n\x00\xff')).toBe('a\\r\\n\\x00\\xff');
});
